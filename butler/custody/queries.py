"""Where the originals are."""

from sqlalchemy import func, select

from butler.custody.models import Original
from butler.kit import envelopes
from butler.kit.database import db


def outstanding(case_id: int) -> list[Original]:
    """What has been handed in for a case and is not back with the resident, in the order it was handed in."""
    of_case = select(Original).where(Original.case_id == case_id, Original.returned_at.is_(None))
    return list(db.session.scalars(of_case.order_by(Original.id)))


def outstanding_count(case_id: int) -> int:
    """How many originals of a case are not back with the resident; a case with any may not close."""
    count = select(func.count()).where(Original.case_id == case_id, Original.returned_at.is_(None))
    return db.session.scalar(count) or 0


def held_by(person_id: int) -> list[Original]:
    """The originals of others in somebody's hands, the first due back first; with the keys that open their names."""
    held = select(Original).where(Original.holder_id == person_id, Original.returned_at.is_(None))
    originals = list(db.session.scalars(held.order_by(Original.due_back_at, Original.id)))
    envelopes.read_keys({one.case_id for one in originals})
    return originals


def of_case(case_id: int) -> list[Original]:
    """Every original of a case, those given back too, in the order they were handed in."""
    return list(db.session.scalars(select(Original).where(Original.case_id == case_id).order_by(Original.id)))
