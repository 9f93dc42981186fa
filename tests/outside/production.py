"""The application as it stands in production, on the connection of the test: HTTPS ends at a proxy of ours in front."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from butler.app import create_app
from butler.kit.database import ButlerFlask, db
from butler.settings import Settings
from butler.web import warming

FROM_OUTSIDE = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "203.0.113.7", "HTTP_ACCEPT": "text/html"}
"""What our proxy adds to every request."""


@contextmanager
def in_production(
    app: ButlerFlask, settings: Settings, monkeypatch: pytest.MonkeyPatch, **changes: object
) -> Iterator[ButlerFlask]:
    """An application with production settings that sees, and seals like, what the test has made."""
    monkeypatch.setattr(warming, "install", lambda *_: None)  # no threads: they would not see the test's transaction
    key = "only for tests, and long enough for production"
    keys = {"keys": f"2026:{_key()}", "index_key": _key()}
    standing = {"env": "production", "demo": False, "secret_key": key, "proxies": 1, "trusted_hosts": ("localhost",),
                "base_url": "https://localhost", "second_factor": "nobody"}  # fmt: skip
    production = create_app(replace(settings, **(standing | keys | changes)))  # type: ignore[arg-type]
    connection = db.engines[None]
    production.extensions.update(ring=app.extensions["ring"], kick=None)
    with production.app_context():
        own = db.engine
        monkeypatch.setitem(db.engines, None, connection)
    try:
        yield production
    finally:
        own.dispose()


def _key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def visitor(production: ButlerFlask, kind: type[FlaskClient], **more: str) -> FlaskClient:
    """Somebody's browser behind our proxy."""
    client = kind(production, production.response_class, use_cookies=True)
    client.environ_base |= FROM_OUTSIDE | more
    return client
