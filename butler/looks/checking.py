"""Whether the log is whole: an altered, missing or added row does not fit its chain.

The owner of the database could write a whole day again, chain and all; the heads of past days (`LookRoot`), printed or
sent to a second party, show that too.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import and_, exists, select

from butler.kit import clock, daykeys
from butler.kit.database import db
from butler.kit.sealing import Unreadable
from butler.looks.hashing import chain, first_hash, root
from butler.looks.models import Look, LookDay, LookRoot
from butler.looks.rules import KEPT

NO_ROOT = b"\x00" * 32
"""What the head of the first day covers."""


def violations(day: date | None = None) -> Iterator[str]:
    """Every place where the log does not fit, one line each; of one day or of all. The head of a day whose rows may have
    been deleted after their time is not computed again."""
    yield from violations_of_rows(day)
    yield from _broken_roots(day)


def violations_of_rows(day: date | None = None) -> Iterator[str]:
    """The same of the rows and their chains alone, without the heads of days."""
    yield from _broken_chains(day)
    yield from _lost_days(day)


def _broken_chains(day: date | None) -> Iterator[str]:
    """One statement sees rows and ends as they were at one moment, while others go on looking."""
    query = (
        select(*Look.__table__.columns, LookDay.rows, LookDay.head)
        .outerjoin(LookDay, and_(LookDay.looker_id == Look.looker_id, LookDay.day == Look.day))
        .order_by(Look.looker_id, Look.day, Look.seq)
    )
    if day is not None:
        query = query.where(Look.day == day)
    found = db.session.execute(query.execution_options(yield_per=2000))
    for (looker_id, on), lines in groupby(found, key=lambda line: (line.looker_id, line.day)):
        fault = _fault(looker_id, on, lines)
        if fault:
            yield f"looker {looker_id} on {on}: {fault}"


def _fault(looker_id: int, day: date, lines: Iterable[Any]) -> str | None:
    """The first thing that is wrong with the rows of one looker's day; None when all fit."""
    head, line = first_hash(looker_id, day), None
    for place, line in enumerate(lines, start=1):
        if line.seq != place:
            return f"row {place} is missing"
        if chain(head, line) != line.hash and not _is_older(head, line):
            return f"row {place} was altered"
        head = line.hash
    if line is not None and line.seq != line.rows:
        return f"{line.rows} rows announced, {line.seq} found"
    return "the end of the chain is not that of the last row" if line is not None and head != line.head else None


def _is_older(head: bytes, line: Any) -> bool:
    """Whether it fits as it was written before words were sealed."""
    if line.sealed_words is None:
        return False
    try:
        words = daykeys.open_text("looks.sealed_words", line.sealed_words)
    except Unreadable:
        return False
    return chain(head, line, words) == line.hash


def _lost_days(day: date | None) -> Iterator[str]:
    some = exists().where(Look.looker_id == LookDay.looker_id, Look.day == LookDay.day)
    query = select(LookDay.looker_id, LookDay.day, LookDay.rows).where(LookDay.rows > 0, ~some)
    if day is not None:
        query = query.where(LookDay.day == day)
    for lost in db.session.execute(query):
        yield f"looker {lost.looker_id} on {lost.day}: {lost.rows} rows announced, none found"


def _broken_roots(day: date | None) -> Iterator[str]:
    before, kept = NO_ROOT, clock.today() - KEPT
    for sealed in db.session.scalars(select(LookRoot).order_by(LookRoot.day)):
        if (
            sealed.day >= kept
            and (day is None or sealed.day == day)
            and root(before, sealed.day, heads_of(sealed.day)) != sealed.root
        ):
            yield f"{sealed.day}: the day is not what was sealed"
        before = sealed.root


def heads_of(day: date) -> list[tuple[int, int, bytes]]:
    """The end of every looker's day: id, rows, hash."""
    query = select(LookDay.looker_id, LookDay.rows, LookDay.head).where(LookDay.day == day, LookDay.rows > 0)
    return [(row.looker_id, row.rows, row.head) for row in db.session.execute(query.order_by(LookDay.looker_id))]
