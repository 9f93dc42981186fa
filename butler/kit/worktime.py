"""Working time in China: which moments count, when a limit ends, and why then. Pure.

Sources
- 民法典 arts 201–203: the starting day is not counted, hours start at the moment; when the last day is a
  statutory holiday the limit ends on the day after it; the last day ends at 24:00, or at closing time
  where there are business hours. Ours has them, so day limits end when the last window closes.
- 行政许可法 art 82: limits in days mean working days, without statutory holidays.
- 国务院办公厅 publishes each year's holidays and make-up workdays (调休) in the autumn before. A year whose
  notice is not loaded counts Monday to Friday, and whatever rests on it is *provisional*.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from butler.kit.wording import CHINA, say_clock, say_day, say_days
from butler.kit.workcalendar import OFFICE_WINDOWS, WorkCalendar, in_china

__all__ = [
    "OFFICE_WINDOWS",
    "Due",
    "Limit",
    "Unit",
    "WorkCalendar",
    "due",
    "explain",
    "is_working",
    "next_opening",
    "shift",
    "unknown_years",
    "working_minutes_between",
]


class Unit(StrEnum):
    """What a limit counts."""

    MINUTES = "minutes"
    """Minutes of the wall clock; nights and holidays count (emergencies)."""
    WORKING_MINUTES = "working_minutes"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of time somebody has, e.g. five working days. Raises ValueError below 1."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError("a limit is at least 1")


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit ends (`at`, aware, Chinese time) and everything needed to say why."""

    at: datetime
    start: datetime
    limit: Limit
    unknown_years: tuple[int, ...]
    """Years this answer rests on whose holiday notice is not loaded, ascending."""
    calendar: WorkCalendar = field(repr=False, compare=False)

    @property
    def provisional(self) -> bool:
        """Whether a notice still to come may move `at`; recompute when it is loaded."""
        return bool(self.unknown_years)

    @property
    def calendar_version(self) -> str:
        """Which calendar made this answer."""
        return self.calendar.version


def due(calendar: WorkCalendar, start: datetime, limit: Limit) -> Due:
    """When `limit` ends if it starts at `start` (aware; ValueError otherwise).

    Minutes run on the wall clock. Working minutes and hours run inside the windows from the moment on,
    and end at the end of a window rather than at the start of the next. Day limits leave out the starting
    day and end at closing time of the last day; a calendar-day limit whose last day is off ends on the
    next working day.
    """
    start = in_china(start)
    consulted = start.date()  # the first day whose kind decides the answer
    if limit.unit is Unit.MINUTES:
        at = _on_the_wall(start, timedelta(minutes=limit.amount))
        return Due(at, start, limit, (), calendar)
    if limit.unit is Unit.CALENDAR_DAYS:
        consulted += timedelta(days=limit.amount)
        at = calendar.close_of(calendar.first_working_day(consulted))
    elif limit.unit is Unit.WORKING_DAYS:
        at = calendar.close_of(calendar.nth_day(calendar.count_through(consulted) + limit.amount))
        consulted += timedelta(days=1)
    else:
        minutes = limit.amount * (60 if limit.unit is Unit.WORKING_HOURS else 1)
        at = calendar.moment_at(calendar.worked_until(start) + minutes * 60_000_000)
    return Due(at, start, limit, unknown_years(calendar, consulted, at.date()), calendar)


def shift(
    calendar: WorkCalendar,
    due_at: datetime,
    paused_from: datetime,
    paused_to: datetime,
    unit: Unit = Unit.WORKING_DAYS,
) -> datetime:
    """Move a due time by exactly the working time that was paused, whatever the limit's unit.

    Only a limit in MINUTES is moved by the pause's length on the wall clock, for it runs there. A pause
    outside opening hours moves nothing. Raises ValueError for naive moments or a pause that ends before
    it begins.
    """
    due_at, paused_from, paused_to = in_china(due_at), in_china(paused_from), in_china(paused_to)
    if paused_to < paused_from:
        raise ValueError("a pause cannot end before it begins")
    if unit is Unit.MINUTES:
        return _on_the_wall(due_at, paused_to - paused_from)
    paused = calendar.worked_until(paused_to) - calendar.worked_until(paused_from)
    return calendar.moment_at(calendar.worked_until(due_at) + paused) if paused else due_at


def working_minutes_between(calendar: WorkCalendar, a: datetime, b: datetime) -> int:
    """Whole working minutes from `a` to `b`; negative when `b` lies before `a`. Aware moments only."""
    worked = calendar.worked_until(b) - calendar.worked_until(a)
    return worked // 60_000_000 if worked >= 0 else -(-worked // 60_000_000)


def is_working(calendar: WorkCalendar, moment: datetime) -> bool:
    """Whether the office is open: the minute of opening is, the minute of closing is not."""
    return next_opening(calendar, moment) == moment


