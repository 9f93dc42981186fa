"""Once only: the same key from the same person to the same route is one deed, whatever the network does.

One transaction holds the key, the deed and the answer (promises.md §3.1). A refusal or a 5xx rolls the key back, so it
may be used again once the input is right.
"""

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any, cast

import orjson
from sqlalchemy import Index, LargeBinary, Table, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit import clock
from butler.kit.database import Base, db
from butler.kit.errors import Conflict, Invalid, Malformed
from butler.kit.sealing import Sealed, ring

KEPT = timedelta(hours=72)
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


class IdempotencyKey(Base):
    """A deed that has been done, and the answer that was given."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    actor: Mapped[str] = mapped_column(primary_key=True)  # "person:17", never a global key
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    answer: Mapped[dict[str, Any] | None] = mapped_column(Sealed("idempotency_keys.answer", json=True))
    created_at: Mapped[datetime]


_KEYS = cast(Table, IdempotencyKey.__table__)
_TAKE = insert(_KEYS).on_conflict_do_nothing().returning(_KEYS.c.key)
_SETTLE = update(_KEYS).where(
    _KEYS.c.actor == bindparam("whose"), _KEYS.c.route == bindparam("where"), _KEYS.c.key == bindparam("which")
)


def claim(*, actor: str, route: str, key: str | None, content: Any) -> dict[str, Any] | None:
    """Take the key for this deed. None: go ahead, then `settle`. An answer: it was done before, give this again.

    Raises Malformed (no key, or a bad one), Invalid (the key was used for other content) and Conflict (the first request
    with this key is still running).
    """
    if not key or not _KEY.fullmatch(key):
        raise Malformed(
            "这个请求缺少防重复编号（Idempotency-Key，16–64 位字母、数字、- 或 _）。请重新打开页面再提交。",
            code="idempotency-key-missing",
        )
    said = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
    kind = "idempotency_keys.fingerprint"
    fingerprint = ring().index(kind, said)  # else short contents could be guessed from it
    mine = {"actor": actor, "route": route, "key": key, "fingerprint": fingerprint, "created_at": clock.now()}
    try:
        if db.session.connection().scalar(_TAKE, mine) is not None:
            return None
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != "55P03":  # lock_not_available
            raise
        raise Conflict(
            "同样的内容正在提交，请稍等两秒再看结果，不用重复填写。",
            code="idempotency-in-progress",
            headers={"Retry-After": "2"},
        ) from error
    done = db.session.execute(
        select(IdempotencyKey.fingerprint, IdempotencyKey.answer).where(
            IdempotencyKey.actor == actor, IdempotencyKey.route == route, IdempotencyKey.key == key
        )
    ).one()
    if done.fingerprint not in ring().indexes(kind, said):
        raise Invalid("这个编号已经用来提交过别的内容。请重新打开页面再提交。", code="idempotency-key-reused")
    return done.answer or {}


def settle(*, actor: str, route: str, key: str, answer: dict[str, Any]) -> None:
    """Keep the answer with the key, in the deed's own transaction."""
    db.session.connection().execute(_SETTLE, {"whose": actor, "where": route, "which": key, "answer": answer})


def purge() -> int:
    """Forget keys older than `KEPT`; returns how many."""
    old = delete(IdempotencyKey).where(IdempotencyKey.created_at < clock.now() - KEPT)
    return len(db.session.execute(old.returning(IdempotencyKey.key)).all())
