"""咨询: asked → answered → closed, or becomes another kind. (state, step) → arrow, while it is in hand."""

from collections.abc import Mapping

from butler.cases.procedures.arrows import ALL_CLOCKS, ASKER, HOLDER, WORKING, Arrow
from butler.cases.states import ClockKind, Outcome, Stage, State, Step

CONSULT: Mapping[tuple[State, Step], Arrow] = {
    (State.ASKED, Step.ANSWER): Arrow(
        by=HOLDER, stage=Stage.RESOLVED, state=State.ANSWERED, stops=WORKING, starts=ClockKind.CONFIRM
    ),
    (State.ASKED, Step.CONVERT): Arrow(
        by=HOLDER,
        stage=Stage.CLOSED,
        state=State.CONVERTED,
        outcome=Outcome.CONVERTED,
        stops=ALL_CLOCKS,
    ),
    # From "resolved": the resident says it is not answered. The old clock runs on.
    (State.ANSWERED, Step.DISPUTE): Arrow(
        by=ASKER, stage=Stage.IN_HAND, state=State.ASKED, stops=frozenset({ClockKind.CONFIRM})
    ),
}
