"""Loading published holiday notices into the working calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from butler.kit import clock
from butler.kit.database import db
from butler.kit.events import publish
from butler.org import queries
from butler.org.events import CalendarLoaded
from butler.org.models import CalendarDay, CalendarYear
from butler.org.notices import Notice, NoticeDay, read_notices
from butler.org.states import DayKind


@dataclass(frozen=True)
class YearCount:
    """How many differing days of a year a notice adds, words otherwise, takes away and leaves as they are."""

    year: int
    new: int
    changed: int
    gone: int
    same: int


def import_notices(*, path: Path, dry_run: bool = False) -> tuple[YearCount, ...]:
    """Load every year of a file of notices (`notices.read_notices`); return the counts year by year.

    With `dry_run` the file is checked and counted and nothing written. Raises ImportRefused.
    """
    notices = read_notices(path)
    counts = tuple(_compare(notice) for notice in notices)
    if not dry_run:
        for notice in notices:
            load_year(year=notice.year, days=notice.days, source=notice.source)
    return counts


def load_year(*, year: int, days: Sequence[NoticeDay], source: str) -> bool:
    """Make `days` the whole of a year's notice, in place of what was loaded; tell whether anything changed.

    A day that another year's notice has too belongs to the one loaded last. Publishes CalendarLoaded when something
    changed. Other processes count with it within a minute.
    """
    present = db.session.get(CalendarYear, year, with_for_update=True)
    if present is not None and present.source == source and _loaded_days(year) == sorted(days):
        return False
    values = {"source": source, "loaded_at": clock.now()}
    put_year = insert(CalendarYear).values(year=year, **values)
    db.session.execute(put_year.on_conflict_do_update(index_elements=["year"], set_=values))
    db.session.execute(delete(CalendarDay).where(CalendarDay.year == year))
    if days:
        rows = [{"day": each.day, "year": year, "kind": each.kind.value, "name": each.name} for each in days]
        put_days = insert(CalendarDay).values(rows)
        taken_over = {name: put_days.excluded[name] for name in ("year", "kind", "name")}
        db.session.execute(put_days.on_conflict_do_update(index_elements=["day"], set_=taken_over))
    db.session.expire_all()  # written behind the session's back
    queries.forget_calendar()
    publish(CalendarLoaded(year=year))
    return True


def _compare(notice: Notice) -> YearCount:
    loaded = {each.day: each for each in _loaded_days(notice.year)}
    given = {each.day: each for each in notice.days}
    same = sum(given[day] == loaded[day] for day in given.keys() & loaded.keys())
    return YearCount(
        year=notice.year,
        new=len(given.keys() - loaded.keys()),
        changed=len(given.keys() & loaded.keys()) - same,
        gone=len(loaded.keys() - given.keys()),
        same=same,
    )


def _loaded_days(year: int) -> list[NoticeDay]:
    rows = db.session.execute(
        select(CalendarDay.day, CalendarDay.kind, CalendarDay.name).where(CalendarDay.year == year)
    )
    return sorted(NoticeDay(day, DayKind(kind), name) for day, kind, name in rows)
