"""What somebody who acts for a relative may do with a case now: asked in one place, at every step.

Who takes an authority back locks it, and then the cases under it (`reactions.take_from_delegate`). Whoever works on a case
and rests on an authority goes the same way, so that nobody waits in a circle: **first the authorities, by their id
(`hold_authority`), then the case, then people**. Nothing that has locked a case asks for an authority afterwards.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import and_, select

from butler.cases.models import Case
from butler.cases.procedures import open_steps
from butler.cases.queries import finding
from butler.cases.states import Kind, Relation, Stage, State, Step
from butler.families import queries as families
from butler.families.models import Delegation
from butler.families.queries import Footing
from butler.families.states import Power
from butler.identity.scope import Actor
from butler.kit import clock, numbers
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid

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

ALONE = frozenset({Step.URGE, Step.DISPUTE, Step.CANCEL})
"""What a child under 14 may do without a guardian, `CANCEL` only with what they asked for themselves: to call for help and
to take back protects. What gives away something about them, hands something over or binds them is the guardian's
(个人信息保护法 31, 儿童个人信息网络保护规定 8–10, 民法典 19, 20)."""

WITH_GUARDIAN = frozenset({Step.CONVERT, Step.AUTHORISE, Step.RECEIVE_ORIGINALS, Step.SUBMIT})
"""What nobody does with a child alone: a request, a signature, papers that change hands."""


def acts_for_another(actor: Actor, case: Case) -> bool:
    """Whether the caller asked for this case for somebody else."""
    return actor.person_id == case.asker_id != case.beneficiary_id


def hold_authority(number: str) -> None:
    """Keep every authority between the two of a case as it is until the transaction ends; nothing where nobody acts for
    anybody. To be called before the case is locked. What has been taken back by then is gone, and the case with it."""
    between = and_(Delegation.grantor_id == Case.beneficiary_id, Delegation.delegate_id == Case.asker_id)
    held = (
        select(Delegation.id)
        .join(Case, between)
        .where(Case.number == numbers.read_number(number), families.in_force(clock.now()))
        .order_by(Delegation.id)
        .with_for_update(read=True, of=Delegation)
    )
    db.session.execute(held)


def powers_on(case: Case, at: datetime) -> frozenset[Power]:
    """What whoever asked for somebody else may do with the case at a moment."""
    return families.powers_for(case.beneficiary_id, case.asker_id, case.matter_code, at)


def check_power(actor: Actor, case: Case, power: Power) -> None:
    """Raise Conflict (delegation-needed) when the caller acts for somebody else and may not do this now. Holds until
    the transaction ends only after `hold_authority`."""
    if acts_for_another(actor, case) and power not in powers_on(case, clock.now()):
        raise families.needed()


def check_step(actor: Actor, case: Case, step: Step, by: frozenset[Relation]) -> None:
    """The same for a step that is open to the caller by these relations; an office needs no delegation."""
    if by <= {Relation.ASKER}:
        if not _alone(actor, case, step):
            families.check_old_enough(actor.person_id, clock.now())
        check_power(actor, case, POWER_OF[step])


def footing_on(actor: Actor, cases: Iterable[Case]) -> Footing | None:
    """By what the caller acts, if any of these cases is their own affair."""
    own = any(case.shows(actor.person_id) for case in cases)
    return families.footing_of(actor.person_id, clock.now()) if own else None


def check_not_alone(case: Case, step: Step) -> None:
    """Raise Conflict (guardian-needed), in words for who works on it, where a child under 14 would ask, sign or hand
    over alone: in a case they asked for themselves, before we knew."""
    if step in WITH_GUARDIAN:
        check_guardian_asked(case)


def check_guardian_asked(case: Case) -> None:
    """The same for whatever else is done with the one whose case it is, face to face."""
    if case.asker_id == case.beneficiary_id and families.is_under_14(case.beneficiary_id, clock.now()):
        raise Conflict(
            "这位居民未满14周岁，不能自己交材料、签字、同意。这一步没有办。请监护人用自己的手机登录，为孩子重新提出；"
            "监护人还没有登记的，请先当面登记。这一件请向孩子说明，写明原因结束。",
            code="guardian-needed",
            title="要由监护人来办",
        )


def _alone(actor: Actor, case: Case, step: Step) -> bool:
    """Whether the caller may take this step whatever their age."""
    return step in ALONE and (step is not Step.CANCEL or actor.person_id == case.asker_id == case.beneficiary_id)


def steps_open_to(actor: Actor, case: Case, footing: Footing | None = None) -> list[Step]:
    """The steps the caller may take now, the next one of the procedure first. `footing`: that of `footing_on`, where many
    cases are asked about."""
    kind, stage, state = Kind(case.kind), Stage(case.stage), State(case.state)
    relations = finding.relations(actor, case)
    steps = open_steps(kind, stage, state, relations)
    if not steps or Relation.ASKER not in relations:
        return steps
    footing = footing or families.footing_of(actor.person_id, clock.now())
    if footing.under_14:
        steps = [step for step in steps if _alone(actor, case, step)]
    if not acts_for_another(actor, case):
        return steps
    powers = footing.powers_for(case.beneficiary_id, case.matter_code)
    by_office = open_steps(kind, stage, state, relations - {Relation.ASKER})
    return [step for step in steps if step in by_office or POWER_OF[step] in powers]


def check_signature(case: Case, *, by_delegate: bool, at: datetime) -> None:
    """Whose signature a mandate carries. A delegate passes on only what they were allowed to pass on (民法典 art 169); for
    a child under 14, or an adult who has one, the guardian signs. Raises Invalid (``/signed_by``) and Conflict
    (delegation-needed)."""
    family = case.asker_id != case.beneficiary_id
    if by_delegate and not family:
        raise Invalid.at("/signed_by", "这件事是本人提的，请由本人签字。", code="choice")
    if by_delegate and Power.MANDATE not in powers_on(case, at):
        raise families.needed()
    if family and not by_delegate and families.has_guardian(case.beneficiary_id, at):
        raise Invalid.at("/signed_by", "有登记的监护人，委托书由监护人签。", code="choice")
