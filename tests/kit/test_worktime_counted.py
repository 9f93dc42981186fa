"""Working time against a counter that knows nothing but single minutes, 2024 to 2027."""

import os
import random
from bisect import bisect_left
from datetime import date, datetime, timedelta
from itertools import accumulate
from types import SimpleNamespace

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from butler.kit.wording import CHINA
from butler.kit.worktime import (
    Limit,
    Unit,
    WorkCalendar,
    due,
    explain,
    is_working,
    next_opening,
    shift,
    working_minutes_between,
)
from tests.kit.working import ends

PROOF_RUNS = int(os.environ.get("BUTLER_PROOF_RUNS", "20000"))


FIRST = datetime(2024, 1, 1, tzinfo=CHINA)
LAST_MINUTE = 1461 * 1440


def _official(day: date) -> bool:
    """2024–2026 from an independent package; nobody has published 2027."""
    return chinese_calendar.is_workday(day) if day.year < 2027 else day.weekday() < 5


@pytest.fixture(scope="module")
def counted() -> SimpleNamespace:
    """Every minute of 2024–2027 counted one by one, and the same years as a WorkCalendar."""
    days = [FIRST.date() + timedelta(days=n) for n in range(1461)]
    works = [_official(day) for day in days]
    working_day = [510 <= minute < 720 or 810 <= minute < 1050 for minute in range(1440)]
    minutes = (work and open_now for work in works for open_now in working_day)
    calendar = WorkCalendar(
        {day: work for day, work in zip(days, works, strict=True) if day.year < 2027},
        frozenset({2024, 2025, 2026}),
    )
    return SimpleNamespace(works=works, calendar=calendar, until=list(accumulate(minutes, initial=0)))


def _moment(minute: int) -> datetime:
    return FIRST + timedelta(minutes=minute)


def _count_days(works: list[bool], start: int, amount: int) -> int:
    """The closing minute of the `amount`-th working day after the day of minute `start`, day by day."""
    day = start // 1440
    while amount:
        day += 1
        amount -= works[day]
    return day * 1440 + 1050


minutes_of_three_years = st.integers(0, (LAST_MINUTE // 1440 - 366) * 1440)
any_minute = st.integers(0, LAST_MINUTE)


@given(any_minute, any_minute)
def test_working_minutes_between_equals_the_counter(counted, a, b):
    until = counted.until
    assert working_minutes_between(counted.calendar, _moment(a), _moment(b)) == until[b] - until[a]


@given(minutes_of_three_years, st.integers(1, 60_000))
def test_due_in_working_minutes_is_the_first_minute_with_that_count(counted, start, amount):
    until = counted.until
    end = bisect_left(until, until[start] + amount)
    assert ends(_moment(start), amount, Unit.WORKING_MINUTES, counted.calendar) == _moment(end)


@given(minutes_of_three_years, st.integers(1, 200))
def test_due_in_working_days_equals_counting_days(counted, start, amount):
    end = _count_days(counted.works, start, amount)
    assert ends(_moment(start), amount, Unit.WORKING_DAYS, counted.calendar) == _moment(end)


@given(minutes_of_three_years, st.integers(1, 300))
def test_due_in_calendar_days_equals_counting_days(counted, start, amount):
    end = _count_days(counted.works, (start // 1440 + amount - 1) * 1440, 1)
    assert ends(_moment(start), amount, Unit.CALENDAR_DAYS, counted.calendar) == _moment(end)


@given(
    minutes_of_three_years,
    st.integers(1, 60),
    st.integers(0, 40 * 1440),
    st.integers(0, 40 * 1440),
    st.sampled_from([Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.WORKING_HOURS]),
)
def test_shift_adds_exactly_the_counted_minutes(counted, start, amount, wait, pause, unit):
    until, calendar = counted.until, counted.calendar
    first_due = ends(_moment(start), amount, unit, calendar)
    due_minute = int((first_due - FIRST).total_seconds()) // 60
    paused = until[start + wait + pause] - until[start + wait]
    moved = shift(calendar, first_due, _moment(start + wait), _moment(start + wait + pause), unit)
    assert moved == _moment(bisect_left(until, until[due_minute] + paused))


@given(st.integers(0, LAST_MINUTE - 30 * 1440))
def test_is_working_and_next_opening_equal_the_counter(counted, minute):
    until, calendar = counted.until, counted.calendar
    open_now = until[minute + 1] > until[minute]
    opening = bisect_left(until, until[minute] + 1) - 1
    assert is_working(calendar, _moment(minute)) is open_now
    assert next_opening(calendar, _moment(minute)) == _moment(opening)


@given(minutes_of_three_years, st.integers(1, 200), st.sampled_from(Unit))
def test_explain_names_the_due_time_for_every_limit(counted, start, amount, unit):
    answer = due(counted.calendar, _moment(start), Limit(amount, unit))
    assert f"{answer.at.month}月{answer.at.day}日" in explain(answer)
    assert ("尚未公布" in explain(answer)) is answer.provisional


@pytest.mark.proof
def test_sums_differ_from_the_counter_never(counted):
    """P13: 0 differences. BUTLER_PROOF_RUNS=1000000 is the long version."""
    pick, until, calendar = random.Random(20261121), counted.until, counted.calendar
    differences = 0
    for _ in range(PROOF_RUNS):
        a, b = pick.randrange(LAST_MINUTE), pick.randrange(LAST_MINUTE)
        differences += working_minutes_between(calendar, _moment(a), _moment(b)) != until[b] - until[a]
    assert differences == 0
