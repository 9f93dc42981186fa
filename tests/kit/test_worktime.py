"""Limits and working time, rule by rule."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from butler.kit.wording import CHINA
from butler.kit.worktime import (
    Due,
    Limit,
    Unit,
    WorkCalendar,
    due,
    is_working,
    next_opening,
    shift,
    unknown_years,
    working_minutes_between,
)
from tests.kit.working import CALENDAR, at, ends

# --- the published vectors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        ((2026, 2, 13), 5, (2026, 2, 27)),
        ((2026, 9, 29), 5, (2026, 10, 12)),
        ((2026, 9, 18), 5, (2026, 9, 24)),
        ((2026, 4, 30), 5, (2026, 5, 11)),
        ((2026, 6, 18), 1, (2026, 6, 22)),
        ((2026, 11, 20), 5, (2026, 11, 27)),
        ((2026, 9, 30), 5, (2026, 10, 13)),
    ],
)
@pytest.mark.parametrize("clock", [(0, 0), (8, 29), (10, 0), (12, 30), (17, 29), (17, 30), (23, 59)])
def test_working_days_vectors_at_any_hour_of_the_starting_day(start, days, last, clock):
    assert ends(at(*start, *clock), days, Unit.WORKING_DAYS) == at(*last, 17, 30)


@pytest.mark.parametrize(
    ("start", "last"),
    [((2026, 9, 25), (2026, 10, 8)), ((2026, 11, 11), (2026, 11, 23))],
)
def test_ten_calendar_days_vectors(start, last):
    assert ends(at(*start, 15, 0), 10, Unit.CALENDAR_DAYS) == at(*last, 17, 30)


@pytest.mark.parametrize(
    "start",
    [at(2026, 11, 20, 14, 5), at(2026, 10, 1, 3, 0), at(2026, 12, 31, 23, 45), at(2028, 2, 28, 23, 45)],
)
def test_minutes_run_through_nights_holidays_and_unknown_years(start):
    answer = due(CALENDAR, start, Limit(30, Unit.MINUTES))
    assert answer.at - start == timedelta(minutes=30)
    assert answer.provisional is False


def test_forty_working_minutes_from_before_the_national_holiday():
    assert ends(at(2026, 9, 30, 17, 0), 4, Unit.WORKING_HOURS) == at(2026, 10, 8, 12, 0)


# --- day limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "last"),
    [
        (at(2026, 11, 21, 10, 0), at(2026, 11, 23, 17, 30)),  # Saturday
        (at(2026, 10, 3, 10, 0), at(2026, 10, 8, 17, 30)),  # inside the holiday
        (at(2026, 10, 10, 10, 0), at(2026, 10, 12, 17, 30)),  # make-up Saturday: not counted either
        (at(2026, 2, 27, 10, 0), at(2026, 2, 28, 17, 30)),  # make-up Saturday: a last day
    ],
)
def test_one_working_day_from_days_of_every_kind(start, last):
    assert ends(start, 1, Unit.WORKING_DAYS) == last


def test_the_starting_day_is_the_day_in_china():
    assert ends(datetime(2026, 11, 19, 16, 0, tzinfo=UTC), 5, Unit.WORKING_DAYS) == at(2026, 11, 27, 17, 30)


def test_a_case_opened_in_the_last_working_minute_does_not_count_that_day():
    start = at(2026, 11, 20, 17, 29)
    assert ends(start, 1, Unit.WORKING_DAYS) == at(2026, 11, 23, 17, 30)
    assert ends(start, 1, Unit.WORKING_MINUTES) == at(2026, 11, 20, 17, 30)
    assert ends(start, 2, Unit.WORKING_MINUTES) == at(2026, 11, 23, 8, 31)


@pytest.mark.parametrize(
    ("days", "last"),
    [
        (1, (2026, 11, 12)),
        (2, (2026, 11, 13)),
        (3, (2026, 11, 16)),  # raw Saturday
        (4, (2026, 11, 16)),  # raw Sunday
        (5, (2026, 11, 16)),
    ],
)
def test_calendar_days_count_weekends_but_never_end_on_one(days, last):
    assert ends(at(2026, 11, 11, 9, 0), days, Unit.CALENDAR_DAYS) == at(*last, 17, 30)


def test_calendar_days_may_end_on_a_make_up_saturday():
    assert ends(at(2026, 10, 3, 9, 0), 7, Unit.CALENDAR_DAYS) == at(2026, 10, 10, 17, 30)


def test_day_limits_end_when_this_office_closes():
    short = WorkCalendar({}, frozenset({2026}), windows=((time(9), time(11, 30)), (time(14), time(16, 45))))
    assert ends(at(2026, 11, 20, 9, 0), 1, Unit.WORKING_DAYS, short) == at(2026, 11, 23, 16, 45)
    assert ends(at(2026, 11, 20, 9, 0), 1, Unit.CALENDAR_DAYS, short) == at(2026, 11, 23, 16, 45)


@pytest.mark.parametrize(
    ("unit", "amount", "last"),
    [
        (Unit.WORKING_DAYS, 1, (2028, 2, 29)),
        (Unit.WORKING_DAYS, 2, (2028, 3, 1)),
        (Unit.CALENDAR_DAYS, 1, (2028, 2, 29)),
    ],
)
def test_29_february_is_a_day_like_others(unit, amount, last):
    assert ends(at(2028, 2, 28, 10, 0), amount, unit) == at(*last, 17, 30)


# --- working hours and minutes -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ((2026, 11, 20, 8, 30), 1, (2026, 11, 20, 8, 31)),
        ((2026, 11, 20, 11, 30), 30, (2026, 11, 20, 12, 0)),  # the end of a window, not the next opening
        ((2026, 11, 20, 11, 30), 31, (2026, 11, 20, 13, 31)),
        ((2026, 11, 20, 12, 10), 10, (2026, 11, 20, 13, 40)),  # asked at lunch
        ((2026, 11, 20, 6, 0), 10, (2026, 11, 20, 8, 40)),  # asked before opening
        ((2026, 11, 20, 17, 30), 10, (2026, 11, 23, 8, 40)),  # asked at the closing minute
        ((2026, 11, 20, 22, 0), 10, (2026, 11, 23, 8, 40)),
        ((2026, 11, 21, 10, 0), 10, (2026, 11, 23, 8, 40)),
        ((2026, 11, 20, 8, 30), 450, (2026, 11, 20, 17, 30)),
        ((2026, 11, 20, 8, 30), 451, (2026, 11, 23, 8, 31)),
        ((2026, 2, 13, 17, 0), 60, (2026, 2, 14, 9, 0)),  # into a make-up Saturday
        ((2026, 2, 14, 17, 0), 60, (2026, 2, 24, 9, 0)),  # over nine days of Spring Festival
    ],
)
def test_working_minutes_run_only_inside_the_windows(start, minutes, end):
    assert ends(at(*start), minutes, Unit.WORKING_MINUTES) == at(*end)


def test_working_hours_keep_seconds():
    start = at(2026, 11, 20, 11, 59, 30)
    assert ends(start, 1, Unit.WORKING_HOURS) == at(2026, 11, 20, 14, 29, 30)


def test_working_hours_keep_microseconds():
    start = at(2026, 11, 20, 8, 30, 0, 7)
    assert ends(start, 1, Unit.WORKING_HOURS) == at(2026, 11, 20, 9, 30, 0, 7)


def test_an_hour_is_sixty_working_minutes():
    start = at(2026, 9, 30, 9, 17)
    assert ends(start, 7, Unit.WORKING_HOURS) == ends(start, 420, Unit.WORKING_MINUTES)


def test_working_minutes_between_is_signed_and_whole():
    a, b = at(2026, 9, 30, 17, 0), at(2026, 10, 8, 12, 0)
    assert working_minutes_between(CALENDAR, a, b) == 240
    assert working_minutes_between(CALENDAR, b, a) == -240
    assert working_minutes_between(CALENDAR, a, a) == 0
    assert working_minutes_between(CALENDAR, a, a + timedelta(seconds=119)) == 1
    assert working_minutes_between(CALENDAR, a + timedelta(seconds=119), a) == -1


def test_moments_of_other_zones_are_the_same_moments():
    a, b = at(2026, 11, 20, 8, 30), at(2026, 11, 20, 9, 45)
    assert working_minutes_between(CALENDAR, a.astimezone(UTC), b.astimezone(UTC)) == 75


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ((2026, 11, 20, 8, 29, 59), (2026, 11, 20, 8, 30)),
        ((2026, 11, 20, 8, 30), None),
        ((2026, 11, 20, 11, 59, 59), None),
        ((2026, 11, 20, 12, 0), (2026, 11, 20, 13, 30)),
        ((2026, 11, 20, 13, 30), None),
        ((2026, 11, 20, 17, 30), (2026, 11, 23, 8, 30)),
        ((2026, 11, 21, 10, 0), (2026, 11, 23, 8, 30)),
        ((2026, 10, 10, 10, 0), None),
        ((2026, 9, 30, 18, 0), (2026, 10, 8, 8, 30)),
        ((2026, 12, 31, 18, 0), (2027, 1, 1, 8, 30)),
    ],
)
def test_is_working_and_next_opening(moment, opening):
    assert is_working(CALENDAR, at(*moment)) is (opening is None)
    assert next_opening(CALENDAR, at(*moment)) == at(*(opening or moment))


# --- years without a notice --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end", "years"),
    [
        ((2026, 12, 25, 10), 1, Unit.WORKING_DAYS, (2026, 12, 28, 17, 30), ()),
        ((2026, 12, 25, 10), 2, Unit.WORKING_DAYS, (2026, 12, 29, 17, 30), (2027,)),
        ((2026, 12, 31, 10), 1, Unit.WORKING_DAYS, (2027, 1, 1, 17, 30), (2027,)),
        ((2027, 3, 1, 10), 5, Unit.WORKING_DAYS, (2027, 3, 8, 17, 30), (2027,)),
        ((2026, 12, 18, 10), 10, Unit.CALENDAR_DAYS, (2026, 12, 28, 17, 30), ()),
        ((2026, 12, 26, 10), 10, Unit.CALENDAR_DAYS, (2027, 1, 5, 17, 30), (2027,)),
        ((2026, 12, 28, 10), 2, Unit.WORKING_HOURS, (2026, 12, 28, 12, 0), ()),
        ((2026, 12, 31, 17), 1, Unit.WORKING_HOURS, (2027, 1, 1, 9, 0), (2027,)),
        ((2024, 12, 30, 10), 3, Unit.WORKING_DAYS, (2025, 1, 3, 17, 30), (2024,)),
        ((2024, 12, 31, 10), 1, Unit.WORKING_DAYS, (2025, 1, 2, 17, 30), ()),  # its own kind decides nothing
        ((2025, 12, 31, 10), 1, Unit.WORKING_DAYS, (2026, 1, 4, 17, 30), ()),
    ],
)
def test_year_ends_are_provisional_exactly_when_a_missing_notice_decides(start, amount, unit, end, years):
    answer = due(CALENDAR, at(*start), Limit(amount, unit))
    assert (answer.at, answer.unknown_years, answer.provisional) == (at(*end), years, bool(years))


def test_calendar_days_over_an_unknown_year_rest_only_on_the_last_day():
    calendar = WorkCalendar({}, frozenset({2025, 2027}))
    answer = due(calendar, at(2025, 12, 1, 9), Limit(400, Unit.CALENDAR_DAYS))
    assert (answer.at, answer.unknown_years) == (at(2027, 1, 5, 17, 30), ())


def test_fifteen_unknown_years_count_monday_to_friday():
    answer = due(CALENDAR, at(2027, 1, 1, 10), Limit(15 * 260, Unit.WORKING_DAYS))
    assert answer.at == at(2027, 1, 1, 17, 30) + timedelta(weeks=15 * 52)
    assert answer.unknown_years == tuple(range(2027, 2042))


def test_deleting_a_year_makes_it_monday_to_friday_without_an_exception():
    bare = WorkCalendar(CALENDAR.days, frozenset({2025}))
    answer = due(bare, at(2026, 9, 29, 10), Limit(5, Unit.WORKING_DAYS))
    assert (answer.at, answer.unknown_years) == (at(2026, 10, 6, 17, 30), (2026,))
    assert not any(day.year == 2026 for day in bare.days)


def test_loading_the_notice_moves_the_due_time_and_confirms_it():
    start, limit = at(2026, 12, 30, 10), Limit(5, Unit.WORKING_DAYS)
    notice = {date(2027, 1, 1): False}
    loaded = WorkCalendar({**CALENDAR.days, **notice}, CALENDAR.known_years | {2027}, version="with 2027")
    before, after = due(CALENDAR, start, limit), due(loaded, start, limit)
    assert (before.at, before.provisional) == (at(2027, 1, 6, 17, 30), True)
    assert (after.at, after.provisional) == (at(2027, 1, 7, 17, 30), False)
    assert (before.calendar_version, after.calendar_version) == ("calendar_2025_2026", "with 2027")


def test_new_years_notice_may_reach_back_to_december():
    """The 2019 notice took 31 December 2018 off and made the 29th a workday."""
    start, limit = at(2018, 12, 28, 10), Limit(1, Unit.WORKING_DAYS)
    known, later = frozenset({2018}), {date(2018, 12, 29): True, date(2018, 12, 31): False}
    assert due(WorkCalendar({}, known), start, limit).provisional is True
    loaded = due(WorkCalendar(later, known | {2019}), start, limit)
    assert (loaded.at, loaded.provisional) == (at(2018, 12, 29, 17, 30), False)


def test_unknown_years_of_a_span():
    assert unknown_years(CALENDAR, date(2025, 1, 1), date(2026, 12, 28)) == ()
    assert unknown_years(CALENDAR, date(2026, 12, 29), date(2026, 12, 29)) == (2027,)
    assert unknown_years(CALENDAR, date(2023, 5, 1), date(2027, 1, 1)) == (2023, 2024, 2027)


# --- pausing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due_at", "paused_from", "paused_to", "moved"),
    [
        # ninety working minutes
        ((2026, 11, 27, 17, 30), (2026, 11, 24, 9, 0), (2026, 11, 24, 10, 30), (2026, 11, 30, 10, 0)),
        # over lunch: thirty minutes before, thirty after
        ((2026, 11, 27, 16, 0), (2026, 11, 24, 11, 30), (2026, 11, 24, 14, 0), (2026, 11, 27, 17, 0)),
        # exactly one working day
        ((2026, 11, 27, 17, 30), (2026, 11, 24, 8, 30), (2026, 11, 25, 8, 30), (2026, 11, 30, 17, 30)),
        # a whole National Day holiday pauses only the hour before it and the half hour after
        ((2026, 10, 12, 17, 30), (2026, 9, 30, 16, 30), (2026, 10, 8, 9, 0), (2026, 10, 13, 10, 0)),
        # the moved time jumps the holiday
        ((2026, 9, 30, 17, 0), (2026, 9, 29, 9, 0), (2026, 9, 29, 10, 0), (2026, 10, 8, 9, 0)),
        # a night, a weekend, a holiday: nothing moves
        ((2026, 11, 27, 17, 30), (2026, 11, 24, 17, 30), (2026, 11, 25, 8, 30), (2026, 11, 27, 17, 30)),
        ((2026, 11, 27, 17, 30), (2026, 11, 20, 18, 0), (2026, 11, 23, 8, 0), (2026, 11, 27, 17, 30)),
        ((2026, 10, 12, 17, 30), (2026, 9, 30, 17, 30), (2026, 10, 8, 8, 30), (2026, 10, 12, 17, 30)),
    ],
)
def test_pausing_moves_by_exactly_the_paused_working_time(due_at, paused_from, paused_to, moved):
    assert shift(CALENDAR, at(*due_at), at(*paused_from), at(*paused_to)) == at(*moved)


def test_pausing_a_wall_clock_limit_moves_it_on_the_wall_clock():
    due_at, a, b = at(2026, 10, 1, 3, 0), at(2026, 10, 1, 2, 40), at(2026, 10, 1, 2, 55)
    assert shift(CALENDAR, due_at, a, b, Unit.MINUTES) == at(2026, 10, 1, 3, 15)


def test_a_pause_cannot_end_before_it_begins():
    with pytest.raises(ValueError, match="before it begins"):
        shift(CALENDAR, at(2026, 11, 27, 17, 30), at(2026, 11, 24, 9, 1), at(2026, 11, 24, 9, 0))


# --- values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [0, -1])
def test_a_limit_is_at_least_one(amount):
    with pytest.raises(ValueError, match="at least 1"):
        Limit(amount, Unit.WORKING_DAYS)


@pytest.mark.parametrize(
    "windows",
    [
        (),
        ((time(9), time(9)),),
        ((time(12), time(9)),),
        ((time(9), time(12)), (time(11), time(14))),
        ((time(13), time(17)), (time(8), time(12))),
    ],
)
def test_windows_out_of_order_are_refused(windows):
    with pytest.raises(ValueError, match="opening hours"):
        WorkCalendar({}, frozenset(), windows=windows)


def test_naive_moments_are_refused():
    naive, aware = datetime(2026, 11, 20, 9, 0), at(2026, 11, 20, 9, 0)
    for ask in (
        lambda: due(CALENDAR, naive, Limit(1, Unit.MINUTES)),
        lambda: due(CALENDAR, naive, Limit(1, Unit.WORKING_DAYS)),
        lambda: shift(CALENDAR, naive, aware, aware),
        lambda: shift(CALENDAR, aware, naive, aware),
        lambda: shift(CALENDAR, aware, aware, naive),
        lambda: working_minutes_between(CALENDAR, naive, aware),
        lambda: is_working(CALENDAR, naive),
    ):
        with pytest.raises(ValueError, match="time zone"):
            ask()


def test_rows_that_agree_with_the_weekday_change_nothing():
    noisy = WorkCalendar({date(2026, 11, 21): False, date(2026, 11, 23): True}, frozenset({2026}))
    assert (noisy.worked_weekend_days, noisy.weekdays_off) == ((), ())
    assert ends(at(2026, 11, 20, 10), 2, Unit.WORKING_DAYS, noisy) == at(2026, 11, 24, 17, 30)


def test_due_carries_its_question():
    start, limit = datetime(2026, 11, 20, 2, 0, tzinfo=UTC), Limit(5, Unit.WORKING_DAYS)
    answer = due(CALENDAR, start, limit)
    assert answer == Due(at(2026, 11, 27, 17, 30), start, limit, (), CALENDAR)
    assert (answer.at.tzinfo, answer.start.tzinfo) == (CHINA, CHINA)
