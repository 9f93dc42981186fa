"""Ratings."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit import envelopes
from butler.kit.database import Base, Id, Ref
from butler.kit.envelopes import CaseSealed


class Rating(Base):
    """One rating of one case. Not rated is its own state and never counts as satisfied (GB/T 39734-2020)."""

    __tablename__ = "ratings"
    __table_args__ = (CheckConstraint("grade BETWEEN 1 AND 5", name="grade_of_five"),)

    id: Mapped[Id]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), unique=True)
    district: Mapped[str]
    grade: Mapped[int] = mapped_column(SmallInteger)  # 5 非常满意 … 1 非常不满意; 1 and 2 are 差评
    tags: Mapped[list[str]] = mapped_column(JSONB)
    sealed_comment: Mapped[bytes | None] = mapped_column(CaseSealed)  # `comment`
    rater_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    rated_at: Mapped[datetime]

    @property
    def comment(self) -> str:
        """What they had to say, in their own words."""
        return envelopes.read_text(self.case_id, "ratings.sealed_comment", self.sealed_comment)
