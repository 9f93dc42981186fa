"""An application on a database of its own, where rows are really committed and other connections see them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.engine import make_url

from butler.app import create_app
from butler.dev.servers import Urls
from butler.identity.models import SignIn
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import ButlerFlask, db
from butler.kit.numbers import fingerprint, new_secret
from butler.org.models import Desk
from butler.settings import Settings
from factories import actor_of
from rows import make_person, seat

MIGRATIONS = str(Path(__file__).parent.parent / "migrations")
MIGRATED = "migrated"
"""A database nobody is connected to, as the migrations leave it: others begin as its copies, which is quicker."""


def keep_migrated(urls: Urls, database: str) -> None:
    """Keep a copy of a database that has just been migrated, and to which nobody is connected."""
    with _server(urls) as server:
        server.execute(text(f"DROP DATABASE IF EXISTS {MIGRATED} WITH (FORCE)"))
        server.execute(text(f"CREATE DATABASE {MIGRATED} TEMPLATE {database} OWNER butler_owner"))


@contextmanager
def copy_of_migrated(urls: Urls, name: str) -> Iterator[None]:
    """A new database `name`, all tables empty, for the length of a block."""
    with _server(urls) as server:
        server.execute(text(f"CREATE DATABASE {name} TEMPLATE {MIGRATED} OWNER butler_owner"))
    try:
        yield
    finally:
        with _server(urls) as server:
            server.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def application_apart(urls: Urls, settings: Settings, name: str, *, connections: int) -> Iterator[ButlerFlask]:
    """An application on a new database `name` with as many connections as wanted; both are gone afterwards.

    Nobody is woken (`kick`): what the outbox holds stays there until a test delivers it.
    """
    moved = {
        url: make_url(getattr(settings, url)).set(database=name).render_as_string(hide_password=False)
        for url in ("database_url", "database_owner_url")
    }
    with copy_of_migrated(urls, name):
        app = create_app(replace(settings, **moved, pool_size=connections))
        app.extensions["kick"] = None
        try:
            yield app
        finally:
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


@contextmanager
def _server(urls: Urls) -> Iterator[Connection]:
    """A superuser's connection, each statement by itself."""
    engine = create_engine(urls.superuser_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def colleagues(desk: Desk, number: int) -> list[Actor]:
    """So many more butlers at a desk."""
    return [actor_of(seat(make_person(f"同事{place}"), desk, Role.BUTLER)) for place in range(number)]


def bearer(person_id: int) -> dict[str, str]:
    """The header with which somebody calls the API, signed in for a day."""
    token, now = new_secret(), clock.now()
    db.session.add(
        SignIn(
            token_hash=fingerprint(token),
            person_id=person_id,
            face="api",
            created_at=now,
            proved_at=now,
            seen_at=now,
            expires_at=now + timedelta(days=1),
        )
    )
    db.session.flush()
    return {"Authorization": f"Bearer {token}"}
