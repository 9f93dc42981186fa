"""Who is told when something happens to a case: one function per event, inside the transaction of the deed.

Nobody is told what they did themselves, and nobody is told the same thing twice: each function makes one map from
person to text, later lines giving way to earlier ones.
"""

from collections.abc import Iterable

from sqlalchemy import select

from butler.cases.events import (
    CaseClosedBySilence,
    CaseEscalated,
    CaseFiled,
    CaseMoved,
    CaseReturnedToDesk,
    GlassBroken,
)
from butler.cases.models import Case
from butler.cases.states import PauseReason, Stage, State, Step
from butler.consents.events import ConsentGiven, ConsentWithdrawn
from butler.consents.states import Channel, Purpose
from butler.identity import queries as identity
from butler.identity.models import Person
from butler.identity.permissions import ROLE_NAMES, Role
from butler.kit import clock
from butler.kit.database import db
from butler.looks import queries as looks
from butler.looks.rules import whom_to_tell
from butler.notifications import texts
from butler.notifications.actions import tell
from butler.notifications.texts import Words
from butler.org.models import Desk, Unit
from butler.org.states import DeskKind


def tell_of_filing(event: CaseFiled) -> None:
    """The desk where it waits; and the asker, when somebody else filed it for them."""
    case = db.session.get_one(Case, event.case_id)
    told = dict.fromkeys(_members(case.desk_id), _to_staff(case, texts.FILED_TO_DESK))
    if case.asker_id != case.recorder_id:
        told |= _to_parties(case, _to_asker(case, texts.FILED_FOR_ASKER))
    told.pop(case.recorder_id, None)
    tell(case.id, "filed", told)


def tell_of_move(event: CaseMoved) -> None:
    """The asker (of signature and papers the beneficiary too), the desk, who works on it: by the tables of `texts`."""
    if event.step in texts.UNTOLD:
        return
    case = db.session.get_one(Case, event.case_id)
    step = event.step
    who = texts.call_worker(event.role, db.session.get_one(Person, event.actor_id).courtesy_name)
    told: dict[int, str] = {}
    if words := _words_to_asker(case, step):
        told |= _to_parties(case, _to_asker(case, words, who), both=step in texts.OF_THE_BENEFICIARY)
    if words := texts.TO_DESK.get(step):
        _add(told, [*_members(case.desk_id), _worker(case)], _to_staff(case, words))
    if words := texts.TO_WORKER.get(step):
        _add(told, [_worker(case)], _to_staff(case, words))
    told.pop(event.actor_id, None)
    tell(case.id, str(event.seq), told)


def tell_of_escalation(event: CaseEscalated) -> None:
    """Who should have done it, the people at the desk that now answers for it, and the first time also the asker."""
    case, above = db.session.execute(
        select(Case, Desk.kind).join(Desk, Desk.id == event.desk_id).where(Case.id == event.case_id)
    ).one()
    members = identity.members_of({event.desk_id, case.desk_id}, clock.now())
    told: dict[int, str] = {}
    if event.rung == 1:
        told |= _to_parties(case, _to_asker(case, texts.LATE_TO_ASKER, texts.LEVEL_ABOVE[DeskKind(above)]))
    late = [case.holder_id] if case.holder_id is not None else [person.id for person in members[case.desk_id]]
    _add(told, late, _to_staff(case, texts.LATE_TO_WORKER))
    _add(told, [person.id for person in members[event.desk_id]], _to_staff(case, texts.LATE_TO_DESK))
    tell(case.id, f"late-{event.clock_id}-{event.rung}", told)


def tell_of_lapse(event: CaseReturnedToDesk) -> None:
    """Who had it, and the desk where it waits again."""
    case = db.session.get_one(Case, event.case_id)
    told = {event.former_holder_id: _to_staff(case, texts.LAPSED_TO_WORKER)}
    _add(told, _members(case.desk_id), _to_staff(case, texts.LAPSED_TO_DESK))
    tell(case.id, str(event.seq), told)


