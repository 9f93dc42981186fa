"""What staff have beside a password: a secret in a phone, codes on paper, devices they signed in with before."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit.database import Base, Id, Ref
from butler.kit.sealing import Sealed


class SecondFactor(Base):
    """The secret of somebody's one-time passwords (RFC 6238), and the one they are just setting up on a new phone."""

    __tablename__ = "second_factors"
    __table_args__ = (
        CheckConstraint("secret IS NOT NULL OR pending IS NOT NULL", name="has_a_secret"),
        CheckConstraint("(pending IS NULL) = (pending_at IS NULL)", name="pending_since"),
        CheckConstraint("secret IS NULL OR last_step IS NOT NULL", name="steps_counted"),
    )

    id: Mapped[Id]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"), unique=True)
    secret: Mapped[str | None] = mapped_column(Sealed("second_factors.secret"))
    last_step: Mapped[int | None] = mapped_column(BigInteger)  # of the last one-time password used: none works twice
    pending: Mapped[str | None] = mapped_column(Sealed("second_factors.pending"))
    pending_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """One of ten codes on paper, for a lost phone. Works once; only a keyed hash is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_person_id", "person_id"),)

    id: Mapped[Id]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    code_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class KnownDevice(Base):
    """A device from which somebody has signed in: strangers who guess at the name do not slow it down."""

    __tablename__ = "known_devices"
    __table_args__ = (Index("ix_known_devices_person_id", "person_id"),)

    id: Mapped[Id]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