def next_opening(calendar: WorkCalendar, moment: datetime) -> datetime:
    """The moment itself while the office is open, else the next time it opens."""
    local = in_china(moment)
    day = local.date()
    if calendar.works_on(day):
        clock = local.time()
        for opening, closing in calendar.windows:
            if clock < closing:
                return max(local, datetime.combine(day, opening, CHINA))
    next_day = calendar.first_working_day(day + timedelta(days=1))
    return datetime.combine(next_day, calendar.windows[0][0], CHINA)


def unknown_years(calendar: WorkCalendar, first: date, last: date) -> tuple[int, ...]:
    """Years without a loaded notice that decide over the days `first` to `last`, both included.

    The last three days of December belong to the next year's notice too: New Year's holiday reached back
    to them in 2006, 2007, 2011 and 2018.
    """
    last_year = last.year + (last.month == 12 and last.day >= 29)
    return tuple(year for year in range(first.year, last_year + 1) if year not in calendar.known_years)


def explain(due: Due, moved_to: datetime | None = None) -> str:
    """One sentence (no full stop) a resident understands: from when, how long, what was left out, until when.

    `moved_to`: the due time after pauses, when there were any.
    """
    calendar, start, at, limit = due.calendar, due.start, due.at, due.limit
    parts = [f"从{say_day(start)}起算"]
    match limit.unit:
        case Unit.MINUTES:
            parts = [f"从{say_day(start)}{say_clock(start)}起算", f"{limit.amount}分钟", "不分上班下班"]
        case Unit.WORKING_DAYS:
            parts.append(f"{limit.amount}个工作日")
            parts += _left_out(calendar, start.date() + timedelta(days=1), at.date(), start)
        case Unit.CALENDAR_DAYS:
            parts.append(f"{limit.amount}天（节假日也算）")
            last = start.date() + timedelta(days=limit.amount)
            if last < at.date():
                holidays = _holidays(calendar, last, at.date())
                reason = f"在{say_days(*holidays[0])}放假期间" if holidays else "是周末"
                parts.append(f"最后一天{say_day(last, start)}{reason}，往后顺延")
        case _:
            opened = next_opening(calendar, start)
            if opened != start:
                parts = [f"{say_day(start)}{say_clock(start)}不在上班时间"]
                parts.append(f"从{say_day(opened, start)}{say_clock(opened)}上班起算")
            else:
                parts = [f"从{say_day(start)}{say_clock(start)}起算"]
            noun = "小时" if limit.unit is Unit.WORKING_HOURS else "分钟"
            parts.append(f"{limit.amount}{noun}（只算上班时间）")
            parts += _left_out(calendar, start.date(), at.date(), start)
    parts.append(f"最晚{say_day(at, start)}{say_clock(at)}")
    if moved_to is not None:
        parts.append(f"中途暂停的时间不算，延到{say_day(moved_to, start)}{say_clock(moved_to)}")
    sentence = "，".join(parts)
    if due.provisional:
        years = "、".join(f"{year}年" for year in due.unknown_years[:2])
        if len(due.unknown_years) > 2:
            years += "等年份的"
        sentence += f"；{years}放假安排尚未公布，暂按周一至周五估算"
    return sentence


def _left_out(calendar: WorkCalendar, first: date, last: date, start: datetime) -> list[str]:
    """What made the days `first` to `last` differ from plain counting, as parts of a sentence."""
    parts = []
    if worked := [say_day(day, start) for day in calendar.worked_weekend_days if first <= day <= last]:
        parts.append(f"{'、'.join(worked)}调休上班算在内")
    holidays = _holidays(calendar, first, last)
    if holidays:
        parts.append(f"{'、'.join(say_days(*run) for run in holidays)}放假不算")
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    if any(not calendar.works_on(day) and not any(a <= day <= b for a, b in holidays) for day in days):
        parts.append("遇周末顺延")
    return parts


def _holidays(calendar: WorkCalendar, first: date, last: date) -> list[tuple[date, date]]:
    """Holidays touching `first` to `last`, with the weekends that join them, as the notices print them."""
    while not calendar.works_on(first):
        first -= timedelta(days=1)
    runs: list[tuple[date, date]] = []
    for day in calendar.weekdays_off:
        if not first <= day <= last or (runs and day <= runs[-1][1]):
            continue
        begin = end = day
        while not calendar.works_on(begin - timedelta(days=1)):
            begin -= timedelta(days=1)
        while not calendar.works_on(end + timedelta(days=1)):
            end += timedelta(days=1)
        runs.append((begin, end))
    return runs


def _on_the_wall(moment: datetime, passed: timedelta) -> datetime:
    """Add real time: through UTC, or China's summer time of 1986–1991 would be ignored."""
    return (moment.astimezone(UTC) + passed).astimezone(CHINA)
