"""What can be done to a case of any kind: (stage, step) → arrow."""

from collections.abc import Mapping

from butler.cases.procedures.arrows import ABOVE, ALL_CLOCKS, ASKER, DESK, HOLDER, Arrow, Demand
from butler.cases.states import ClockKind, Outcome, Stage, Step

_ANYONE = ASKER | HOLDER | DESK | ABOVE
_NOTE = Arrow(by=_ANYONE)
_URGE = Arrow(by=ASKER | ABOVE)
_CANCEL = Arrow(
    by=ASKER,
    stage=Stage.CLOSED,
    outcome=Outcome.CANCELLED,
    demands=frozenset({Demand.NOTHING_IN_CUSTODY}),
    stops=ALL_CLOCKS,
)

KERNEL: Mapping[tuple[Stage, Step], Arrow] = {
    (Stage.WAITING, Step.CLAIM): Arrow(
        by=DESK, stage=Stage.IN_HAND, stops=frozenset({ClockKind.RESPONSE}), starts=ClockKind.HANDLING
    ),
    (Stage.WAITING, Step.DISPATCH): Arrow(by=DESK | ABOVE),
    (Stage.WAITING, Step.NOTE): _NOTE,
    (Stage.WAITING, Step.URGE): _URGE,
    (Stage.WAITING, Step.CANCEL): _CANCEL,
    (Stage.IN_HAND, Step.RELEASE): Arrow(
        by=HOLDER,
        stage=Stage.WAITING,
        demands=frozenset({Demand.NOTHING_IN_CUSTODY}),
        starts=ClockKind.RESPONSE,
    ),
    (Stage.IN_HAND, Step.REFER_UP): Arrow(
        by=HOLDER,
        stage=Stage.WAITING,
        demands=frozenset({Demand.NOTHING_IN_CUSTODY}),
        starts=ClockKind.RESPONSE,
    ),
    (Stage.IN_HAND, Step.PAUSE): Arrow(by=HOLDER, stage=Stage.PAUSED),
    (Stage.IN_HAND, Step.NOTE): _NOTE,
    (Stage.IN_HAND, Step.URGE): _URGE,
    (Stage.IN_HAND, Step.CANCEL): _CANCEL,
    (Stage.PAUSED, Step.RESUME): Arrow(by=HOLDER | ASKER, stage=Stage.IN_HAND),
    (Stage.PAUSED, Step.NOTE): _NOTE,
    (Stage.PAUSED, Step.CANCEL): _CANCEL,
    (Stage.RESOLVED, Step.CONFIRM): Arrow(by=ASKER, stage=Stage.CLOSED, outcome=Outcome.CONFIRMED, stops=ALL_CLOCKS),
    (Stage.RESOLVED, Step.NOTE): _NOTE,
    (Stage.CLOSED, Step.RATE): Arrow(by=ASKER),
}
