"""Writing anew what people are found by, while everything runs, after a new index key has come to the front of the ring.

Names, telephones and WeChat are opened and indexed again. The number of an identity card is not kept, so its index can only
be made when the card is seen again; how many still have none is told.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from butler.identity.hashing import index_for
from butler.identity.models import Person
from butler.kit.database import db, unit_of_work
from butler.kit.rekeying import PASSES, REST, Say
from butler.kit.sealing import IndexKey, ring

BATCH = 100  # people in a transaction: who files for one of them waits a moment
FOUND_BY = {"name": "name_index", "phone": "phone_index", "wechat_openid": "wechat_index"}
ALL_INDEXES = (*FOUND_BY.values(), "id_number_index")


@dataclass(frozen=True)
class Reindexed:
    """How many people were indexed anew, from how many the last of an old key was taken away, and how many were verified
    with an identity card whose number is found by the old key only."""

    people: int
    wiped: int
    cards_left: int


def reindex(say: Say = lambda *_: None, *, dry_run: bool = False) -> Reindexed:
    """Index everybody under the first index key, and when it is the only one take away what other keys had made.

    Small transactions; who is held by somebody is left for later, nobody is waited for. Ended at any moment it has done
    no harm, and goes on where it was. With `dry_run` it only counts.
    """
    first = ring().index_keys[0]
    stale, old = _stale(first), _old(first)
    wipe = len(ring().index_keys) == 1
    if dry_run:
        return Reindexed(_count(stale), _count(old) if wipe else 0, _cards_left(first))
    people = _everybody(stale, _index_anew, "people (index)", say)
    wiped = _everybody(old, _wipe, "people (old index)", say) if wipe else 0
    return Reindexed(people, wiped, _cards_left(first))


def count_by_key() -> dict[str, dict[int, int]]:
    """Of each index of people: how many values each key has made, as far as the ring knows it; 0 for others."""
    found: dict[str, dict[int, int]] = {}
    with unit_of_work() as session:
        for name in ALL_INDEXES:
            counts = found[name] = {}
            for column in _columns(name):
                known = [key for key in ring().index_keys if column is _column(name, key)]
                total = session.scalar(select(func.count(column))) or 0
                for key in known:
                    counts[key.number] = session.scalar(select(func.count()).where(_made_by(column, key))) or 0
                    total -= counts[key.number]
                if total:
                    counts[0] = counts.get(0, 0) + total
    return found


def _columns(name: str) -> tuple[InstrumentedAttribute[bytes | None], InstrumentedAttribute[bytes | None]]:
    return getattr(Person, name), getattr(Person, f"{name}_even")


def _column(name: str, key: IndexKey) -> InstrumentedAttribute[bytes | None]:
    return _columns(name)[key.is_even]


def _made_by(column: InstrumentedAttribute[bytes | None], key: IndexKey) -> ColumnElement[bool]:
    begins = func.substring(column, 1, len(key.head)) == bindparam(None, key.head, LargeBinary)
    return and_(func.octet_length(column) == key.size, begins) if key.head else func.octet_length(column) == key.size


def _stale(first: IndexKey) -> ColumnElement[bool]:
    """People with something that the first key has not indexed."""
    return or_(
        *(
            and_(getattr(Person, source).is_not(None), ~func.coalesce(_made_by(_column(name, first), first), False))
            for source, name in FOUND_BY.items()
        )
    )


def _old(first: IndexKey) -> ColumnElement[bool]:
    """People with an index that is not the first key's."""
    others = [column for name in ALL_INDEXES for column in _columns(name) if column is not _column(name, first)]
    replaced = _column("id_number_index", first)
    return or_(*(column.is_not(None) for column in others), and_(replaced.is_not(None), ~_made_by(replaced, first)))


def _cards_left(first: IndexKey) -> int:
    odd, even = _columns("id_number_index")
    some = or_(odd.is_not(None), even.is_not(None))
    return _count(and_(some, ~func.coalesce(_made_by(_column("id_number_index", first), first), False)))


def _count(which: ColumnElement[bool]) -> int:
    with unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(Person).where(which)) or 0


def _everybody(which: ColumnElement[bool], change: Callable[[Any], dict[str, Any]], name: str, say: Say) -> int:
    done, total = 0, _count(which)
    for again in range(PASSES):
        if again:
            time.sleep(REST)
        last = 0
        while ids := _batch(which, change, last):
            last, done = ids[-1], done + len(ids)
            say(name, done, total)
        if not _count(which):
            return done
    raise TimeoutError(f"{name}: some people were held by somebody all the time; run it again")


def _batch(which: ColumnElement[bool], change: Callable[[Any], dict[str, Any]], last: int) -> list[int]:
    some = select(Person.id, *(getattr(Person, source) for source in FOUND_BY)).where(which, Person.id > last)
    with unit_of_work() as session:
        rows = session.execute(some.order_by(Person.id).limit(BATCH).with_for_update(skip_locked=True)).all()
        for row in rows:
            session.execute(
                update(Person).where(Person.id == row.id).values(change(row)),
                execution_options={"synchronize_session": False},
            )
        db.session.expire_all()
    return [row.id for row in rows]


def _index_anew(row: Any) -> dict[str, Any]:
    """Under every key of the ring: who has only the old one first still finds them, and nobody else takes their place."""
    return {
        name + ("_even" if key.is_even else ""): index_for(f"people.{source}", getattr(row, source), even=key.is_even)
        for source, name in FOUND_BY.items()
        for key in ring().index_keys
    }


def _wipe(_: Any) -> dict[str, Any]:
    first = ring().index_keys[0]
    gone = {name if first.is_even else f"{name}_even": None for name in ALL_INDEXES}
    card = _column("id_number_index", first)
    return gone | {card.key: case((_made_by(card, first), card), else_=None)}
