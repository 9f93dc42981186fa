"""The only clock. Everything else asks here, so that a test can decide what time it is."""

from datetime import date, datetime

from butler.kit.wording import CHINA

__all__ = ["CHINA", "now", "today"]


def now() -> datetime:
    """The present moment, aware, in Chinese time."""
    return datetime.now(CHINA)


def today() -> date:
    """The present day in China."""
    return now().date()
