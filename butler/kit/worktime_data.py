"""The published holiday notices that come with the project. Reads a file, nothing else."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from butler.kit.worktime import WorkCalendar

SHIPPED_NOTICES = Path(__file__).parent / "data" / "calendar_2025_2026.csv"


@dataclass(frozen=True, slots=True)
class ShippedDay:
    """A day that differs from Monday–Friday: worked on a weekend, or off on a weekday."""

    day: date
    works: bool
    name: str
    """The holiday it belongs to, in Chinese."""
    source: str
    """The State Council notice that says so."""


@cache
def shipped_days() -> tuple[ShippedDay, ...]:
    """Every differing day of the shipped years, ascending. Years without rows are not shipped."""
    with SHIPPED_NOTICES.open(encoding="utf-8", newline="") as file:
        return tuple(
            ShippedDay(
                date.fromisoformat(row["date"]),
                {"off": False, "work": True}[row["kind"]],
                row["name"],
                row["source"],
            )
            for row in csv.DictReader(file)
        )


@cache
def shipped_calendar() -> WorkCalendar:
    """The calendar of the shipped years with the usual opening hours."""
    days = {shipped.day: shipped.works for shipped in shipped_days()}
    return WorkCalendar(days, frozenset(day.year for day in days), version=SHIPPED_NOTICES.stem)
