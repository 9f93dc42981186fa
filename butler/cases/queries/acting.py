"""What somebody who acts for a relative may do with a case now: asked in one place, at every step."""

from collections.abc import Mapping
from datetime import datetime

from butler.cases.models import Case
from butler.cases.procedures import open_steps
from butler.cases.queries import finding
from butler.cases.states import Kind, Relation, Stage, State, Step
from butler.families import queries as families
from butler.families.states import Power
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.errors import Invalid

POWER_OF: Mapping[Step, Power] = {
    Step.NOTE: Power.ASK,
    Step.URGE: Power.ASK,
    Step.RESUME: Power.ASK,
    Step.CONFIRM: Power.DECIDE,
    Step.DISPUTE: Power.DECIDE,
    Step.CANCEL: Power.DECIDE,
    Step.RATE: Power.DECIDE,
}
"""Which power each step of an asker needs, when they asked for somebody else."""


def acts_for_another(actor: Actor, case: Case) -> bool:
    """Whether the caller asked for this case for somebody else."""
    return actor.person_id == case.asker_id != case.beneficiary_id


def powers_on(case: Case, at: datetime) -> frozenset[Power]:
    """What whoever asked for somebody else may do with the case at a moment."""
    return families.powers_for(case.beneficiary_id, case.asker_id, case.matter_code, at)


def check_power(actor: Actor, case: Case, power: Power) -> None:
    """Raise Conflict (delegation-needed) when the caller acts for somebody else and may not do this now. Call it with the
    case locked: taking a delegation back waits for the cases under it."""
    if acts_for_another(actor, case) and power not in powers_on(case, clock.now()):
        raise families.needed()


def check_step(actor: Actor, case: Case, step: Step, by: frozenset[Relation]) -> None:
    """The same for a step that is open to the caller by these relations; an office needs no delegation."""
    if by <= {Relation.ASKER}:
        check_power(actor, case, POWER_OF[step])


def steps_open_to(actor: Actor, case: Case) -> list[Step]:
    """The steps the caller may take now, the next one of the procedure first."""
    kind, stage, state = Kind(case.kind), Stage(case.stage), State(case.state)
    relations = finding.relations(actor, case)
    steps = open_steps(kind, stage, state, relations)
    if not steps or not acts_for_another(actor, case):
        return steps
    powers, by_office = powers_on(case, clock.now()), open_steps(kind, stage, state, relations - {Relation.ASKER})
    return [step for step in steps if step in by_office or POWER_OF[step] in powers]


def check_signature(case: Case, *, by_delegate: bool, at: datetime) -> None:
    """Whose signature a mandate carries. A delegate passes on only what they were allowed to pass on (民法典 art 169); for
    a child under 14 the guardian signs. Raises Invalid (``/signed_by``) and Conflict (delegation-needed)."""
    family = case.asker_id != case.beneficiary_id
    if by_delegate and not family:
        raise Invalid.at("/signed_by", "这件事是本人提的，请由本人签字。", code="choice")
    if by_delegate and Power.MANDATE not in powers_on(case, at):
        raise families.needed()
    if family and not by_delegate and families.has_guardian(case.beneficiary_id, at):
        raise Invalid.at("/signed_by", "孩子未满14周岁，委托书由监护人签。", code="choice")
