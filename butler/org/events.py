"""What happened to places and calendars, past tense."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CalendarLoaded:
    """A year's holiday notice was loaded or corrected: due times that rest on the year may move."""

    year: int
