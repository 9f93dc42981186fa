"""Changing keys while everything runs, and checking that everything opens.

Which columns are sealed is asked of the models, so that a new one is covered when it is there. What is sealed under the
key of a case never changes with the ring: only the small row with that key does.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import LargeBinary, Table, and_, bindparam, column, func, or_, select, table, tuple_

from butler.kit import daykeys, envelopes
from butler.kit.database import db, unit_of_work
from butler.kit.daykeys import DaySealed
from butler.kit.envelopes import CaseSealed
from butler.kit.sealing import Sealed, Unreadable, key_id_of, ring

BATCH = 200  # rows in a transaction: its locks are over in milliseconds
PASSES = 30  # over what somebody else held just then
REST = 0.5  # seconds between them

OF_THE_CASE = "of the case"
"""How the data key of a case is called: it has no id; under which key of the ring it lies, `case_keys.wrapped` tells."""
OF_THE_DAY = "of the day"
"""How all keys of days together are called (`day_keys.secret`)."""

Say = Callable[[str, int, int], None]
"""Told how far it is: ``say("people", 400, 1200)``."""


@dataclass(frozen=True)
class _Shelf:
    """A table with columns sealed under the ring."""

    name: str
    keys: tuple[str, ...]  # of its rows
    columns: tuple[str, ...]
    light: Any  # the table with its sealed columns as the bytes they are

    @property
    def key(self) -> Any:
        """The key of a row, to go through the table by."""
        return tuple_(*(self.light.c[name] for name in self.keys))

    def place(self, name: str, row: Any) -> str:
        """What a value is bound to."""
        return f"case_keys.wrapped of {row['case_id']}" if self.name == "case_keys" else f"{self.name}.{name}"


@dataclass
class Opened:
    """What is in one column: how many values each key has sealed, how many are destroyed, which rows do not open, and of
    how many only a sample was opened."""

    place: str
    by_key: Counter[str] = field(default_factory=Counter)
    destroyed: int = 0
    unreadable: list[str] = field(default_factory=list)
    left_out: int = 0


def rotate(say: Say = lambda *_: None, *, dry_run: bool = False) -> dict[str, int]:
    """Seal anew, under the first key of the ring, what another key has sealed; returns how many rows of each table.

    Small transactions beside live load: a row that somebody holds is left for later, a row is never waited for. Ended
    at any moment it has done no harm, and goes on where it was when it is started again. Raises Unreadable.
    """
    return {shelf.name: count(shelf) if dry_run else _rotate(shelf, say) for shelf in _shelves()}


def count(shelf: _Shelf) -> int:
    """How many rows of a table another key than the first has sealed."""
    with unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(shelf.light).where(_stale(shelf))) or 0


def check() -> Iterator[Opened]:
    """Open every sealed value of the database, column by column. Files are opened by `files.checking.open_all`."""
    for shelf in _shelves():
        for name in shelf.columns:
            yield _check(shelf, name)
    for at, sealed in _columns(CaseSealed):
        yield _check_words(at, sealed)
    for at, sealed in _columns(DaySealed):
        yield _check_days(at, sealed)


def _shelves() -> Iterator[_Shelf]:
    for at in db.metadata.sorted_tables:
        sealed = ("wrapped",) if at.name == "case_keys" else tuple(name for one, name in _columns(Sealed) if one is at)
        if sealed:
            keys = tuple(one.name for one in at.primary_key)
            plain = ("case_id",) if at.name == "case_keys" else ()
            parts = [*(column(name, at.c[name].type) for name in (*keys, *plain)), *(_bytes(name) for name in sealed)]
            yield _Shelf(at.name, keys, sealed, table(at.name, *parts))


def _columns(kind: type) -> Iterator[tuple[Table, str]]:
    return ((at, one.name) for at in db.metadata.sorted_tables for one in at.columns if isinstance(one.type, kind))


def _bytes(name: str) -> Any:
    return column(name, LargeBinary())


def _stale(shelf: _Shelf) -> Any:
    head = ring().first.head
    begins = ((shelf.light.c[name], func.substring(shelf.light.c[name], 1, len(head))) for name in shelf.columns)
    return or_(*(and_(sealed.is_not(None), begin != head) for sealed, begin in begins))


def _rotate(shelf: _Shelf, say: Say) -> int:
    done, total = 0, count(shelf)
    for again in range(PASSES):
        if again:
            time.sleep(REST)
        done += _pass(shelf, say, done, total)
        if not count(shelf):
            return done
    raise TimeoutError(f"{shelf.name}: some rows were held by somebody all the time; run it again")


def _pass(shelf: _Shelf, say: Say, before: int, total: int) -> int:
    """Once through the table; how many rows were sealed anew."""
    last, done = None, 0
    while rows := _batch(shelf, last):
        last, done = [rows[-1][name] for name in shelf.keys], done + len(rows)
        say(shelf.name, before + done, total)
    return done


def _batch(shelf: _Shelf, last: list[Any] | None) -> list[Any]:
    stale = select(shelf.light).where(_stale(shelf)).order_by(*(shelf.light.c[name] for name in shelf.keys))
    if last is not None:
        stale = stale.where(shelf.key > tuple_(*last))
    # Not FOR UPDATE: who writes a row that refers to this one need not wait.
    free = stale.limit(BATCH).with_for_update(skip_locked=True, key_share=True)
    renewed = shelf.light.update().where(*(shelf.light.c[name] == bindparam(f"of_{name}") for name in shelf.keys))
    with unit_of_work() as session:
        rows = session.execute(free).mappings().all()
        if rows:
            session.connection().execute(
                renewed.values({name: bindparam(f"new_{name}") for name in shelf.columns}),
                [_renewed(shelf, row) for row in rows],
            )
    return list(rows)


def _renewed(shelf: _Shelf, row: Any) -> dict[str, Any]:
    keys = ring()
    new = {f"of_{name}": row[name] for name in shelf.keys}
    for name in shelf.columns:
        sealed, place = row[name], shelf.place(name, row)
        new[f"new_{name}"] = None if sealed is None else keys.seal(place, keys.open(place, sealed))
    return new


def _check(shelf: _Shelf, name: str) -> Opened:
    found, keys, sealed = Opened(f"{shelf.name}.{name}"), ring(), shelf.light.c[name]
    with unit_of_work() as session:
        query = select(shelf.light).where(sealed.is_not(None)).execution_options(yield_per=BATCH)
        for row in session.execute(query).mappings():
            try:
                keys.open(shelf.place(name, row), row[name])
                found.by_key[key_id_of(row[name])] += 1
            except Unreadable:
                found.unreadable.append("/".join(str(row[key]) for key in shelf.keys))
    return found


def _check_words(at: Table, name: str) -> Opened:
    found, last = Opened(f"{at.name}.{name}"), 0
    case_id = at.c.id if at.name == "cases" else at.c.case_id
    query = select(at.c.id, case_id.label("case_id"), at.c[name].label("sealed")).where(at.c[name].is_not(None))
    while True:
        with unit_of_work() as session:
            rows = session.execute(query.where(at.c.id > last).order_by(at.c.id).limit(BATCH)).all()
            envelopes.read_keys({row.case_id for row in rows})
            for row in rows:
                try:
                    if envelopes.unseal(row.case_id, found.place, row.sealed) is None:
                        found.destroyed += 1
                    else:
                        found.by_key[OF_THE_CASE] += 1
                except Unreadable:
                    found.unreadable.append(str(row.id))
        if not rows:
            return found
        last = rows[-1].id


def _check_days(at: Table, name: str) -> Opened:
    found, last, sealed = Opened(f"{at.name}.{name}"), 0, at.c[name]
    while True:
        with unit_of_work() as session:
            after = select(at.c.id, sealed.label("sealed")).where(sealed.is_not(None), at.c.id > last)
            rows = session.execute(after.order_by(at.c.id).limit(BATCH)).all()
            for row in rows:
                try:
                    daykeys.open_text(found.place, row.sealed)
                    found.by_key[OF_THE_DAY] += 1
                except Unreadable:
                    found.unreadable.append(str(row.id))
        if not rows:
            return found
        last = rows[-1].id
