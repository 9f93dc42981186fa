"""The hot paths write with these: the statement and nothing else. The unit of work of the session would first find out
what has changed and what depends on what, at several times the cost.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Any, cast

from sqlalchemy import (
    Insert,
    Select,
    Table,
    TextClause,
    Update,
    bindparam,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from butler.kit.database import Base, db

_WAITING = "waiting_to_be_written"
_IN_COMMON = frozenset({"case_id", "at", "direction"})

_Names = tuple[tuple[str, str], ...]
"""Columns, each with the name under which its value goes into the statement; never that of a column, which SQLAlchemy
would take for one to be set."""
_Rows = tuple[tuple[type[Base], _Names], ...]


def insert_now(*rows: Base, beside: Sequence[Base] = ()) -> None:
    """INSERT new rows at once, in one statement; the session holds them as if it had loaded them. Those `beside` are
    written only: nobody here asks for them again, and they do not learn their ids.

    A column without a value is NULL. Rows of several tables do not see each other: parents are written before.
    """
    waiting = _waiting()
    waiting.rows += rows
    waiting.beside += beside
    waiting.write()


def update_now(row: Base, **values: Any) -> None:
    """UPDATE these columns of a row at once, in the database and in the session."""
    for name, value in values.items():
        set_committed_value(row, name, value)
    waiting = _waiting()
    waiting.change(row, values)
    waiting.write()


@contextmanager
def together() -> Iterator[None]:
    """What `insert_now` and `update_now` write in this block goes out as one statement at its end; until then new rows
    have no ids, and a query finds everything as it was. A block within a block is part of it.

    No new row may take a place in a unique index that a changed one leaves: which is written first is not said.
    """
    if _WAITING in db.session.info:
        yield
        return
    waiting = db.session.info[_WAITING] = _Writing(held=True)
    try:
        yield
    finally:
        del db.session.info[_WAITING]
    waiting.held = False
    waiting.write()


@dataclass
class _Writing:
    """What one statement writes."""

    held: bool = False  # until its block ends
    rows: list[Base] = field(default_factory=list)
    beside: list[Base] = field(default_factory=list)
    changes: list[tuple[Base, dict[str, Any]]] = field(default_factory=list)

    def change(self, row: Base, values: dict[str, Any]) -> None:
        """Once a row: PostgreSQL takes one of two changes in one statement."""
        if row in self.rows:
            return  # it is written as it will be
        for known, before in self.changes:
            if known is row:
                before |= values
                return
        self.changes.append((row, values))

    def write(self) -> None:
        if self.held or not (self.rows or self.beside or self.changes):
            return
        values: dict[str, Any] = {}
        new = [(type(row), _name_new(row, values)) for row in (*self.rows, *self.beside)]
        changed = [(type(row), _name_changed(row, after, values)) for row, after in self.changes]
        written = db.session.connection().execute(_as_text(tuple(new), len(self.rows), tuple(changed)), values)
        if self.rows:
            for row, row_id in zip(self.rows, written.one(), strict=True):
                _hold(row, row_id)


def _waiting() -> _Writing:
    held: _Writing | None = db.session.info.get(_WAITING)
    return held or _Writing()


def _hold(row: Base, row_id: int) -> None:
    """Let the session have a row as if it had loaded it."""
    for name in _columns(type(row)):
        row.__dict__.setdefault(name, None)
    row.__dict__["id"] = row_id
    make_transient_to_detached(row)
    db.session.add(row)


def _name_new(row: Base, values: dict[str, Any]) -> _Names:
    """Names for the values of a new row. What the rows of one deed have in common goes in once, and what is NULL not at
    all: psycopg reads a statement anew each time when it has more than fifty values."""
    given, optional = row.__dict__, _optional(type(row))
    place, names = len(values), []
    for column in _columns(type(row)):
        value = given.get(column)
        if value is None and column in optional:
            continue
        name = f"{column}_of_all"
        if column not in _IN_COMMON or values.setdefault(name, value) is not value:
            values[name := f"{column}_{place}"] = value
        names.append((column, name))
    return tuple(names)


def _name_changed(row: Base, after: dict[str, Any], values: dict[str, Any]) -> _Names:
    """Names for the new values of a row, the first for its id."""
    identity = inspect(row).identity
    assert identity is not None, "a row that has been written"
    place, names = len(values), []
    for column, value in (("id", identity[0]), *after.items()):
        values[name := f"{column}_{place}"] = value
        names.append((column, name))
    return tuple(names)


@cache
def _columns(kind: type[Base]) -> tuple[str, ...]:
    return tuple(column.key for column in kind.__table__.columns if column.key != "id")


@cache
def _optional(kind: type[Base]) -> frozenset[str]:
    """Columns that are NULL when nothing is said."""
    columns = kind.__table__.columns
    return frozenset(column.key for column in columns if column.default is None and column.server_default is None)


@cache
def _as_text(new: _Rows, held: int, changed: _Rows) -> TextClause:
    """The statement, written out once: SQLAlchemy would compile it anew each time, for it keeps none in which several rows
    go in together. The values keep the types of their columns."""
    written = _statement(new, held, changed).compile(dialect=PGDialect(paramstyle="named"))
    return text(str(written).replace("::", r"\:\:")).bindparams(*written.binds.values())


def _statement(new: _Rows, held: int, changed: _Rows) -> Select[Any] | Insert | Update:
    """Writes all of it; gives one row with the ids of the first so many new ones, when there are any."""
    inserts: list[Insert] = [insert(_table(kind)).values(_bound(names)) for kind, names in new[:held]]
    inserts += [
        insert(_table(kind)).values([_bound(names) for _, names in rows])  # one after the other, as they were given
        for (kind, _), rows in groupby(new[held:], key=_kind_and_columns)
    ]
    updates: list[Update] = [
        update(table := _table(kind)).where(table.c.id == bindparam(names[0][1])).values(_bound(names[1:]))
        for kind, names in changed
    ]
    returning = [one.returning(one.table.c.id) for one in inserts[:held]]
    others: list[Insert | Update] = [*inserts[held:], *updates]
    if held == 1 and not others:
        return returning[0]
    if held:
        ids = select(*(select(one.cte().c.id).scalar_subquery() for one in returning))
        return ids.add_cte(*(one.cte() for one in others))
    last = others.pop()
    return last.add_cte(*(one.cte() for one in others)) if others else last


def _kind_and_columns(row: tuple[type[Base], _Names]) -> tuple[type[Base], tuple[str, ...]]:
    kind, names = row
    return kind, tuple(column for column, _ in names)


def _table(kind: type[Base]) -> Table:
    return cast(Table, kind.__table__)


def _bound(names: _Names) -> dict[str, Any]:
    return {column: bindparam(name) for column, name in names}
