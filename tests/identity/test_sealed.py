"""Names and telephones lie sealed; people are found all the same, and once only."""

import pytest
from sqlalchemy import LargeBinary, cast, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session

from butler.identity import actions, queries
from butler.identity.hashing import code_phone_index, name_index, phone_index
from butler.identity.models import OneTimeCode, Person
from butler.kit import clock
from butler.kit.database import db

PHONE = "10012345678"


def test_a_person_is_found_by_phone_and_lies_sealed(session: scoped_session[Session]) -> None:
    person = actions.add_resident(name="欧阳秀英", phone=PHONE)
    db.session.expire_all()

    assert queries.find_by_phone(PHONE) is person
    assert (person.name, person.phone) == ("欧阳秀英", PHONE)
    assert queries.find_by_phone("10012345679") is None
    below = db.session.execute(
        select(cast(Person.name, LargeBinary), cast(Person.phone, LargeBinary), Person.name_index, Person.phone_index)
    ).one()
    assert [word in bytes(each) for each in below for word in (b"100123", "欧阳".encode())] == [False] * 8


@pytest.mark.parametrize("written", ["in bulk", "one by one"])
def test_indexes_go_with_their_values(session: scoped_session[Session], written: str) -> None:
    values = {"name": "李明", "phone": PHONE, "is_demo": True, "created_at": clock.now()}
    nobody = {**values, "phone": None}
    if written == "in bulk":
        db.session.execute(insert(Person), [values, nobody])
    else:
        db.session.add_all([Person(**values), Person(**nobody)])
        db.session.flush()

    found = db.session.execute(select(Person.name_index, Person.phone_index).order_by(Person.id)).all()
    assert [tuple(row) for row in found] == [
        (name_index("李明"), phone_index(PHONE)), (name_index("李明"), None)
    ]  # fmt: skip


def test_a_changed_name_or_phone_changes_its_index(session: scoped_session[Session]) -> None:
    person = actions.add_resident(name="李明", phone=PHONE)
    person.name, person.phone = "李敏", None
    db.session.flush()

    assert queries.find_by_phone(PHONE) is None
    assert (person.name_index, person.phone_index) == (name_index("李敏"), None)


def test_two_people_cannot_have_one_phone(session: scoped_session[Session]) -> None:
    actions.add_resident(name="李明", phone=PHONE)
    with pytest.raises(IntegrityError, match="uq_people_phone_index"):
        actions.add_resident(name="李敏", phone=PHONE)


@pytest.mark.parametrize("phone", ["", "20012345678", "1001234567", "１００１２３４５６７８", "10012345678\n"])
def test_what_is_no_phone_is_not_kept_as_one(session: scoped_session[Session], phone: str) -> None:
    with pytest.raises(ValueError, match="eleven digits"):
        Person(name="李明", phone=phone)


def test_a_name_is_the_same_however_it_is_composed(session: scoped_session[Session]) -> None:
    assert name_index("Zoe\u0308") == name_index(" Zo\u00eb ")
    assert name_index("李明") != name_index("李敏")


def test_codes_and_people_have_indexes_of_their_own(session: scoped_session[Session]) -> None:
    actions.ask_code(phone=PHONE, asked_from="192.0.2.7")

    assert db.session.scalars(select(OneTimeCode.phone_index)).all() == [code_phone_index(PHONE)]
    assert code_phone_index(PHONE) != phone_index(PHONE)
