"""Limits hold when everybody presses at the same moment: real transactions on real connections."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from threading import Barrier

import pytest
from sqlalchemy import delete, select

from butler.identity import actions
from butler.identity.hashing import code_phone_index, phone_index
from butler.identity.models import OneTimeCode, Person, SignIn
from butler.kit.database import db, unit_of_work
from butler.kit.errors import RateLimited, Refusal
from butler.kit.outbox import OutboxMessage

PHONE = "10099990001"
AT_ONCE = 8


@pytest.fixture
def real(app, monkeypatch) -> Iterator[None]:
    """Committed for everybody to see, and taken away afterwards."""
    monkeypatch.setitem(app.extensions, "kick", None)
    yield
    with app.app_context(), unit_of_work() as session:
        person = select(Person.id).where(Person.phone_index == phone_index(PHONE)).scalar_subquery()
        session.execute(delete(SignIn).where(SignIn.person_id == person))
        session.execute(delete(Person).where(Person.phone_index == phone_index(PHONE)))
        session.execute(delete(OutboxMessage).where(OutboxMessage.topic == "code"))
        session.execute(delete(OneTimeCode).where(OneTimeCode.phone_index == code_phone_index(PHONE)))


def test_ask_code_at_once_sends_one(app, real):
    outcomes = at_once(app, lambda: actions.ask_code(phone=PHONE, asked_from="192.0.2.7"))

    assert outcomes == [None] + [RateLimited.code] * (AT_ONCE - 1)
    with app.app_context():
        assert len(db.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "code")).all()) == 1


def test_guesses_at_once_are_all_counted(app, real):
    code = ask(app)

    at_once(app, lambda: sign_in("wrong!"))

    with app.app_context():
        assert db.session.scalars(
            select(OneTimeCode.tries).where(OneTimeCode.phone_index == code_phone_index(PHONE))
        ).all() == [5]
    assert at_once(app, lambda: sign_in(code)) == ["unauthenticated"] * AT_ONCE


def test_right_code_at_once_signs_in_once(app, real):
    code = ask(app)

    outcomes = at_once(app, lambda: sign_in(code))

    assert [outcome for outcome in outcomes if outcome is None] == [None]
    with app.app_context():
        assert len(db.session.scalars(select(Person).where(Person.phone_index == phone_index(PHONE))).all()) == 1


def ask(app):
    with app.app_context(), unit_of_work() as session:
        actions.ask_code(phone=PHONE, asked_from="192.0.2.7")
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "code")).one()
        return message.payload["code"]


def sign_in(code):
    actions.sign_in_with_code(phone=PHONE, code=code, face="api")


def at_once(app, deed):
    """Do it `AT_ONCE` times at the same moment; the codes of the refusals, None for each that worked."""
    ready = Barrier(AT_ONCE)

    def once(_):
        with app.app_context():
            try:
                with unit_of_work() as session:
                    session.connection()
                    ready.wait(timeout=5)
                    deed()
            except Refusal as refusal:
                return refusal.code
        return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(once, repeat(None, AT_ONCE)), key=str)
