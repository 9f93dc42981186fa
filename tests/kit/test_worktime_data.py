"""The shipped notices against an independent copy of them."""

from collections import Counter
from datetime import date, timedelta

import chinese_calendar
import pytest

from butler.kit.worktime import OFFICE_WINDOWS
from butler.kit.worktime_data import shipped_calendar, shipped_days


@pytest.mark.parametrize("year", [2025, 2026])
def test_every_day_equals_chinesecalendar(year):
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    calendar = shipped_calendar()
    assert [calendar.works_on(day) for day in days] == [chinese_calendar.is_workday(day) for day in days]


def test_shipped_days_hold_only_days_that_differ_once_and_in_order():
    days = [shipped.day for shipped in shipped_days()]
    assert days == sorted(set(days))
    assert [shipped.works for shipped in shipped_days()] == [day.weekday() > 4 for day in days]


def test_shipped_days_count_per_year_and_kind():
    assert Counter((shipped.day.year, shipped.works) for shipped in shipped_days()) == {
        (2025, False): 18,
        (2025, True): 5,
        (2026, False): 19,
        (2026, True): 6,
    }


def test_every_shipped_day_names_its_holiday_and_its_notice():
    assert {shipped.name for shipped in shipped_days()} == {
        "元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节",
    }  # fmt: skip
    assert {(shipped.day.year, shipped.source) for shipped in shipped_days()} == {
        (2025, "国务院办公厅关于2025年部分节假日安排的通知（国办发明电〔2024〕12号）"),
        (2026, "国务院办公厅关于2026年部分节假日安排的通知（国办发明电〔2025〕7号）"),
    }


def test_shipped_calendar_knows_its_years_and_version():
    calendar = shipped_calendar()
    assert calendar.known_years == {2025, 2026}
    assert calendar.windows == OFFICE_WINDOWS
    assert calendar.version == "calendar_2025_2026"
