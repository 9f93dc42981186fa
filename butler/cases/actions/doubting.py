"""“我觉得不对”: a resident asks why somebody looked."""

from sqlalchemy import select

from butler.cases.events import LookDoubted
from butler.cases.models import Case
from butler.cases.queries import finding, own
from butler.identity.scope import Actor
from butler.kit.database import db
from butler.kit.errors import NotFound
from butler.kit.events import publish
from butler.looks.models import Look


def find_own_look(actor: Actor, number: str, look_id: int) -> tuple[Case, Look]:
    """One look at one's own case. Raises NotFound, in the same words for a look at any other case and for none."""
    case = finding.find_case(own.as_resident(actor), number)
    look = db.session.scalar(select(Look).where(Look.id == look_id, Look.case_id == case.id))
    if look is None:
        raise NotFound("没有找到这一条查看记录。")
    return case, look


def doubt_look(actor: Actor, number: str, look_id: int, *, words: str) -> None:
    """Ask the privacy officer about one look at one's own case. Asking twice changes nothing. Raises NotFound."""
    case, look = find_own_look(actor, number, look_id)
    publish(
        LookDoubted(
            case_id=case.id,
            person_id=actor.person_id,
            look_id=look.id,
            looker_id=look.looker_id,
            role=look.role,
            unit_id=look.unit_id,
            day=look.day,
            at=look.at,
            words=words,
        )
    )
