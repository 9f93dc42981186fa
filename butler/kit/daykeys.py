"""One data key for each day: what staff write into tables that only grow is sealed under the key of the day it was said.

Rows of such tables are never changed, so they cannot be sealed anew when the keys of the installation change. They need
not be: only the small row with the key of the day is. Each sealed value names its day, as the id of its key.

The key of a day is made by whoever first has something to say on it; who comes at the same moment waits for them. Seal
before you lock rows of your own, so that nobody waits for you meanwhile.
"""

import os
from collections.abc import Collection, Iterable
from datetime import date
from typing import cast

from sqlalchemy import Date, LargeBinary, Table, TypeDecorator, event, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from butler.kit import clock
from butler.kit.database import Base, db
from butler.kit.sealing import CIPHERS, Key, Sealed, Unreadable, key_id_of, ring

_KEYS = "day_keys"


class DayKey(Base):
    """The data key of one day, sealed under the ring."""

    __tablename__ = "day_keys"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    secret: Mapped[str] = mapped_column(Sealed("day_keys.secret"))  # mark of the cipher and secret, in hexadecimal


class DaySealed(TypeDecorator[bytes]):
    """A column with text sealed under the key of a day. Opened by whoever shows it (`open_text`), not by loading the row;
    `flask butler keys check` opens each of them."""

    impl = LargeBinary
    cache_ok = True


def seal(place: str, words: str) -> bytes | None:
    """Seal a text for a place (``table.column``) under the key of today; None when it says nothing."""
    return _key_of_today().seal(place, words.encode()) if words else None


def open_text(place: str, sealed: bytes | None) -> str:
    """A sealed text; empty where there is none. Raises Unreadable."""
    if sealed is None:
        return ""
    day = key_id_of(sealed)
    read_keys([sealed])
    key = _known().get(day)
    if key is None:
        raise Unreadable(f"{place}: there is no key of that day")
    return key.open(place, sealed).decode()


def read_keys(sealed: Iterable[bytes | None]) -> None:
    """Read the keys of many sealed texts in one query, for whoever is about to show them."""
    known = _known()
    missing = {key_id_of(one) for one in sealed if one is not None} - known.keys()
    if missing:
        known.update(_stored(missing))


def new_secret() -> str:
    """The secret of a new key, as it is kept."""
    cipher = ring().first.cipher
    return (bytes((cipher.mark,)) + os.urandom(cipher.key_bytes)).hex()


def key_of(day: date, secret: str) -> Key:
    """The key of a day, from its secret."""
    plain = bytes.fromhex(secret)
    return Key(day.isoformat(), plain[1:], next(cipher for cipher in CIPHERS.values() if cipher.mark == plain[0]))


def _key_of_today() -> Key:
    today = clock.today()
    known, day = _known(), today.isoformat()
    if day not in known:
        known.update(_stored([day]))
    if day not in known:
        made = insert(cast(Table, DayKey.__table__)).values(day=today, secret=new_secret())
        db.session.execute(made.on_conflict_do_nothing(index_elements=["day"]))
        known.update(_stored([day]))
    return known[day]


def _stored(days: Collection[str]) -> dict[str, Key]:
    wanted = [date.fromisoformat(day) for day in days if _is_day(day)]
    rows = db.session.execute(select(DayKey.day, DayKey.secret).where(DayKey.day.in_(wanted)))
    return {row.day.isoformat(): key_of(row.day, row.secret) for row in rows}


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _known() -> dict[str, Key]:
    """The keys of this unit of work."""
    found: dict[str, Key] = db.session.info.setdefault(_KEYS, {})
    return found


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, *_: object) -> None:
    session.info.pop(_KEYS, None)
