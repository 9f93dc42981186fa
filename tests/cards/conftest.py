"""Who asks about cards, and how often the database is asked for it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from butler.identity import actions as identity
from butler.identity.models import Person, SignIn
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import ButlerFlask, db
from butler.kit.numbers import fingerprint, new_secret
from butler.kit.sight import TELL
from butler.org.models import Unit
from factories import LONG_AGO, Street, Town, actor_of

MONDAY = "2026-11-23 09:00"
Ask = Callable[..., Any]


@dataclass(frozen=True)
class People:
    """Those who may do something with the cards of `town.here`, and those who may not."""

    lead: Actor  # property lead of the street
    butler: Actor
    far_lead: Actor  # of a street in another district
    resident: Actor


@pytest.fixture
def here(town: Town, at: Callable[[str], None]) -> Street:
    """The street the tests are about, on a Monday morning."""
    at(MONDAY)
    return town.here


@pytest.fixture
def people(town: Town, here: Street) -> People:
    return People(
        lead=lead_of(here.street),
        butler=here.butler,
        far_lead=lead_of(town.elsewhere.street),
        resident=here.residents[0],
    )


@pytest.fixture
def ask(client: FlaskClient) -> Ask:
    """A call of the API as somebody: `ask(actor, "post", "/cards", json=...)`; None for nobody.

    What the test made before is committed first: a refusal undoes its own request only.
    """

    def call(actor: Actor | None, method: str, path: str, **more: Any) -> Any:
        headers = dict(more.pop("headers", {}))
        if actor is not None:
            headers["Authorization"] = f"Bearer {sign_in(actor, 'api')}"
        if method == "post":
            headers.setdefault("Idempotency-Key", new_secret())
            more.setdefault("json", {})
        db.session.commit()
        return client.open(f"/api/v1{path}", method=method.upper(), headers=headers, **more)

    return call


@pytest.fixture
def browse(app: ButlerFlask, session: Any) -> Callable[[Actor | None], FlaskClient]:
    """A browser in which somebody is signed in."""

    def browser(actor: Actor | None) -> FlaskClient:
        client = app.test_client()
        if actor is not None:
            with client.session_transaction() as cookie:
                cookie["sign_in"] = sign_in(actor, "page")
        db.session.commit()
        return client

    return browser


def lead_of(unit: Unit) -> Actor:
    """A property lead for everything in a unit."""
    person = Person(name="钱经理", is_demo=True, created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    identity.appoint(person=person, role=Role.PROPERTY_LEAD, unit=unit, since=LONG_AGO)
    return actor_of(person)


def sign_in(actor: Actor, face: str) -> str:
    """The token of a fresh sign-in."""
    token, now = new_secret(), clock.now()
    db.session.add(
        SignIn(
            token_hash=fingerprint(token),
            person_id=actor.person_id,
            face=face,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=1),
        )
    )
    db.session.flush()
    return token


@pytest.fixture
def counted(session: Any) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with counted() as sent:` gives the statements sent to the database inside the block."""
    return _counted


@contextmanager
def _counted() -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement != TELL and not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(statement)

    db.session.commit()
    db.session.expire_all()
    bind = db.session.get_bind()
    event.listen(bind, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(bind, "before_cursor_execute", note)
