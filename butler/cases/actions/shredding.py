"""Destroying what was said in a case, in every table at once, by destroying its key."""

from sqlalchemy import select

from butler.cases.models import Case
from butler.cases.states import Stage
from butler.kit.database import db
from butler.kit.envelopes import destroy_key
from butler.kit.errors import Conflict, NotFound


def shred_case(case_id: int) -> bool:
    """Make every text of a closed case unreadable for good; tell whether there was anything to destroy.

    What is left says that, when and by whom something was done, not what was said: wherever words were, everybody reads
    已按规定销毁. The hashes of the history still fit. Copies of the key in backups end with the backups. Raises NotFound,
    and Conflict for a case that is still open.
    """
    case = db.session.scalar(select(Case).where(Case.id == case_id).with_for_update())
    if case is None:
        raise NotFound("没有找到这件办件。")
    if case.stage != Stage.CLOSED:
        raise Conflict("这件还没有办结，内容不能销毁。")
    return destroy_key(case_id)
