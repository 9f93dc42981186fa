"""How dates and times are said to people, the same on every page, card and message."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
_WEEKDAYS = "一二三四五六日"


def say_day(day: date | datetime, now: date | datetime | None = None) -> str:
    """“11月25日（周三）”; with `now` given, “2027年1月4日（周一）” when the years differ.

    A moment (aware) is said as its day in China; a naive one raises ValueError.
    """
    day = _day_in_china(day)
    year = "" if now is None or _day_in_china(now).year == day.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


def say_days(first: date, last: date) -> str:
    """A run of days, both ends included: “1月1日”, “2月15日至23日”, “1月28日至2月4日”."""
    said = f"{first.month}月{first.day}日"
    if first == last:
        return said
    if (first.year, first.month) == (last.year, last.month):
        return f"{said}至{last.day}日"
    return f"{said}至{last.month}月{last.day}日"


def say_moment(moment: datetime, now: datetime) -> str:
    """“今天 14:05”, “11月25日（周三） 14:05”, or with the year when it is not now's year.

    Both must be aware (ValueError otherwise); what is today is decided in China.
    """
    day = "今天" if _day_in_china(moment) == _day_in_china(now) else say_day(moment, now)
    return f"{day} {say_clock(moment)}"


def say_clock(moment: datetime) -> str:
    """“08:30”: the time of day in China, 24 hours."""
    return f"{_in_china(moment):%H:%M}"


def _day_in_china(day: date | datetime) -> date:
    return _in_china(day).date() if isinstance(day, datetime) else day


def _in_china(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be said")
    return moment.astimezone(CHINA)
