"""The drawn arrows: which step leads where, who may take it, what it demands, what it does to the clocks. Pure.

A case moves on two levels. The *kernel* moves its stage (waiting, in hand …) and is the same for all kinds; a
*procedure* moves its state (requested, authorised …) while somebody has it in hand. `docs/case-map.md` is drawn
from these tables.
"""

from collections.abc import Iterator, Mapping

from butler.cases.procedures.arrows import Arrow, Demand
from butler.cases.procedures.consult import CONSULT
from butler.cases.procedures.errand import ERRAND
from butler.cases.procedures.kernel import KERNEL
from butler.cases.states import Kind, Relation, Stage, State, Step
from butler.kit.errors import Conflict, NotAllowed

__all__ = ["BEGINNINGS", "KERNEL", "PROCEDURES", "Arrow", "Demand", "arrow_for", "may_take", "open_steps"]

PROCEDURES: Mapping[Kind, Mapping[tuple[State, Step], Arrow]] = {Kind.CONSULT: CONSULT, Kind.ERRAND: ERRAND}
BEGINNINGS: Mapping[Kind, State] = {Kind.CONSULT: State.ASKED, Kind.ERRAND: State.REQUESTED}


def arrow_for(kind: Kind, stage: Stage, state: State, step: Step) -> Arrow:
    """Where a step leads from here. Raises Conflict (state-conflict) when no arrow is drawn."""
    arrow = _find(kind, stage, state, step)
    if arrow is None:
        raise Conflict("这件事现在到了别的环节，这一步用不上了。内容没有改动，请看最新进展。")
    return arrow


def may_take(arrow: Arrow, relations: frozenset[Relation]) -> None:
    """Raises NotAllowed when none of the caller's relations to the case opens this arrow."""
    if not arrow.by & relations:
        raise NotAllowed("这一步要由别的人来办。您可以在进展里看到现在轮到谁。")


def open_steps(kind: Kind, stage: Stage, state: State, relations: frozenset[Relation]) -> list[Step]:
    """The steps this caller may take now, the next one of the procedure first: every client draws the same buttons."""
    return [step for step, arrow in _arrows_from(kind, stage, state) if arrow.by & relations]


def _find(kind: Kind, stage: Stage, state: State, step: Step) -> Arrow | None:
    if stage is Stage.IN_HAND or step is Step.DISPUTE:
        arrow = PROCEDURES[kind].get((state, step))
        if arrow is not None and (step is not Step.DISPUTE or stage is Stage.RESOLVED):
            return arrow
    return KERNEL.get((stage, step))


def _arrows_from(kind: Kind, stage: Stage, state: State) -> Iterator[tuple[Step, Arrow]]:
    onwards = [step for (of, step) in PROCEDURES[kind] if of is state and step is not Step.DISPUTE]
    for step in dict.fromkeys([*onwards, Step.CLAIM, Step.RESUME, Step.CONFIRM, Step.RATE, *Step]):
        arrow = _find(kind, stage, state, step)
        if arrow is not None:
            yield step, arrow
