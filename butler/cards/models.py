"""Cards. A card belongs to a desk and tells the place; whoever sits at the desk answers it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from butler.kit.database import Base, Id, Ref
from butler.org.models import Building, Desk


class Card(Base):
    """One printed card: its token is in the QR, its number in plain text beside it, to compare."""

    __tablename__ = "cards"
    __table_args__ = (
        CheckConstraint("token ~ '^[0-9A-HJKMNP-TV-Z]{26}$'", name="token_form"),
        CheckConstraint("replaced_by_id IS NULL OR revoked_at IS NOT NULL", name="replaced_is_revoked"),
        CheckConstraint("replaced_by_id <> id", name="not_replaced_by_itself"),
    )

    id: Mapped[Id]
    token: Mapped[str] = mapped_column(unique=True)  # 130 random bits, Crockford base32
    number: Mapped[str] = mapped_column(unique=True)  # for people: 7K3M-2QWX-9A4F
    desk_id: Mapped[Ref] = mapped_column(ForeignKey("desks.id"), index=True)
    building_id: Mapped[int | None] = mapped_column(ForeignKey("buildings.id"), index=True)
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    revoked_at: Mapped[datetime | None]
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("cards.id"))

    desk: Mapped[Desk] = relationship(lazy="raise")
    building: Mapped[Building | None] = relationship(lazy="raise")
