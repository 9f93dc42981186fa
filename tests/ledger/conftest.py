"""The second party, for every test of this folder."""

from ledger.archive import archive, server

__all__ = ["archive", "server"]
