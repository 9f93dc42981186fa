"""The wording of dates, as residents read it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butler.kit.wording import CHINA, say_clock, say_day, say_days, say_moment

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 23), "11月23日（周一）"),
        (date(2026, 11, 24), "11月24日（周二）"),
        (date(2026, 11, 25), "11月25日（周三）"),
        (date(2026, 11, 26), "11月26日（周四）"),
        (date(2026, 11, 27), "11月27日（周五）"),
        (date(2026, 11, 28), "11月28日（周六）"),
        (date(2026, 11, 29), "11月29日（周日）"),
        (date(2028, 2, 29), "2月29日（周二）"),
        (datetime(2026, 1, 4, 23, 59, tzinfo=CHINA), "1月4日（周日）"),
    ],
)
def test_say_day(day, said):
    assert say_day(day) == said


def test_say_day_of_a_foreign_moment_is_the_day_in_china():
    assert say_day(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == "1月1日（周五）"


def test_say_day_with_now_adds_the_year_only_when_it_differs():
    assert say_day(date(2026, 1, 1), NOW) == "1月1日（周四）"
    assert say_day(date(2027, 1, 4), NOW) == "2027年1月4日（周一）"
    assert say_day(date(2025, 12, 31), NOW.date()) == "2025年12月31日（周三）"


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2025, 1, 1), date(2025, 1, 1), "1月1日"),
        (date(2026, 2, 15), date(2026, 2, 23), "2月15日至23日"),
        (date(2025, 1, 28), date(2025, 2, 4), "1月28日至2月4日"),
        (date(2018, 12, 30), date(2019, 1, 1), "12月30日至1月1日"),
    ],
)
def test_say_days(first, last, said):
    assert say_days(first, last) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 25, 14, 5, tzinfo=CHINA), "今天 14:05"),
        (datetime(2026, 11, 25, 0, 0, tzinfo=CHINA), "今天 00:00"),
        (datetime(2026, 11, 24, 23, 59, tzinfo=CHINA), "11月24日（周二） 23:59"),
        (datetime(2026, 11, 26, 14, 5, tzinfo=CHINA), "11月26日（周四） 14:05"),
        (datetime(2027, 1, 4, 8, 30, tzinfo=CHINA), "2027年1月4日（周一） 08:30"),
        (datetime(2025, 11, 25, 14, 5, tzinfo=CHINA), "2025年11月25日（周二） 14:05"),
        (datetime(2026, 11, 25, 6, 5, tzinfo=UTC), "今天 14:05"),
        (datetime(2026, 11, 24, 16, 0, tzinfo=UTC), "今天 00:00"),
    ],
)
def test_say_moment(moment, said):
    assert say_moment(moment, NOW) == said


def test_say_moment_when_now_is_told_in_another_zone_uses_the_chinese_day():
    early = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # 01:00 on the 25th in China
    assert say_moment(NOW, early) == "今天 09:00"


def test_say_clock_is_chinese_time():
    assert say_clock(datetime(2026, 11, 25, 0, 30, tzinfo=UTC)) == "08:30"


def test_naive_moments_are_refused():
    naive = datetime(2026, 11, 25, 9, 0)
    for say in (lambda: say_day(naive), lambda: say_clock(naive), lambda: say_moment(naive, NOW)):
        with pytest.raises(ValueError, match="time zone"):
            say()
    with pytest.raises(ValueError, match="time zone"):
        say_moment(NOW, naive)


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_say_day_advances_one_weekday_a_day(day):
    week = "一二三四五六日"
    today, tomorrow = say_day(day)[-2], say_day(day + timedelta(days=1))[-2]
    assert week.index(tomorrow) == (week.index(today) + 1) % 7
