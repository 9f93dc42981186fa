"""What people thought of a case."""

from sqlalchemy import select

from butler.kit.database import db
from butler.ratings.models import Rating


def rating_of(case_id: int) -> Rating | None:
    """The rating of a case; None when it has not been rated, which is not the same as satisfied."""
    return db.session.scalar(select(Rating).where(Rating.case_id == case_id))
