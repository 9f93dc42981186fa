"""What keeps a case from being forgotten."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit.database import Base, Id, Ref


class LegalHold(Base):
    """Somebody with the right to ask (a court, a dispute, an audit) needs a case to be kept. Nothing of it is destroyed
    while a hold is in force, whatever the time and whoever asks."""

    __tablename__ = "legal_holds"
    __table_args__ = (
        CheckConstraint("length(reason) >= 4", name="has_a_reason"),
        CheckConstraint("released_at IS NULL OR released_at >= placed_at", name="released_afterwards"),
        Index("uq_legal_holds_in_force", "case_id", unique=True, postgresql_where="released_at IS NULL"),
    )

    id: Mapped[Id]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"))
    reason: Mapped[str]  # the order or file it rests on; no names
    placed_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
