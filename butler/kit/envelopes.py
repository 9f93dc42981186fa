"""One data key for each case: everything people say about it is sealed under that key, and the key under the ring.

Changing the keys of the installation therefore changes one small row of each case and never a history; and destroying
that row makes every text of the case unreadable at once, in whatever table it is.

A key is read once in a unit of work; one that a query has brought along with its case is not read again. Lists that
show texts of many cases call `read_keys` first.
"""

import os
from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, TypeDecorator, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from butler.kit import clock
from butler.kit.database import Base, Id, Ref, db
from butler.kit.errors import Conflict
from butler.kit.sealing import CIPHERS, Key, Unreadable, ring

GONE = "已按规定销毁"
"""What is read where a text has been destroyed."""
_KEYS = "case_keys"


class CaseKey(Base):
    """The data key of one case, sealed under the ring; nothing but the time once it has been destroyed."""

    __tablename__ = "case_keys"
    __table_args__ = (CheckConstraint("(wrapped IS NULL) = (shredded_at IS NOT NULL)", name="kept_or_shredded"),)

    id: Mapped[Id]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), unique=True)
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    shredded_at: Mapped[datetime | None]


class CaseSealed(TypeDecorator[bytes]):
    """A column with bytes sealed under the key of the row's case (`case_id`; in `cases` the row itself).

    Opened by whoever shows it, not by loading the row. `flask butler keys check` opens each of them.
    """

    impl = LargeBinary
    cache_ok = True


def new_key() -> Key:
    """A key for a case that is being filed."""
    cipher = ring().first.cipher
    return Key("", os.urandom(cipher.key_bytes), cipher)


def envelope(case_id: int, key: Key) -> CaseKey:
    """The row that keeps the key of a new case; from now on `key_of_case` knows it."""
    _known()[case_id] = key
    return CaseKey(case_id=case_id, wrapped=wrap(case_id, key), shredded_at=None)


def key_of_case(case_id: int) -> Key | None:
    """The key of a case; None when it has been destroyed. Raises Unreadable when there never was one."""
    known = _known()
    if case_id not in known:
        read_keys([case_id])
    try:
        found = known[case_id]
    except KeyError:
        raise Unreadable("case_keys: a case without a key") from None
    if isinstance(found, bytes):
        found = known[case_id] = unwrap(case_id, found)
    return found


def read_keys(case_ids: Collection[int]) -> None:
    """Read the keys of these cases in one query, for whoever is about to open texts of many."""
    known = _known()
    if missing := set(case_ids) - known.keys():
        rows = select(CaseKey.case_id, CaseKey.wrapped).where(CaseKey.case_id.in_(missing))
        known.update(db.session.execute(rows).all())


def seal(case_id: int, place: str, words: Any) -> bytes | None:
    """Seal what JSON can say under the key of a case; None when it says nothing.

    Raises Conflict when that key has been destroyed.
    """
    if _says_nothing(words):
        return None
    key = key_of_case(case_id)
    if key is None:
        raise Conflict("这件办件的内容已按规定销毁，不能再补充。需要的话请重新提出。")
    return seal_under(key, place, words)


def seal_under(key: Key, place: str, words: Any) -> bytes | None:
    """The same under a key at hand."""
    return None if _says_nothing(words) else key.seal(place, orjson.dumps(words))


def unseal(case_id: int, place: str, sealed: bytes) -> Any:
    """What was sealed under the key of a case; None when that key has been destroyed. Raises Unreadable."""
    key = key_of_case(case_id)
    return None if key is None else orjson.loads(key.open(place, sealed))


def is_gone(case_id: int, sealed: bytes | None) -> bool:
    """Whether there was something to read that has been destroyed."""
    return sealed is not None and key_of_case(case_id) is None


def read_text(case_id: int, place: str, sealed: bytes | None, name: str | None = None) -> str:
    """A sealed text, or the one of this name, whatever has become of it: empty where there is none, `GONE` when it was
    destroyed."""
    if sealed is None:
        return ""
    words = unseal(case_id, place, sealed)
    return GONE if words is None else str(words if name is None else words[name])


def read_facts(case_id: int, place: str, sealed: bytes | None, name: str) -> dict[str, Any]:
    """The sealed facts of this name; none where there are none and when they were destroyed."""
    words = None if sealed is None else unseal(case_id, place, sealed)
    return {} if words is None else words[name]


def destroy_key(case_id: int) -> bool:
    """Make every text of a case unreadable for good; tell whether it was readable until now."""
    row = db.session.scalar(
        select(CaseKey).where(CaseKey.case_id == case_id).with_for_update().execution_options(populate_existing=True)
    )
    if row is None or row.wrapped is None:
        return False
    row.wrapped, row.shredded_at = None, clock.now()
    db.session.flush()
    _known()[case_id] = None
    return True


def wrap(case_id: int, key: Key) -> bytes:
    """A data key sealed under the ring, for this case only."""
    return ring().seal(f"case_keys.wrapped of {case_id}", bytes((key.cipher.mark,)) + key.secret)


def unwrap(case_id: int, wrapped: bytes) -> Key:
    """The data key again. Raises Unreadable, also for the key of another case."""
    plain = ring().open(f"case_keys.wrapped of {case_id}", wrapped)
    cipher = next(cipher for cipher in CIPHERS.values() if cipher.mark == plain[0])
    return Key("", plain[1:], cipher)


def _says_nothing(words: Any) -> bool:
    return not (any(words.values()) if isinstance(words, dict) else words)


def _known() -> dict[int, Any]:
    """The keys of this unit of work: sealed until they are needed, None when destroyed."""
    return db.session.info.setdefault(_KEYS, {})


@event.listens_for(CaseKey, "load")
@event.listens_for(CaseKey, "refresh")
def _keep(row: CaseKey, *_: Any) -> None:
    """Remember a key that came along with its case."""
    _known().setdefault(row.case_id, row.wrapped)


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, *_: Any) -> None:
    session.info.pop(_KEYS, None)
