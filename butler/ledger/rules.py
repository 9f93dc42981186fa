"""When a day may be sealed, and how long its head may be on its way. Pure."""

from datetime import date, datetime, timedelta

SEALED_AFTER = timedelta(hours=2)
"""After midnight. No transaction lives that long (`kit.database`), so nothing of the day is still on its way."""
SENT_WITHIN = timedelta(hours=24)
"""A head that nobody outside has confirmed a day after it was sealed is told of by `flask butler doctor`."""
SENT_BACK_TO = timedelta(days=40)
"""Days older than that are not sent by themselves any more; each younger head proves them too."""


def last_day_over(now: datetime) -> date:
    """The newest day that may be sealed; `now` in the time of the place."""
    return (now - SEALED_AFTER).date() - timedelta(days=1)
