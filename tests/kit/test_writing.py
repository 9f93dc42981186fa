"""Rows written at once, and several things in one statement."""

from sqlalchemy import select

from butler.kit.database import db
from butler.kit.writing import insert_now, together, update_now
from butler.org.models import Zone
from factories import Town
from statements import statements


def test_what_is_written_together_is_one_statement(town: Town) -> None:
    known = Zone(name="一片", street_id=town.district.id)
    insert_now(known)
    first, *others = (Zone(name=f"{n}片", street_id=town.district.id) for n in "二三四")

    with statements() as sent, together():
        insert_now(first, beside=others)
        update_now(first, name="二片新")  # not there yet: it is written as it will be
        update_now(known, name="零片", street_id=town.district.id)
        with together():
            update_now(known, name="一片新")  # what is said last

    assert len(sent) == 1
    assert (first in db.session, known.name) == (True, "一片新")
    db.session.expire_all()
    written = db.session.scalars(select(Zone.name).where(Zone.id >= known.id).order_by(Zone.id)).all()
    assert sorted(written) == sorted(["一片新", "二片新", "三片", "四片"])
    assert written.index("三片") < written.index("四片")
    assert first.name == "二片新"


def test_nothing_to_write_is_no_statement() -> None:
    with statements() as sent, together():
        pass

    assert sent == []


def test_what_raises_writes_nothing(town: Town) -> None:
    zone = Zone(name="一片", street_id=town.district.id)
    try:
        with together():
            insert_now(zone)
            raise KeyError
    except KeyError:
        pass

    assert db.session.scalar(select(Zone.id).where(Zone.name == "一片")) is None
    insert_now(zone)
    assert zone.id is not None
