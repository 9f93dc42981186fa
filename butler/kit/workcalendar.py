"""Which days and hours an office works, and how much working time lies before any moment. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain, pairwise
from types import MappingProxyType

from butler.kit.wording import CHINA

OFFICE_WINDOWS = ((time(8, 30), time(12, 0)), (time(13, 30), time(17, 30)))
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkCalendar:
    """The working days and hours of an office. Times of day are Chinese time.

    `days`: the days that differ from Monday–Friday (False = off, True = worked); a day of a year that is
    not in `known_years` is ignored, so half a notice never counts. `windows`: opening hours of every
    working day, ascending, apart from each other, ended before midnight. `version` names the data, so
    that a stored due time can tell which calendar made it. Raises ValueError for windows out of order.
    """

    days: Mapping[date, bool]
    known_years: frozenset[int]
    windows: tuple[tuple[time, time], ...] = OFFICE_WINDOWS
    version: str = ""
    worked_weekend_days: tuple[date, ...] = field(init=False, repr=False, compare=False)
    """Make-up workdays of the known years, ascending."""
    weekdays_off: tuple[date, ...] = field(init=False, repr=False, compare=False)
    """Holidays from Monday to Friday of the known years, ascending."""
    _opens: tuple[int, ...] = field(init=False, repr=False, compare=False)  # µs after midnight
    _closes: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _before: tuple[int, ...] = field(init=False, repr=False, compare=False)  # worked µs before the window
    _full_day: int = field(init=False, repr=False, compare=False)  # worked µs of a working day

    def __post_init__(self) -> None:
        if not self.windows or any(a >= b for a, b in pairwise(chain.from_iterable(self.windows))):
            raise ValueError("opening hours must ascend and lie apart")
        known = {day: works for day, works in self.days.items() if day.year in self.known_years}
        differing = [day for day in sorted(known) if known[day] != (day.weekday() < 5)]
        opens = tuple(_since_midnight(opening) for opening, _ in self.windows)
        closes = tuple(_since_midnight(closing) for _, closing in self.windows)
        before, full_day = [], 0
        for opening, closing in zip(opens, closes, strict=True):
            before.append(full_day)
            full_day += closing - opening
        put = object.__setattr__  # frozen: the derived tables are set once, here
        put(self, "days", MappingProxyType(known))
        put(self, "worked_weekend_days", tuple(day for day in differing if known[day]))
        put(self, "weekdays_off", tuple(day for day in differing if not known[day]))
        put(self, "_opens", opens)
        put(self, "_closes", closes)
        put(self, "_before", tuple(before))
        put(self, "_full_day", full_day)

    def works_on(self, day: date) -> bool:
        """Whether the office opens on that day."""
        return self.days.get(day, day.weekday() < 5)

    def first_working_day(self, day: date) -> date:
        """The day itself when the office opens on it, else the next day it does."""
        while not self.works_on(day):
            day += _DAY
        return day

    def count_through(self, day: date) -> int:
        """Working days from 0001-01-01 (a Monday) through the day, both included."""
        weeks, rest = divmod(day.toordinal(), 7)
        weekdays = 5 * weeks + min(rest, 5)
        return weekdays + bisect_right(self.worked_weekend_days, day) - bisect_right(self.weekdays_off, day)

    def nth_day(self, count: int) -> date:
        """The working day on which `count_through` first reaches `count`."""
        weeks, rest = divmod(count - 1, 5)
        day = date.fromordinal(7 * weeks + rest + 1)  # right if nothing differed from Monday–Friday
        while gap := count - self.count_through(day):
            day += gap * _DAY  # a day adds at most one, so this never jumps over the answer
        while not self.works_on(day):
            day -= _DAY
        return day

    def close_of(self, day: date) -> datetime:
        """Closing time of that day: the end of its last window."""
        return datetime.combine(day, self.windows[-1][1], CHINA)

    def worked_until(self, moment: datetime) -> int:
        """Working time from the beginning of the calendar to the aware moment, in microseconds."""
        local = in_china(moment)
        day = local.date()
        worked = self.count_through(day) * self._full_day
        if self.works_on(day):
            worked -= self._full_day
            clock = _since_midnight(local.time())
            window = bisect_right(self._opens, clock) - 1
            if window >= 0:
                worked += self._before[window] + min(clock, self._closes[window]) - self._opens[window]
        return worked

    def moment_at(self, worked: int) -> datetime:
        """The earliest moment at which `worked_until` reaches `worked`: 12:00, not 13:30 after lunch."""
        full_days, rest = divmod(worked - 1, self._full_day)
        rest += 1
        window = bisect_left(self._before, rest) - 1
        clock = self._opens[window] + rest - self._before[window]
        midnight = datetime.combine(self.nth_day(full_days + 1), time(), CHINA)
        return midnight + timedelta(microseconds=clock)


def in_china(moment: datetime) -> datetime:
    """The aware moment in Chinese time. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("working time needs a moment with a time zone")
    return moment.astimezone(CHINA)


def _since_midnight(clock: time) -> int:
    """Microseconds since midnight."""
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond
