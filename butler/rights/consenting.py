"""One's own consents: all of them with their cases, to agree to what is personal, and to take any of them back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from butler.cases.models import Case
from butler.cases.queries import own
from butler.cases.queries.holding import is_held
from butler.consents import actions as consents
from butler.consents import queries as consent_queries
from butler.consents.actions import Said
from butler.consents.answers import ShownConsent, shown
from butler.consents.models import Consent
from butler.consents.register import Entry, read_codes, register
from butler.consents.states import Channel, Purpose
from butler.custody import queries as custody_queries
from butler.files import queries as file_queries
from butler.identity import queries as identity_queries
from butler.identity import scope
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db

PERSONAL = (Purpose.WECHAT,)


@dataclass(frozen=True)
class OwnConsent:
    """A consent and the case it is for, if it is for one."""

    shown: ShownConsent
    case: Case | None
    for_another: bool  # given for a member of the family


@dataclass(frozen=True)
class Effects:
    """What taking a consent back meets."""

    entry: Entry
    case: Case | None
    copies: int  # of papers that are kept
    held: bool  # by law, for a while
    originals: int  # still with us


def own_consents(actor: Actor) -> Sequence[OwnConsent]:
    """Everything somebody agreed to, or that was agreed to for them: what is in force first. Nothing of a case they do
    not see: hidden from them, or of a member of the family whose authority has ended."""
    rows = consent_queries.own(actor)
    cases = _cases_of(actor, rows)
    return [
        OwnConsent(line, cases.get(row.case_id or 0), row.person_id != actor.person_id)
        for row, line in zip(rows, shown(rows), strict=True)
        if row.case_id is None or row.case_id in cases
    ]


def offered(actor: Actor) -> Sequence[Entry]:
    """What somebody may agree to for themselves and has not: only what would have an effect."""
    now = consent_queries.personal_in_force(actor.person_id)
    has_wechat = identity_queries.has_wechat(actor.person_id)
    return [register()[one] for one in PERSONAL if one not in now and has_wechat]


def agree(actor: Actor, codes: Sequence[str], *, channel: Channel) -> None:
    """Agree to what is personal. Raises Invalid (``/consents``)."""
    said = Said(person_id=actor.person_id, by_id=actor.person_id, channel=channel, now=clock.now())
    consents.give(read_codes(codes, PERSONAL), said, case_id=None)


def find_own(actor: Actor, consent_id: int) -> Consent:
    """One of `own_consents`. Raises NotFound, the same for "not there" and "not yours"."""
    consent = consent_queries.find_own(actor, consent_id)
    if consent.case_id is not None and not _cases_of(actor, [consent]):
        raise consent_queries.not_there()
    return consent


def effects_of(actor: Actor, consent: Consent) -> Effects:
    """What somebody is told before they take a consent back."""
    purpose, case_id = Purpose(consent.purpose), consent.case_id
    case = _cases_of(actor, [consent]).get(case_id or 0)
    if purpose is not Purpose.PAPERS or case_id is None:
        return Effects(register()[purpose], case, copies=0, held=False, originals=0)
    copies = file_queries.papers_kept(case_id)
    return Effects(
        register()[purpose],
        case,
        copies=copies,
        held=copies > 0 and is_held(case_id),
        originals=custody_queries.outstanding_count(case_id) if copies else 0,
    )


def take_back(actor: Actor, consent_id: int, *, channel: Channel) -> Consent:
    """Take one's own consent back, or one given for a member of the family. Twice is once. Raises NotFound."""
    consent = find_own(actor, consent_id)
    consents.withdraw(consent, by_id=actor.person_id, channel=channel, now=clock.now())
    return consent


def _cases_of(actor: Actor, rows: Sequence[Consent]) -> dict[int, Case]:
    """The cases of consents that somebody sees as a resident, by id."""
    ids = {row.case_id for row in rows if row.case_id is not None}
    seen = scope.visible(Case, own.as_resident(actor))
    return {case.id: case for case in db.session.scalars(select(Case).where(Case.id.in_(ids), seen))} if ids else {}
