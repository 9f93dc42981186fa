"""One-time links that make somebody staff, and the record of what was done to staff."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from butler.identity.models.people import Person
from butler.identity.permissions import Role
from butler.identity.states import Deed, InvitationKind
from butler.kit import daykeys
from butler.kit.database import Base, Id, words
from butler.kit.daykeys import DaySealed
from butler.kit.sealing import Sealed
from butler.org.models import Desk, Unit


class Invitation(Base):
    """A link that works once: to join with a post, or to choose a new password. Only the hash of its token is kept."""

    __tablename__ = "staff_invitations"
    __table_args__ = (
        words("kind", InvitationKind),
        words("role", Role),
        CheckConstraint(
            "kind <> 'join' OR (name IS NOT NULL AND role IS NOT NULL AND unit_id IS NOT NULL "
            "AND (person_id IS NULL) = (used_at IS NULL))",
            name="join_has_a_post",
        ),
        CheckConstraint("kind <> 'reset' OR (person_id IS NOT NULL AND role IS NULL)", name="reset_has_a_person"),
        CheckConstraint("used_at IS NULL OR revoked_at IS NULL", name="one_end"),
        CheckConstraint("created_at < expires_at", name="expires_later"),
        Index("ix_staff_invitations_person_id", "person_id"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None] = mapped_column(Sealed("staff_invitations.name"))
    role: Mapped[str | None]
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desks.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # nobody: from the command line
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    desk: Mapped[Desk | None] = relationship(lazy="raise")
    unit: Mapped[Unit | None] = relationship(lazy="raise")
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id], lazy="raise")


class StaffDeed(Base):
    """Who did what to which member of staff, when and why. Only ever added to."""

    __tablename__ = "staff_deeds"
    __table_args__ = (
        words("deed", Deed),
        words("role", Role),
        CheckConstraint("person_id IS NOT NULL OR invitation_id IS NOT NULL", name="about_somebody"),
        Index("ix_staff_deeds_person_id_id", "person_id", "id"),
        Index("ix_staff_deeds_by_id_id", "by_id", "id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[Id]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # nobody: from the command line
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("staff_invitations.id"))
    deed: Mapped[str]
    role: Mapped[str | None]
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desks.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    sealed_why: Mapped[bytes | None] = mapped_column(DaySealed)  # `why`

    by: Mapped[Person | None] = relationship(foreign_keys=[by_id], lazy="raise")
    unit: Mapped[Unit | None] = relationship(lazy="raise")

    @property
    def why(self) -> str:
        """What whoever did it says."""
        return daykeys.open_text("staff_deeds.sealed_why", self.sealed_why)
