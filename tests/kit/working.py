"""Moments and limits, shortly written."""

from datetime import datetime

from butler.kit.wording import CHINA
from butler.kit.worktime import (
    Limit,
    Unit,
    WorkCalendar,
    due,
)
from butler.kit.worktime_data import shipped_calendar

CALENDAR = shipped_calendar()


def at(*parts: int) -> datetime:
    """A moment in China: at(2026, 11, 20, 17, 0)."""
    return datetime(*parts, tzinfo=CHINA)


def ends(start: datetime, amount: int, unit: Unit, calendar: WorkCalendar = CALENDAR) -> datetime:
    return due(calendar, start, Limit(amount, unit)).at
