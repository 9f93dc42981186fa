"""Cards. A card belongs to a desk and tells the place; whoever sits at the desk answers it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from butler.cards.states import Found, Odd, Wrong
from butler.kit.database import Base, Id, Ref, words
from butler.kit.sealing import Sealed
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


class CardReport(Base):
    """Somebody says that a card, or what is behind its code, is not right; or the counts of a day do (`odd`). Who says it
    is not kept.

    `card_id` and `unit_id` are empty for a code that is no card of ours: then `words` say where it hangs.
    """

    __tablename__ = "card_reports"
    __table_args__ = (
        words("wrong", Wrong),
        words("odd", Odd),
        CheckConstraint("(wrong IS NULL) <> (odd IS NULL)", name="said_or_counted"),
        CheckConstraint("(odd IS NULL) = (day IS NULL) AND (odd IS NULL) = (scans IS NULL)", name="counted_on_a_day"),
        CheckConstraint("(odd IS NULL) = (usual IS NULL)", name="counted_against_usual"),
        words("found", Found),
        CheckConstraint("(card_id IS NULL) = (unit_id IS NULL)", name="card_has_place"),
        CheckConstraint(
            "(found IS NULL) = (settled_at IS NULL) AND (found IS NULL) = (settled_by_id IS NULL)",
            name="settled_by_somebody",
        ),
        Index("ix_card_reports_asked_from_at", "asked_from", "at"),
        Index(
            "uq_card_reports_odd",
            "day",
            "odd",
            "card_id",
            unique=True,
            postgresql_where="odd IS NOT NULL",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)  # with which whoever said it reads what became of it
    card_id: Mapped[int | None] = mapped_column(ForeignKey("cards.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))  # the community of the card
    wrong: Mapped[str | None]
    odd: Mapped[str | None]
    day: Mapped[date | None]  # that was judged
    scans: Mapped[int | None]  # of that day, or of its night
    usual: Mapped[int | None]  # the median of the days before
    words: Mapped[str] = mapped_column(Sealed("card_reports.words"))
    asked_from: Mapped[str]  # keyed hash of the network address; empty once somebody has been to look
    at: Mapped[datetime]
    found: Mapped[str | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    settled_at: Mapped[datetime | None]


class CardScans(Base):
    """How often a card was scanned within an hour: no person, no address, no device. Without a card: codes in the form
    of ours that we never issued, all of them together."""

    __tablename__ = "card_scans"
    __table_args__ = (
        UniqueConstraint("day", "card_id", "hour", postgresql_nulls_not_distinct=True),
        Index("ix_card_scans_card_id_day", "card_id", "day"),
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour_of_a_day"),
        CheckConstraint("scans > 0", name="scans_positive"),
    )

    id: Mapped[Id]
    day: Mapped[date]  # by the clock of the place
    card_id: Mapped[int | None] = mapped_column(ForeignKey("cards.id"))
    hour: Mapped[int] = mapped_column(SmallInteger)
    scans: Mapped[int]
