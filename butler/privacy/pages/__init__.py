"""查看核对 for the privacy officer, and exports: asked for at a desk, decided by the officer."""

from butler.privacy.pages import exports, findings

ALL = (findings.pages, exports.pages)

__all__ = ["ALL", "exports", "findings"]
