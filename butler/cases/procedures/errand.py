"""代办: requested → authorised → originals received → handed in → result → originals returned → delivered.

(state, step) → arrow, while it is in hand. A step that is not needed (no originals) is not demanded. What the authority
does between `submit` and `record_result` is the authority's: we only record what it said (design §2, principle 7).
"""

from collections.abc import Mapping

from butler.cases.procedures.arrows import ASKER, HOLDER, WORKING, Arrow, Demand
from butler.cases.states import ClockKind, Stage, State, Step

_MANDATE = frozenset({Demand.MANDATE})
_NOTHING_KEPT = frozenset({Demand.NOTHING_IN_CUSTODY})
_SUBMIT = Arrow(
    by=HOLDER,
    state=State.SUBMITTED,
    demands=_MANDATE | {Demand.HAND_OVER},
    stops=frozenset({ClockKind.HANDLING}),
    starts=ClockKind.AUTHORITY,
)
_DELIVER = Arrow(
    by=HOLDER,
    stage=Stage.RESOLVED,
    state=State.DELIVERED,
    demands=_NOTHING_KEPT,
    stops=WORKING,
    starts=ClockKind.CONFIRM,
)
_GIVE_UP = Arrow(
    by=HOLDER,
    stage=Stage.RESOLVED,
    state=State.NOT_DONE,
    demands=_NOTHING_KEPT,
    stops=WORKING,
    starts=ClockKind.CONFIRM,
)

ERRAND: Mapping[tuple[State, Step], Arrow] = {
    (State.REQUESTED, Step.AUTHORISE): Arrow(by=HOLDER, state=State.AUTHORISED),
    (State.REQUESTED, Step.RESOLVE): _GIVE_UP,
    (State.AUTHORISED, Step.RECEIVE_ORIGINALS): Arrow(by=HOLDER, state=State.COLLECTED, demands=_MANDATE),
    (State.AUTHORISED, Step.SUBMIT): _SUBMIT,
    (State.AUTHORISED, Step.RESOLVE): _GIVE_UP,
    # Signed again: by another butler who took over, or because the term is over. The old letter ends.
    (State.AUTHORISED, Step.AUTHORISE): Arrow(by=HOLDER),
    (State.COLLECTED, Step.SUBMIT): _SUBMIT,
    (State.COLLECTED, Step.RECEIVE_ORIGINALS): Arrow(by=HOLDER, demands=_MANDATE),
    (State.COLLECTED, Step.RETURN_ORIGINALS): Arrow(by=HOLDER, state=State.AUTHORISED),
    (State.COLLECTED, Step.AUTHORISE): Arrow(by=HOLDER),
    (State.SUBMITTED, Step.RECORD_RESULT): Arrow(
        by=HOLDER,
        state=State.RESULT_READY,
        stops=frozenset({ClockKind.AUTHORITY}),
        starts=ClockKind.DELIVERY,
    ),
    (State.SUBMITTED, Step.RETURN_ORIGINALS): Arrow(by=HOLDER),
    (State.SUBMITTED, Step.RESOLVE): _GIVE_UP,
    (State.RESULT_READY, Step.RETURN_ORIGINALS): Arrow(by=HOLDER, state=State.RETURNED),
    (State.RESULT_READY, Step.RESOLVE): _DELIVER,
    (State.RETURNED, Step.RESOLVE): _DELIVER,
    # From "resolved": the resident says it is not done. The old clock runs on.
    (State.DELIVERED, Step.DISPUTE): Arrow(
        by=ASKER, stage=Stage.IN_HAND, state=State.RESULT_READY, stops=frozenset({ClockKind.CONFIRM})
    ),
    (State.NOT_DONE, Step.DISPUTE): Arrow(
        by=ASKER, stage=Stage.IN_HAND, state=State.REQUESTED, stops=frozenset({ClockKind.CONFIRM})
    ),
}
