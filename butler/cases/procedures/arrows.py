"""What an arrow is made of."""

from dataclasses import dataclass, field
from enum import StrEnum

from butler.cases.states import ClockKind, Outcome, Relation, Stage, State


class Demand(StrEnum):
    """What must be true before a step may be taken."""

    MANDATE = "mandate"  # a mandate in force, and by this holder
    HAND_OVER = "hand_over"  # the resident agrees that the papers go to the authority (个人信息保护法 23)
    NOTHING_IN_CUSTODY = "nothing_in_custody"  # every original is back


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """One allowed move. Nothing given means: stays as it is."""

    by: frozenset[Relation]
    stage: Stage | None = None
    state: State | None = None
    outcome: Outcome | None = None
    demands: frozenset[Demand] = field(default_factory=frozenset)
    stops: frozenset[ClockKind] = field(default_factory=frozenset)
    starts: ClockKind | None = None


ASKER = frozenset({Relation.ASKER})
HOLDER = frozenset({Relation.HOLDER})
DESK = frozenset({Relation.DESK})
ABOVE = frozenset({Relation.ABOVE})
WORKING = frozenset({ClockKind.RESPONSE, ClockKind.HANDLING, ClockKind.AUTHORITY, ClockKind.DELIVERY})
ALL_CLOCKS = frozenset(ClockKind)
