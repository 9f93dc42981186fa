"""How long each thing may take, how far up a late case climbs, how long a lease lasts. All of it configuration [D].

Sources: domain.md §3.3 (proposed classes). The authority's own time comes from the matter.
"""

from collections.abc import Mapping
from datetime import timedelta

from butler.cases.states import ClockKind, Kind, Urgency
from butler.kit.worktime import Limit, Unit

_DAYS, _HOURS = Unit.WORKING_DAYS, Unit.WORKING_HOURS

RESPONSE: Mapping[Urgency, Limit] = {
    Urgency.NORMAL: Limit(2, _HOURS),
    Urgency.URGENT: Limit(30, Unit.WORKING_MINUTES),
}
LIMITS: Mapping[tuple[Kind, ClockKind], Limit] = {
    (Kind.CONSULT, ClockKind.HANDLING): Limit(1, _DAYS),
    (Kind.CONSULT, ClockKind.CONFIRM): Limit(3, _DAYS),
    (Kind.ERRAND, ClockKind.HANDLING): Limit(5, _DAYS),
    (Kind.ERRAND, ClockKind.AUTHORITY): Limit(20, _DAYS),  # 行政许可法 art 42, where the matter names no limit
    (Kind.ERRAND, ClockKind.DELIVERY): Limit(2, _DAYS),
    (Kind.ERRAND, ClockKind.CONFIRM): Limit(5, _DAYS),
}

LADDER: tuple[int, ...] = (0, 1, 2, 5)
"""Working days after the due time at which the first, second, third and fourth level above is made accountable."""
REMINDER = 5
"""Working days between reminders once nobody is left above."""

LEASE = Limit(2, _DAYS)
PAPERS_BACK = Limit(20, _DAYS)  # an original is never kept longer than the errand should take
LONGEST_PAUSE = Limit(20, _DAYS)
URGE_EVERY = Limit(4, _HOURS)
MANDATE_TERM = timedelta(days=180)


def limit_of(kind: Kind, clock: ClockKind, urgency: Urgency) -> Limit:
    """How much time a clock has."""
    return RESPONSE[urgency] if clock is ClockKind.RESPONSE else LIMITS[kind, clock]
