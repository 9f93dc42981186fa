"""What keeps the papers and words of a case from being destroyed."""

from sqlalchemy import ColumnElement, exists, select

from butler.cases.models import Case, LegalHold
from butler.custody.models import Original
from butler.kit.database import db


def held() -> ColumnElement[bool]:
    """For queries of cases: whether one is on hold."""
    return exists().where(LegalHold.case_id == Case.id, LegalHold.released_at.is_(None))


def papers_out() -> ColumnElement[bool]:
    """For queries of cases: whether an original is not back with its owner. Until then a copy shows what was given."""
    return exists().where(Original.case_id == Case.id, Original.returned_at.is_(None))


def is_held(case_id: int) -> bool:
    """Whether a case is on hold."""
    return bool(
        db.session.scalar(select(exists().where(LegalHold.case_id == case_id, LegalHold.released_at.is_(None))))
    )
