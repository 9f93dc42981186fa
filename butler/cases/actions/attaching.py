"""Photos and papers of a case: who stands how to it is asked here, what follows from that is in `files.rules`."""

from collections.abc import Mapping
from dataclasses import dataclass

from butler.cases.models import Case
from butler.cases.queries import finding
from butler.cases.states import Relation, Stage
from butler.files import actions as files
from butler.files import queries as file_queries
from butler.files import rules
from butler.files.actions import Sent
from butler.files.models import Attachment
from butler.files.rules import Opening
from butler.files.states import FileKind
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit.errors import NotAllowed, NotFound
from butler.looks.states import Standing

_STANDINGS: Mapping[Relation, Standing] = {
    Relation.ASKER: Standing.OWN,
    Relation.HOLDER: Standing.HOLDER,
    Relation.DESK: Standing.DESK,
    Relation.ABOVE: Standing.ABOVE,
}
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
    standings, is_open = standings_of(actor, case), case.stage != Stage.CLOSED
    return frozenset(kind for kind in FileKind if rules.may_send(standings, kind, is_open=is_open))


def opening_of(actor: Actor, case: Case, attachment: Attachment) -> Opening:
    """Whether somebody may open a file now: YES, FRESH (a sign-in of the last minutes) or NO."""
    needed = Stage(case.stage) in _NEEDED
    return rules.opening(standings_of(actor, case), FileKind(attachment.kind), needed=needed)


def attach(actor: Actor, number: str, sent: Sent) -> tuple[Case, Attachment]:
    """Keep a file for a case. Raises NotFound, and what `files.actions.keep` raises."""
    case = finding.find_case(actor, number)
    standings = standings_of(actor, case)
    attachment = files.keep(
        sent,
        case_id=case.id,
        case_is_open=case.stage != Stage.CLOSED,
        sender_id=actor.person_id,
        sender_role=Role.RESIDENT if Standing.OWN in standings else _office(actor, case),
        standings=standings,
    )
    return case, attachment


def find_attachment(actor: Actor, number: str, attachment_id: int) -> tuple[Case, Attachment]:
    """A file of a case. Raises NotFound: no such case for the caller, or no such file of it."""
    case = finding.find_case(actor, number)
    attachment = file_queries.find(case.id, attachment_id)
    if attachment is None:
        raise NotFound("没有找到这份照片或材料。请回到办件页面看看。")
    return case, attachment


def check_opening(actor: Actor, case: Case, attachment: Attachment) -> Opening:
    """YES or FRESH. Raises NotAllowed for who may know of the file and may not open it."""
    found = opening_of(actor, case, attachment)
    if found is Opening.NO:
        raise NotAllowed("材料只有居民本人和正在办这件事的人能打开。需要看的话，请先接单。")
    return found


def _office(actor: Actor, case: Case) -> str:
    """The role in which somebody of ours acts: that of the post at the desk of the case, else of any."""
    return next((post.role for post in actor.posts if post.desk_id == case.desk_id), actor.roles[0])
