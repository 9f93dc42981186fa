"""Rating a case: voluntary, once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from butler.kit import envelopes
from butler.kit.database import db
from butler.kit.errors import Conflict
from butler.ratings import rules
from butler.ratings.models import Rating


def rate(
    *,
    case_id: int,
    district: str,
    grade: int,
    tags: Sequence[str],
    comment: str,
    rater_id: int,
    now: datetime,
) -> Rating:
    """Keep what somebody thinks of a case, with grade 5 (非常满意) to 1 (非常不满意).

    Raises `Invalid` (``/grade``, ``/tags``, ``/note``), and `Conflict` when the case has been rated, also by
    somebody else at the same moment.
    """
    checked = rules.check_rating(grade, tags, comment)
    rating = db.session.scalar(
        insert(Rating)
        .values(
            case_id=case_id,
            district=district,
            grade=int(checked),
            tags=list(tags),
            sealed_comment=envelopes.seal(case_id, "ratings.sealed_comment", comment),
            rater_id=rater_id,
            rated_at=now,
        )
        .on_conflict_do_nothing(index_elements=[Rating.case_id])
        .returning(Rating)
    )
    if rating is None:
        raise Conflict("这件事已经评价过了，一件事评价一次。想补充的话，可以给管家留言。")
    return rating
