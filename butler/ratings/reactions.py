"""What happens elsewhere that ratings keep."""

from butler.cases.events import CaseRated
from butler.ratings import actions


def keep_rating(event: CaseRated) -> None:
    """A case was rated: keep the rating, or refuse (`Invalid`, `Conflict`) and with it the whole step."""
    actions.rate(
        case_id=event.case_id,
        district=event.district,
        grade=event.grade,
        tags=event.tags,
        comment=event.comment,
        rater_id=event.rater_id,
        now=event.at,
    )