def tell_of_silence(event: CaseClosedBySilence) -> None:
    """The asker."""
    case = db.session.get_one(Case, event.case_id)
    tell(case.id, str(event.seq), _to_parties(case, _to_asker(case, texts.CLOSED_BY_SILENCE)))


def tell_of_broken_glass(event: GlassBroken) -> None:
    """The lead of whoever did it, and the privacy officers: at once, and without what was seen."""
    case = db.session.get_one(Case, event.case_id)
    unit = db.session.get_one(Unit, event.unit_id)
    overseers = [*looks.overseers_of(unit.path, clock.now()), *looks.overseers_of(case.unit_path, clock.now())]
    people = whom_to_tell(overseers, unit_path=unit.path, role=Role(event.role), looker_id=event.looker_id)
    name = db.session.get_one(Person, event.looker_id).courtesy_name
    text = texts.write_plain(texts.GLASS_BROKEN, number=case.number, who=f"{name}{ROLE_NAMES[Role(event.role)]}")
    tell(case.id, f"glass-{event.reveal_id}", dict.fromkeys(people, text))


def tell_of_consent(event: ConsentGiven) -> None:
    """The resident, when a butler wrote down what they said; and who works on it, when it may go on now."""
    if event.case_id is None:
        return
    case = db.session.get_one(Case, event.case_id)
    told: dict[int, str] = {}
    if event.channel is Channel.FACE_TO_FACE:
        told |= _to_parties(case, _to_asker(case, texts.CONSENT_RECORDED), both=True)
    if event.purpose is Purpose.HAND_OVER:
        _add(told, [_worker(case)], _to_staff(case, texts.AGREED_TO_HAND_OVER))
    told.pop(event.by_id, None)
    tell(case.id, f"consent-{event.consent_id}", told)


def tell_of_withdrawal(event: ConsentWithdrawn) -> None:
    """Who works on it, or the desk where it waits: what can not be done any more. The resident, when a butler wrote it
    down."""
    if event.case_id is None:
        return
    case = db.session.get_one(Case, event.case_id)
    told: dict[int, str] = {}
    if event.channel is Channel.FACE_TO_FACE:
        told |= _to_parties(case, _to_asker(case, texts.WITHDRAWAL_RECORDED), both=True)
    if case.stage != Stage.CLOSED:
        holder = _worker(case)
        _add(told, [holder] if holder else _members(case.desk_id), _to_staff(case, texts.WITHDRAWN[event.purpose]))
    told.pop(event.by_id, None)
    tell(case.id, f"consent-{event.consent_id}-withdrawn", told)


def _words_to_asker(case: Case, step: Step) -> Words | None:
    if step is Step.PAUSE and case.pause_reason is not None:
        return texts.TO_ASKER_PAUSED[PauseReason(case.pause_reason)]
    if step is Step.RESOLVE and case.state == State.NOT_DONE:
        return texts.NOT_DONE_TO_ASKER
    return texts.TO_ASKER.get(step)


def _worker(case: Case) -> int | None:
    """Who has it in hand, or had it when it was called done."""
    if case.stage in (Stage.RESOLVED, Stage.CLOSED):
        return case.resolver_id
    return case.holder_id


def _members(desk_id: int) -> list[int]:
    return identity.member_ids(desk_id, clock.now())


def _add(told: dict[int, str], people: Iterable[int | None], text: str) -> None:
    for person_id in people:
        if person_id is not None:
            told.setdefault(person_id, text)


def _to_parties(case: Case, text: str, *, both: bool = False) -> dict[int, str]:
    """The text to who asked (`both`: and to whom it is for), never to whom the case is hidden from: then to the other."""
    return dict.fromkeys(case.shown_parties if both else case.shown_parties[:1], text)


def _to_asker(case: Case, words: Words, who: str = "") -> str:
    matter = texts.call_matter(case.matter_code, case.matter_name, asker=True)
    return texts.write(words, matter=matter, number=case.number, who=who)


def _to_staff(case: Case, words: Words) -> str:
    matter = texts.call_matter(case.matter_code, case.matter_name, asker=False)
    return texts.write(words, matter=matter, number=case.number)
