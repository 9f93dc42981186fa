"""Files of holiday notices: CSV with date, kind (off, work), name and source; several years in one file."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from butler.org.states import DayKind
from butler.org.tables import Problems, Unreadable, name_problem, read_rows

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(2000, 2100)
_KINDS = frozenset(kind.value for kind in DayKind)


@dataclass(frozen=True, order=True, slots=True)
class NoticeDay:
    """A day that differs from Monday to Friday, and the holiday it belongs to."""

    day: date
    kind: DayKind
    name: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A year's holidays and make-up workdays, ascending, and who published them."""

    year: int
    days: tuple[NoticeDay, ...]
    source: str


def read_notices(path: Path) -> list[Notice]:
    """The notices of a file by year. Raises ImportRefused with every problem.

    Rows with the same source are one notice; its year is the latest among its days, because New Year's holiday may reach
    back into December. Two notices of one year (a later correction) count together.
    """
    problems = Problems()
    rows: list[tuple[str, NoticeDay]] = []
    lines: dict[date, int] = {}
    with suppress(Unreadable):  # noted
        for line, (written, kind, name, source) in read_rows(path, ("date", "kind", "name", "source"), problems):
            day = _read_day(written)
            if day is None:
                problems.add(path.name, line, "date", "日期要写成 2026-10-01 这样，在 2000–2099 年之间。")
            elif day in lines:
                problems.add(path.name, line, "date", f"与第 {lines[day]} 行是同一天。")
            elif kind not in _KINDS:
                problems.add(path.name, line, "kind", "只能写 off（放假）或 work（调休上班）。")
            elif (kind == DayKind.WORK) != (day.weekday() >= 5):
                usual = "本来就休息" if day.weekday() >= 5 else "本来就上班"
                problems.add(path.name, line, "kind", f"这一天{usual}，只写与平常不同的日子。")
            else:
                rows.append((source, NoticeDay(day, DayKind(kind), name)))
            if day is not None:
                lines.setdefault(day, line)
            for column, text in (("name", name), ("source", source)):
                if message := name_problem(text):
                    problems.add(path.name, line, column, message)
        if not rows and not problems.total:
            problems.add(path.name, 0, "", "文件里没有可用的日子。")
    problems.refuse_any()
    return _by_year(rows)


def _read_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day and day.year in _YEARS else None


def _by_year(rows: list[tuple[str, NoticeDay]]) -> list[Notice]:
    year_of: dict[str, int] = {}
    for source, differing in rows:
        year_of[source] = max(year_of.get(source, 0), differing.day.year)
    notices = []
    for year, group in groupby(sorted(rows, key=lambda row: year_of[row[0]]), key=lambda row: year_of[row[0]]):
        of_year = list(group)
        sources = dict.fromkeys(source for source, _ in of_year)
        notices.append(Notice(year, tuple(sorted(differing for _, differing in of_year)), "；".join(sources)))
    return notices
