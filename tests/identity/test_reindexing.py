"""What people are found by, while the index key is changed: each stage, each kind, and what the commands say."""

import base64
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session

from butler.identity import queries
from butler.identity.actions.reindexing import Reindexed, count_by_key, reindex
from butler.identity.models import Person
from butler.kit import clock
from butler.kit.database import db
from butler.kit.sealing import IndexKey, Ring, read_ring

PHONE = "10012340001"
CARD = "99999919450101001X"
SECRETS = {number: bytes((number * 7 + place) % 256 for place in range(32)) for number in (1, 2, 3)}


@pytest.fixture
def turn(app: Any, session: scoped_session[Session]) -> Any:
    """Give the application these index keys, the first one first."""
    before = app.extensions["ring"]

    def to(*numbers: int) -> None:
        keys = tuple(IndexKey(number, SECRETS[number]) for number in numbers)
        app.extensions["ring"] = Ring(before.keys, keys)
        db.session.expire_all()

    yield to
    app.extensions["ring"] = before


def somebody(phone: str = PHONE) -> Person:
    person = Person(name="王秀英", phone=phone, wechat_openid=f"o{phone}", is_demo=True, created_at=clock.now())
    person.know_by_card(CARD)
    db.session.add(person)
    db.session.flush()
    return person


def found() -> list[int]:
    """Under the telephone, the name, WeChat: who."""
    asked = (Person.has_phone(PHONE), Person.has_name("王秀英"), Person.has_wechat(f"o{PHONE}"))
    return [one for which in asked for one in db.session.scalars(select(Person.id).where(which))]


def test_everybody_is_found_at_every_stage_and_nobody_stands_there_twice(turn: Any) -> None:
    turn(1)
    person = somebody()
    for here in ((1, 2), (2, 1)):
        turn(*here)
        assert found() == [person.id] * 3
        with pytest.raises(IntegrityError, match="uq_people_"), db.session.begin_nested():
            somebody()
    assert reindex(dry_run=True) == Reindexed(1, 0, 1)
    assert (reindex(), reindex()) == (Reindexed(1, 0, 1), Reindexed(0, 0, 1))
    assert found() == [person.id] * 3
    with pytest.raises(IntegrityError, match="uq_people_"), db.session.begin_nested():
        somebody()
    person.know_by_card(CARD)  # seen again
    db.session.flush()
    turn(2)
    assert found() == [person.id] * 3
    assert reindex() == Reindexed(0, 1, 0)
    db.session.expire_all()
    odd = (person.name_index, person.phone_index, person.wechat_index, person.id_number_index)
    assert odd == (None, None, None, None)
    turn(3, 2)
    assert found() == [person.id] * 3
    assert reindex() == Reindexed(1, 0, 1)
    assert count_by_key()["phone_index"] == {2: 1, 3: 1}
    turn(3)
    assert (found(), reindex()) == ([person.id] * 3, Reindexed(0, 1, 0))
    db.session.expire_all()
    assert (person.id_number_index, person.id_number_index_even) == (None, None)  # not seen again: compared no more
    assert queries.find_by_phone(PHONE) is person


def test_the_commands_say_how_far_it_is(turn: Any, app: Any) -> None:
    turn(2, 1)
    somebody()
    db.session.commit()
    turn(1)
    somebody_else = Person(name="李明", phone="10012340002", is_demo=True, created_at=clock.now())
    db.session.add(somebody_else)
    db.session.commit()
    turn(2, 1)
    told = [app.test_cli_runner().invoke(args=["butler", "keys", *words]) for words in (["rotate"], ["check"])]
    assert [one.exit_code for one in told] == [0, 0]
    assert "people (index): 1" in told[0].stdout
    assert "第 2 号" in told[0].stderr
    assert "people.phone_index: 第 1 号 2，第 2 号 2" in told[1].stdout


@pytest.mark.parametrize("index", ["1:{0},2:{0}", "1:{0},3:{1}", "1:{0},2:{1},3:{2}", "0:{0}", "x:{0}", "{0},{1}", ","])
def test_a_ring_of_index_keys_that_cannot_be_is_refused(index: str) -> None:

    secrets = [base64.urlsafe_b64encode(SECRETS[number]).decode().rstrip("=") for number in (1, 2, 3)]
    sealing = base64.urlsafe_b64encode(bytes(range(100, 132))).decode().rstrip("=")
    with pytest.raises(ValueError, match="BUTLER_"):
        read_ring(f"a:{sealing}", index.format(*secrets), secret_key="", production=True)
