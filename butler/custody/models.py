"""An original and the chain of hands it went through."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit import envelopes
from butler.kit.database import Base, Id, Ref, words
from butler.kit.envelopes import CaseSealed


class Holding(StrEnum):
    """Whose hands an original is in."""

    OWNER = "owner"  # back with the resident
    BUTLER = "butler"


class Original(Base):
    """One paper handed in for a case. It always has exactly one holder."""

    __tablename__ = "originals"
    __table_args__ = (
        words("holding", Holding),
        CheckConstraint("(holding = 'owner') = (returned_at IS NOT NULL)", name="returned_when_with_owner"),
        Index("ix_originals_out", "case_id", postgresql_where="returned_at IS NULL"),
    )

    id: Mapped[Id]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    sealed_words: Mapped[bytes | None] = mapped_column(CaseSealed)  # `name` and `condition`
    copies: Mapped[int]  # how many sheets or booklets of it
    holding: Mapped[str]
    holder_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"), index=True)  # exactly one, always
    received_at: Mapped[datetime]
    due_back_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]

    @property
    def name(self) -> str:
        """What it is, as whoever took it wrote it down."""
        return envelopes.read_text(self.case_id, "originals.sealed_words", self.sealed_words, "name")

    @property
    def condition(self) -> str:
        """What it looks like."""
        return envelopes.read_text(self.case_id, "originals.sealed_words", self.sealed_words, "condition")


class Handover(Base):
    """An original changing hands. Append-only."""

    __tablename__ = "handovers"
    __table_args__ = (UniqueConstraint("original_id", "seq"), {"info": {"append_only": True}})

    id: Mapped[Id]
    original_id: Mapped[Ref] = mapped_column(ForeignKey("originals.id"))
    seq: Mapped[int]
    giver_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    taker_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
