"""What is due to be forgotten, and everything we hold about somebody."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select

from butler.cases.answers import called
from butler.cases.models import Case, CaseStep
from butler.cases.queries.holding import held
from butler.cases.states import Stage
from butler.consents.answers import consent_line
from butler.consents.models import Consent
from butler.custody.models import Original
from butler.families import queries as families
from butler.files import actions as file_actions
from butler.files.models import Attachment
from butler.identity import queries as identity
from butler.identity import scope
from butler.identity.models import Person, PhoneChange, Residence, SignIn
from butler.identity.states import PhoneChangedHow, VerifiedHow
from butler.identity.wording import PHONE_CHANGED, VERIFIED
from butler.kit import clock
from butler.kit.database import db
from butler.kit.envelopes import CaseKey, read_keys
from butler.looks.models import Look
from butler.notifications.models import Notice
from butler.org.models import Building, Household
from butler.ratings.models import Rating
from butler.rights.models import RetentionRun
from butler.rights.rules import CASE_KEPT


def cases_to_forget(now: datetime, limit: int) -> Sequence[int]:
    """Ids of cases whose time is over and that can still be read, the oldest first."""
    return db.session.scalars(_forgettable(now).order_by(Case.id).limit(limit)).all()


def count_to_forget(now: datetime) -> int:
    """How many there are."""
    return db.session.scalar(select(func.count()).select_from(_forgettable(now).subquery())) or 0


def last_run() -> RetentionRun | None:
    """The newest run that has done all there was."""
    done = select(RetentionRun).where(RetentionRun.ended_at.is_not(None))
    return db.session.scalars(done.order_by(RetentionRun.day.desc()).limit(1)).first()


def _forgettable(now: datetime) -> Any:
    return (
        select(Case.id)
        .join(CaseKey, CaseKey.case_id == Case.id)
        .where(Case.closed_at < now - CASE_KEPT, CaseKey.shredded_at.is_(None), ~held())
    )


def open_affairs(person_id: int) -> int:
    """How many cases somebody has that are not closed, or whose papers are not back. What is hidden from them does not
    keep them here: the refusal would tell that there is something."""
    mine = scope.own(Case, person_id)
    out = exists().where(Original.case_id == Case.id, Original.returned_at.is_(None))
    return db.session.scalar(select(func.count(Case.id)).where(mine, or_(Case.stage != Stage.CLOSED, out))) or 0


def cases_of(person_id: int) -> Sequence[Case]:
    """Every case somebody asked for or that was for them and is not hidden from them, the oldest first; their keys are
    read in one go."""
    found = db.session.scalars(select(Case).where(scope.own(Case, person_id)).order_by(Case.id)).all()
    read_keys([case.id for case in found])
    return found


def own_data(person_id: int) -> dict[str, Any]:
    """Everything we hold about somebody, in words of the API: times, texts, no ids of rows and nobody else's data.

    One query a kind of thing, however many cases there are.
    """
    person = db.session.get_one(Person, person_id)
    cases = cases_of(person_id)
    parts = _of_cases([case.id for case in cases])
    return {
        "person": {"name": person.name, "phone": person.phone, "username": person.username, "since": person.created_at},
        "reach": {"no_calls": person.no_calls, "no_texts": person.no_texts, "words": person.reach},
        "verified": _verified(person),
        "phone_changes": _phone_changes(person_id),
        "homes": _homes(person_id),
        "family": families.told_to(person_id),
        "cases": [_case(case, *parts[case.id]) for case in cases],
        "consents": _consents(person_id, {case.id: case.number for case in cases}),
        "ratings": [
            {"at": one.rated_at, "grade": one.grade, "tags": one.tags, "comment": one.comment}
            for one in db.session.scalars(select(Rating).where(Rating.rater_id == person_id).order_by(Rating.id))
        ],
        "sign_ins": [
            {"at": one.created_at, "seen_at": one.seen_at, "device": one.device}
            for one in db.session.scalars(select(SignIn).where(SignIn.person_id == person_id).order_by(SignIn.id))
        ],
        "looks": _looks(person_id, [case.id for case in cases]),
    }


def _phone_changes(person_id: int) -> list[dict[str, Any]]:
    """When somebody got another telephone, by which proof and, at a desk, through whom and why; the newest first."""
    query = select(PhoneChange).where(PhoneChange.person_id == person_id).order_by(PhoneChange.id.desc())
    return [
        {
            "at": one.at,
            "how": PHONE_CHANGED[PhoneChangedHow(one.how)],
            "by": _worker(one.by_id) if one.by_id is not None else None,
            "why": one.why or None,
        }
        for one in db.session.scalars(query)
    ]


def _looks(person_id: int, case_ids: Sequence[int]) -> int:
    """How often somebody at work looked at them, without what is hidden from them."""
    known = or_(Look.case_id.is_(None), Look.case_id.in_(case_ids))
    return db.session.scalar(select(func.count()).select_from(Look).where(Look.person_id == person_id, known)) or 0


def _consents(person_id: int, numbers: Mapping[int, str]) -> list[dict[str, Any]]:
    """What somebody agreed to, or somebody else for them, in the words they were shown, the oldest first; nothing of a
    case that is hidden from them."""
    known = or_(Consent.case_id.is_(None), Consent.case_id.in_(numbers))
    theirs = select(Consent).where(Consent.person_id == person_id, known).order_by(Consent.id)
    return [consent_line(one, numbers.get(one.case_id or 0)) for one in db.session.scalars(theirs)]


def _verified(person: Person) -> dict[str, Any] | None:
    """When somebody of ours looked at them and their papers, who that was, and at what."""
    if person.verified_at is None or person.verified_by is None or person.verified_how is None:
        return None
    how = VERIFIED[VerifiedHow(person.verified_how)]
    return {"at": person.verified_at, "by": _worker(person.verified_by), "how": how}


def _worker(person_id: int) -> str:
    """Somebody of ours, by surname and role."""
    by = identity.load_actor(person_id, clock.now())
    return called(by.name, by.roles[0]) if by is not None and by.is_staff else "一位已经离开的工作人员"


def _homes(person_id: int) -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(Building.name, Household.door, Residence.valid_from, Residence.valid_to)
        .join(Household, Household.id == Residence.household_id)
        .join(Building, Building.id == Household.building_id)
        .where(Residence.person_id == person_id)
        .order_by(Residence.id)
    )
    return [{"building": name, "door": door, "since": since, "until": until} for name, door, since, until in rows]


_Parts = tuple[list[CaseStep], list[Notice], list[Original], list[Attachment]]


def _of_cases(case_ids: Sequence[int]) -> dict[int, _Parts]:
    parts: dict[int, _Parts] = {case_id: ([], [], [], []) for case_id in case_ids}
    kinds: tuple[Any, ...] = (CaseStep, Notice, Original, Attachment)
    for place, kind in enumerate(kinds):
        for row in db.session.scalars(select(kind).where(kind.case_id.in_(case_ids)).order_by(kind.id)):
            parts[row.case_id][place].append(row)
    return parts


def _case(
    case: Case, steps: list[CaseStep], notices: list[Notice], papers: list[Original], files: list[Attachment]
) -> dict[str, Any]:
    return {
        "number": case.number,
        "matter": case.matter_name,
        "asked_at": case.created_at,
        "closed_at": case.closed_at,
        "summary": case.summary,
        "answers": case.answers,
        "reach": {"no_calls": case.no_calls, "no_texts": case.no_texts, "words": case.reach or None},
        "history": [{"at": step.at, "step": step.step, "by": step.actor_role, "note": step.note} for step in steps],
        "notices": [{"at": notice.created_at, "text": notice.text} for notice in notices],
        "originals": [
            {"name": paper.name, "received_at": paper.received_at, "returned_at": paper.returned_at} for paper in papers
        ],
        "files": [
            {
                "name": file_actions.words_of(file)["name"],
                "kind": file.kind,
                "at": file.created_at,
                "destroyed_at": file.destroyed_at,
            }
            for file in files
        ],
    }
