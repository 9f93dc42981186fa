"""Photos and papers of a case: who stands how to it is asked here, what follows from that is in `files.rules`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import NoResultFound

from butler.cases.actions import clocks
from butler.cases.actions.consenting import agree_to
from butler.cases.actions.history import lock_for_line, tell
from butler.cases.models import Case
from butler.cases.queries import acting, finding
from butler.cases.states import Happening, Relation, Stage
from butler.consents import actions as consents
from butler.consents import queries as consent_queries
from butler.consents.models import Consent
from butler.consents.rules import taken_back_in
from butler.consents.states import Channel, Purpose
from butler.families import queries as families
from butler.families.states import Power
from butler.files import actions as files
from butler.files import queries as file_queries
from butler.files import rules
from butler.files.actions import Sent
from butler.files.models import Attachment
from butler.files.rules import Opening
from butler.files.states import FileKind
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, NotAllowed, NotFound
from butler.looks import queries as looks
from butler.looks.states import FieldClass, Standing

_STANDINGS: Mapping[Relation, Standing] = {
    Relation.ASKER: Standing.OWN,
    Relation.HOLDER: Standing.HOLDER,
    Relation.DESK: Standing.DESK,
    Relation.ABOVE: Standing.ABOVE,
}
_ASK_FIRST: Mapping[bool, str] = {
    True: "证件、材料的照片，要您先打勾同意才能传，这一份没有收下。不同意也照样办：带着原件当面给管家看。",
    False: "居民还没有同意保存证件、材料的照片，这一份没有收下。请当面问一问，同意了，打勾以后再传。",
}
"""Said to the resident (True) and to who has it in hand."""
_NEEDED = frozenset({Stage.WAITING, Stage.IN_HAND, Stage.PAUSED})


@dataclass(frozen=True)
class Opened:
    """A file as it was kept, and the case it belongs to."""

    case: Case
    attachment: Attachment
    data: bytes


def standings_of(actor: Actor, case: Case) -> frozenset[Standing]:
    """How somebody stands to a case, as far as its files are concerned."""
    return frozenset(_STANDINGS[relation] for relation in finding.relations(actor, case))


def may_send(actor: Actor, case: Case) -> frozenset[FileKind]:
    """The kinds of files somebody may add now."""
    standings, is_open = _sending_as(actor, case), case.stage != Stage.CLOSED
    return frozenset(kind for kind in FileKind if rules.may_send(standings, kind, is_open=is_open))


def _sending_as(actor: Actor, case: Case) -> frozenset[Standing]:
    """How somebody stands to a case as a sender: who asked for a relative sends while they may ask for them, and no child
    under 14 hands over papers alone."""
    standings = standings_of(actor, case)
    if standings != {Standing.OWN}:
        return standings
    footing = families.footing_of(actor.person_id, clock.now())
    lent = acting.acts_for_another(actor, case)
    if footing.under_14 or (lent and Power.ASK not in footing.powers_for(case.beneficiary_id, case.matter_code)):
        return frozenset()
    return standings


def openings_of(actor: Actor, case: Case, agreed: Sequence[Consent] | None = None) -> Mapping[FileKind, Opening]:
    """Whether somebody may open the files of a case now, by kind: YES, FRESH (a sign-in of the last minutes) or NO.
    `agreed`: the consents of the case, if they are at hand."""
    needed, standings = Stage(case.stage) in _NEEDED, standings_of(actor, case)
    uncovered = FieldClass.PAPERS in looks.uncovered(actor.person_id, case.id, clock.now()).fields
    taken_back = are_taken_back(case) if agreed is None else taken_back_in(agreed, Purpose.PAPERS)
    return {
        kind: rules.opening(standings, kind, needed=needed, taken_back=taken_back, uncovered=uncovered)
        for kind in FileKind
    }


def are_taken_back(case: Case) -> bool:
    """Whether the consent to keep papers of a case was taken back, and not given again."""
    return taken_back_in(consent_queries.of_case(case.id), Purpose.PAPERS)


def attach(
    actor: Actor, number: str, sent: Sent, *, agreed: Sequence[str] = (), channel: Channel = Channel.API
) -> tuple[Case, Attachment]:
    """Keep a file for a case and write it into its history. A paper is kept only with the resident's consent
    (个人信息保护法 29), given before or with it: `agreed` are codes of texts.

    Raises NotFound, Conflict (consent-missing; the case was closed meanwhile; delegation-needed, guardian-needed), Invalid
    (``/consents``) and what `files.actions.keep` raises.
    """
    case = finding.find_case(actor, number)
    standings = standings_of(actor, case)
    _check_sender(actor, case, standings)
    if sent.kind is FileKind.PAPER:
        acting.check_guardian_asked(case)
    if rules.may_send(standings, sent.kind, is_open=case.stage != Stage.CLOSED):
        agree_to(actor, case, agreed, channel=channel)
        _demand_consent(case, sent.kind, standings)
    attachment = files.keep(
        sent,
        case_id=case.id,
        case_is_open=case.stage != Stage.CLOSED,
        sender_id=actor.person_id,
        sender_role=Role.RESIDENT if Standing.OWN in standings else _office(actor, case),
        standings=standings,
    )
    if (
        sent.kind is FileKind.PAPER
    ):  # once more, now that whoever takes it back waits for us, or we have waited for them
        consents.hold_still(case.id, shared=True)
        _demand_consent(case, sent.kind, standings)
    acting.hold_authority(number)  # neither before: what is in a file is looked at for seconds
    try:
        case = lock_for_line(case.id)
    except NoResultFound:  # hidden or taken back meanwhile, and told like what is not there
        case = finding.find_case(actor, number)
    _check_sender(actor, case, standings)
    if case.stage == Stage.CLOSED:
        raise Conflict("这件事刚刚结束，照片和材料没有收下。还要办的话，请重新提交一件申请。")
    role, kept = attachment.uploader_role, {"attachment": attachment.id, "kind": attachment.kind}
    tell(case, Happening.ATTACHED, actor_id=actor.person_id, role=role, at=attachment.created_at, data=kept)
    if actor.person_id == case.holder_id:
        clocks.settle(case, now=clock.now())  # they have done something, so the lease begins anew
        db.session.flush()
    return case, attachment


def _check_sender(actor: Actor, case: Case, standings: frozenset[Standing]) -> None:
    """Raise Conflict (guardian-needed, delegation-needed)."""
    if Standing.OWN in standings and not _sending_as(actor, case):
        families.check_old_enough(actor.person_id, clock.now())
        raise families.needed()


def _demand_consent(case: Case, kind: FileKind, standings: frozenset[Standing]) -> None:
    if kind is FileKind.PAPER:
        agreed = consent_queries.in_force(case.id)
        consents.demand(Purpose.PAPERS, agreed, _ASK_FIRST[Standing.OWN in standings])


def find_attachment(actor: Actor, number: str, attachment_id: int) -> tuple[Case, Attachment]:
    """A file of a case. Raises NotFound: no such case for the caller, or no such file of it."""
    case = finding.find_case(actor, number)
    attachment = file_queries.find(case.id, attachment_id)
    if attachment is None:
        raise NotFound("没有找到这份照片或材料。请回到办件页面看看。")
    return case, attachment


def check_opening(actor: Actor, case: Case, attachment: Attachment) -> Opening:
    """YES or FRESH. Raises NotAllowed for who may know of the file and may not open it."""
    found = openings_of(actor, case)[FileKind(attachment.kind)]
    if found is Opening.NO and attachment.kind == FileKind.PAPER and are_taken_back(case):
        raise NotAllowed("居民撤回了同意，这份材料谁也不能再用。要核对的，请当面看原件。")
    if found is Opening.NO:
        raise NotAllowed(
            "材料只有居民本人和正在办这件事的人能打开。需要看的话，请先接单，或者在“临时查看”里选“材料”，写明理由。"
        )
    return found


def _office(actor: Actor, case: Case) -> str:
    """The role in which somebody of ours acts: that of the post at the desk of the case, else of any."""
    return next((post.role for post in actor.posts if post.desk_id == case.desk_id), actor.roles[0])
