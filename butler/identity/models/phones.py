"""The record of changed telephones."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from butler.identity.states import PhoneChangedHow
from butler.kit import daykeys
from butler.kit.database import Base, Id, Ref, words
from butler.kit.daykeys import DaySealed


class PhoneChange(Base):
    """Somebody has another telephone: when, and by which proof. Neither number is kept. Only ever added to."""

    __tablename__ = "phone_changes"
    __table_args__ = (
        words("how", PhoneChangedHow),
        CheckConstraint("(how = 'codes') = (by_id IS NULL)", name="at_a_desk_by_somebody"),
        CheckConstraint("(by_id IS NULL) = (sealed_why IS NULL)", name="at_a_desk_for_a_reason"),
        CheckConstraint("by_id <> person_id", name="nobody_at_a_desk_for_themselves"),
        Index("ix_phone_changes_person_id_at", "person_id", "at"),
        {"info": {"append_only": True}},
    )

    id: Mapped[Id]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    how: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)  # nobody: the person, by codes
    sealed_why: Mapped[bytes | None] = mapped_column(DaySealed)  # `why`

    @property
    def why(self) -> str:
        """What whoever did it at a desk says."""
        return daykeys.open_text("phone_changes.sealed_why", self.sealed_why)
