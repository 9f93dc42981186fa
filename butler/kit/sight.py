"""As whom a transaction looks at the database: the second wall behind `identity.scope`.

Every table that holds a case, or hangs on one, shows only the rows of whoever the transaction says is asking
(PostgreSQL row-level security, forced; docs/decisions/0013). A query that forgets its filter finds nothing that is not
the caller's anyway; a transaction that names nobody finds nothing at all.

*Inside a request* that is who signed in, and nobody before that. *Outside one* (jobs, pollers, commands) it is a part
of the system, by name, who sees everything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from flask import g, has_app_context, has_request_context
from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session, SessionTransaction

from butler.kit.database import db

SETTINGS = ("butler.person", "butler.desks", "butler.paths", "butler.watches", "butler.system")
"""What the policies read: an id; ids; ltree paths; a word; a name. All end with the transaction, like `butler.cases`, to
which the function `keep_in_sight` of the database adds."""


@dataclass(frozen=True)
class Sight:
    """Whose eyes. Everything as PostgreSQL reads it: arrays in braces, nothing as an empty text."""

    person: str = ""
    desks: str = ""  # at which they work
    paths: str = ""  # of units in which they supervise everything
    watches: str = ""  # "looks": reads who has looked at what
    system: str = ""  # a part of the system, which sees everything

    @classmethod
    def of(
        cls, person_id: int, *, desks: tuple[int, ...] = (), paths: tuple[str, ...] = (), watches: bool = False
    ) -> "Sight":
        """A person's: `identity.scope` says which desks and paths."""
        return cls(str(person_id), _array(desks), _array(paths), "looks" if watches else "")

    @property
    def values(self) -> tuple[str, ...]:
        """In the order of `SETTINGS`."""
        return self.person, self.desks, self.paths, self.watches, self.system


NOBODY = Sight()
TELL = f"SELECT {', '.join(f'set_config({name!r}, %s, true)' for name in SETTINGS)}"  # our own names


def look_as(sight: Sight) -> None:
    """From now on, to the end of this request, look with these eyes. Costs one statement a transaction."""
    g.sight = sight
    if db.session.registry.has() and (session := db.session()).in_transaction():
        tell(session.connection(), sight)


@contextmanager
def system_part(name: str) -> Iterator[None]:
    """The block is done by a part of the system: a poller's round, a job. Everything is seen; never used in a view."""
    before = present()
    look_as(Sight(system=name))
    try:
        yield
    finally:
        look_as(before)


def present() -> Sight:
    """With whose eyes the next transaction looks."""
    chosen: Sight | None = g.get("sight") if has_app_context() else None
    if chosen is not None:
        return chosen
    return NOBODY if has_request_context() else Sight(system="command")


def tell(connection: Connection, sight: Sight) -> None:
    """Tell the database, until this transaction ends."""
    connection.exec_driver_sql(TELL, sight.values)


@event.listens_for(Session, "after_begin")
def _tell_at_the_beginning(_: Session, transaction: SessionTransaction, connection: Connection) -> None:
    sight = present()
    if sight != NOBODY and not transaction.nested:
        tell(connection, sight)


def _array(things: tuple[Any, ...]) -> str:
    return "{" + ",".join(map(str, things)) + "}" if things else ""


class _Runs(Protocol):
    """What migrations write with (`alembic.op`)."""

    def execute(self, sqltext: Any) -> Any: ...


def protect(op: _Runs, table: str, seen_by: str = "") -> None:
    """For migrations: let only those see and change rows of `table` who see the case in its column `case_id`.

    `seen_by` is SQL for who else may, such as ``holder_id = (SELECT sight_person())``. Put the functions into a
    sub-select, as here, so that each is asked once a statement and not once a row.
    """
    _police(op, table, f"{seen_by + ' OR ' if seen_by else ''}EXISTS (SELECT FROM cases WHERE cases.id = case_id)")


def protect_alone(op: _Runs, table: str, seen_by: str) -> None:
    """For migrations: the same for a table without a column `case_id`; `seen_by` is the whole rule."""
    _police(op, table, seen_by)


def unprotect(op: _Runs, table: str) -> None:
    """For migrations: take the wall away again."""
    op.execute(text(f"DROP POLICY {table}_in_sight ON {table}"))
    op.execute(text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"))


def _police(op: _Runs, table: str, seen_by: str) -> None:
    op.execute(text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"))
    op.execute(text(f"CREATE POLICY {table}_in_sight ON {table} USING ((SELECT sight_is_system()) OR {seen_by})"))
