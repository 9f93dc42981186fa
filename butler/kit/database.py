"""The database: one session, one commit place, constraint names.

*Returning commits, raising rolls back.* Every edge (a request, a job, a command) runs inside `unit_of_work`;
nothing below an edge commits. One exception: a refusal may be the very thing to remember (a wrong code is a guess that
has to count), and says so itself with `Refusal.keeps_work`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

import psycopg
from flask import Flask
from flask.typing import ResponseReturnValue
from flask_sqlalchemy import SQLAlchemy
from psycopg import Column
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Connection,
    DateTime,
    Engine,
    Identity,
    MetaData,
    Text,
    event,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.types import UserDefinedType

from butler.kit.errors import Refusal

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Parent of every model. Times are always ``timestamptz``, texts have no length at the database."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: DateTime(timezone=True), str: Text()}


db = SQLAlchemy(metadata=Base.metadata)

Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Ref = Annotated[int, mapped_column(BigInteger)]


class Ltree(UserDefinedType[str]):
    """A dotted path in the tree of units, such as ``33.3301.330106``; `<@` means "inside"."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "LTREE"


ischema_names["ltree"] = Ltree  # so that comparing models with the database knows the type


def words(column: str, kinds: type[StrEnum], name: str | None = None) -> CheckConstraint:
    """A named CHECK that a text column holds one of the words of an enum (or nothing, where it may be null)."""
    listed = ", ".join(f"'{word.value}'" for word in kinds)
    return CheckConstraint(f"{column} IN ({listed})", name=name or f"{column}_known")


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Commit when the block ends, roll back when it raises. Edges use it; actions never do."""
    try:
        yield db.session  # type: ignore[misc]
        if db.session.registry.has():  # a view that asked the database nothing has nothing to commit
            db.session.commit()
    except Refusal as refusal:
        if refusal.keeps_work:
            db.session.commit()
        else:
            db.session.rollback()
        raise
    except BaseException:
        db.session.rollback()
        raise


def end_reading() -> None:
    """Give the connection back before waiting for another system: no transaction stays open meanwhile.

    For views that have only read so far; what was written would be lost, so it is refused.
    """
    if db.session.registry.has():
        assert not any((db.session.new, db.session.dirty, db.session.deleted)), "something was written already"
        db.session.rollback()


class _Columns(Sequence[Column]):
    """The columns of a result, looked at when somebody asks: SQLAlchemy does so once for each statement and remembers."""

    def __init__(self, cursor: "_Cursor") -> None:
        self._cursor = cursor

    @cached_property
    def _columns(self) -> list[Column]:
        return super(_Cursor, self._cursor).description or []

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, place: Any) -> Any:
        return self._columns[place]


class _Cursor(psycopg.Cursor[Any]):
    """Of psycopg, but for what it costs to describe a hundred columns a request."""

    @property
    def description(self) -> Any:
        result = self.pgresult
        return _Columns(self) if result is not None and result.nfields else super().description


class ButlerFlask(Flask):
    """A Flask whose every view runs inside one unit of work."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """All our views and hooks are plain functions; Flask would look each of them over on every request."""
        return func

    def dispatch_request(self, *args: Any) -> ResponseReturnValue:
        with unit_of_work():
            return super().dispatch_request(*args)


def connect(app: Flask, url: str, *, pool_size: int, web: bool = True) -> None:
    """Bind the session to PostgreSQL.

    `web` processes give up early so that one slow statement never holds a page: 2 s for a lock, 5 s for a
    statement, 15 s for a transaction. Commands and workers get a minute a statement.
    """
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": 2 if web else 30,
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": 3,
            "cursor_factory": _Cursor,
            "options": "-c timezone=Asia/Shanghai -c lock_timeout=2000 -c idle_in_transaction_session_timeout=30000 "
            f"-c statement_timeout={5_000 if web else 60_000}",
        },
    }
    db.init_app(app)


@event.listens_for(Engine, "handle_error")
def _discard_severed_connection(context: Any) -> None:
    """A server that went away takes its whole pool with it, so that the next request starts on a fresh connection."""
    message = str(context.original_exception)
    if "server closed the connection" in message or "terminating connection" in message:
        context.is_disconnect = True


def grant_application_role(connection: Connection, role: str | None) -> None:
    """Give the application's role what it needs and no more; the owner of the schema needs nothing.

    Tables marked ``info={"append_only": True}`` may be read and added to, never changed or emptied.
    """
    if role is None or role == connection.scalar(text("SELECT current_user")):
        return
    quoted = connection.dialect.identifier_preparer.quote(role)
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quoted}"))
    connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}"))
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}"))
    present = set(inspect(connection).get_table_names())
    for table in db.metadata.sorted_tables:
        if table.info.get("append_only") and table.name in present:
            connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table.name} FROM {quoted}"))
    if "alembic_version" in present:
        connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}"))
    connection.commit()
