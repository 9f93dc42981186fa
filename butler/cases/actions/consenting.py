"""To agree, and to take it back, for a case: the resident themselves, or face to face through who has it in hand."""

from collections.abc import Collection, Mapping, Sequence

from butler.cases.models import Case
from butler.cases.queries import acting, finding
from butler.cases.states import Kind, Relation, Stage, State
from butler.consents import actions as consents
from butler.consents import queries as consent_queries
from butler.consents.actions import Said
from butler.consents.models import Consent
from butler.consents.register import read_codes, register
from butler.consents.states import Channel, Purpose
from butler.families import queries as families
from butler.families.states import Power
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.errors import Conflict, NotAllowed, NotFound

LATER: Mapping[Kind, tuple[Purpose, ...]] = {
    Kind.CONSULT: (Purpose.PAPERS,),
    Kind.ERRAND: (Purpose.HAND_OVER, Purpose.PAPERS),
}
"""What may still be agreed to once a case is filed; answers come with the filing, and so does their consent."""


def agree(actor: Actor, number: str, codes: Sequence[str], *, channel: Channel) -> Case:
    """Agree for one's own case, or (who has it in hand) write down what the resident agrees to face to face.

    Raises NotFound, NotAllowed, Conflict (it is over) and Invalid (``/consents``: unknown, an older text).
    """
    acting.hold_authority(number)
    case = finding.find_case(actor, number)
    agree_to(actor, case, codes, channel=channel)
    return case


def agree_to(actor: Actor, case: Case, codes: Sequence[str], *, channel: Channel) -> None:
    """The same for a case at hand; nothing is written for no codes."""
    if not codes:
        return
    said = _said(actor, case, channel)
    if said.channel is not Channel.FACE_TO_FACE:
        families.check_old_enough(said.by_id, said.now)
    acting.check_guardian_asked(case)
    purposes = read_codes(codes, LATER[Kind(case.kind)])
    if case.stage == Stage.CLOSED:
        raise Conflict("这件事已经结束，不用再同意什么了。什么都没有改动。")
    consents.give(purposes, said, case_id=case.id)


def still_to_agree(case: Case, agreed: Collection[Purpose]) -> list[Purpose]:
    """What may be agreed to for a case and is not, or only in older words; nothing for one that is over."""
    return [] if case.stage == Stage.CLOSED else [one for one in LATER[Kind(case.kind)] if one not in agreed]


def to_agree_now(case: Case, agreed: Collection[Purpose]) -> list[Purpose]:
    """What the resident is asked on the page of the case: only what it waits for. The rest is asked when it comes to
    it, and nobody is asked again and again."""
    waits = case.state in (State.REQUESTED, State.AUTHORISED, State.COLLECTED)
    return [one for one in still_to_agree(case, agreed) if waits and register()[one].needed_for == case.kind]


def take_back(actor: Actor, number: str, purpose: Purpose, *, channel: Channel) -> tuple[Case, Consent]:
    """Take back what was agreed to for a case, also after its end: then its desk writes down what is said face to face.
    Taken back already: nothing changes, the first time stays. Raises NotFound (the case; nothing was agreed to) and
    NotAllowed."""
    acting.hold_authority(number)
    case = finding.find_case(actor, number)
    said = _said(actor, case, channel, taking_back=True)
    given = [one for one in consent_queries.of_case(case.id) if one.purpose == purpose]
    if not given:
        raise NotFound("这件事没有同意过这一项，没有什么要撤回的。")
    consents.withdraw(given[-1], by_id=actor.person_id, channel=said.channel, now=said.now)
    return case, given[-1]


def writes_down(actor: Actor, case: Case, *, taking_back: bool) -> bool:
    """Whether somebody of ours writes down what a resident says face to face: who has the case in hand; and when it is
    closed, so that nobody has it, whoever works at its desk, for what is taken back."""
    relations = finding.relations(actor, case)
    over = taking_back and case.stage == Stage.CLOSED
    return Relation.HOLDER in relations or (over and Relation.DESK in relations)


def _said(actor: Actor, case: Case, channel: Channel, *, taking_back: bool = False) -> Said:
    """The resident speaks for themselves; of ours only who `writes_down` what they heard."""
    relations = finding.relations(actor, case)
    if Relation.ASKER not in relations:
        if not writes_down(actor, case, taking_back=taking_back):
            raise NotAllowed("同不同意由居民本人说；当面说的，由正在办这件事的人登记。")
        channel = Channel.FACE_TO_FACE
    elif Relation.HOLDER not in relations:
        acting.check_power(actor, case, Power.ASK)
    return Said(person_id=case.beneficiary_id, by_id=actor.person_id, channel=channel, now=clock.now())
