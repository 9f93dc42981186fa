"""The log of looks and what keeps it honest.

No foreign keys to people and cases: the log outlives what it tells of. It holds ids and no names (PIPL: the least that
serves). The day is part of every key, so that the tables can be cut by day where one gets too large.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, Identity, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit import daykeys
from butler.kit.database import Base, Id, Ref, words
from butler.kit.daykeys import DaySealed
from butler.looks.states import LookKind, Standing, Way, Why

SEALED_REASON = 50  # bytes: head, nonce and tag of something sealed under the key of a day are 40


class Look(Base):
    """Somebody at work saw something of a person. Append-only; each row is chained to the looker's row before it."""

    __tablename__ = "looks"
    __table_args__ = (
        words("kind", LookKind),
        words("standing", Standing),
        CheckConstraint("seq > 0", name="seq_counts"),
        CheckConstraint("NOT refused OR kind = 'search'", name="refused_is_a_search"),
        CheckConstraint("kind <> 'reveal' OR reason <> ''", name="reveal_has_reason"),
        UniqueConstraint("looker_id", "day", "seq"),
        Index("ix_looks_case_id_id", "case_id", "id"),
        Index("ix_looks_person_id_id", "person_id", "id"),
        Index("ix_looks_day", "day", postgresql_using="brin"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)  # in China
    looker_id: Mapped[Ref]
    seq: Mapped[int]  # of the looker's day, without gaps
    at: Mapped[datetime]
    role: Mapped[str]  # in which they looked
    desk_id: Mapped[int | None] = mapped_column(BigInteger)  # their post then
    unit_id: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str]
    fields: Mapped[list[str]] = mapped_column(ARRAY(TEXT))  # words of FieldClass: what could be read without a mask
    standing: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(BigInteger)  # whose affair; none: a search that found nobody
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    district: Mapped[str]  # of the case; the partition key of the large tables
    reason: Mapped[str]  # from a list, where one is asked for
    sealed_words: Mapped[bytes | None] = mapped_column(DaySealed)  # `words`
    refused: Mapped[bool]  # a search that was not answered
    hash: Mapped[bytes] = mapped_column(LargeBinary)  # over the sealed words: whole also for who may not read them

    @property
    def words(self) -> str:
        """Why, in the looker's own words."""
        return daykeys.open_text("looks.sealed_words", self.sealed_words)


class Reveal(Base):
    """Somebody uncovered something of a case for a while, and why. Append-only."""

    __tablename__ = "reveals"
    __table_args__ = (
        words("why", Why),
        words("way", Way),
        CheckConstraint("uncovered_at < covered_at", name="for_a_while"),
        CheckConstraint("cardinality(fields) > 0", name="uncovers_something"),
        CheckConstraint(
            f"way <> 'break_glass' OR octet_length(sealed_words) >= {SEALED_REASON}", name="broken_glass_has_words"
        ),
        Index("ix_reveals_looker_id_uncovered_at", "looker_id", "uncovered_at"),
        Index("ix_reveals_case_id_looker_id_covered_at", "case_id", "looker_id", "covered_at"),
        {"info": {"append_only": True}},
    )

    id: Mapped[Id]
    looker_id: Mapped[Ref]
    case_id: Mapped[Ref]
    district: Mapped[str]
    way: Mapped[str]
    fields: Mapped[list[str]] = mapped_column(ARRAY(TEXT))  # words of FieldClass
    why: Mapped[str]
    sealed_words: Mapped[bytes] = mapped_column(DaySealed)  # `words`
    uncovered_at: Mapped[datetime]
    covered_at: Mapped[datetime]  # covered again by itself

    @property
    def words(self) -> str:
        """Why, in the looker's own words."""
        return daykeys.open_text("reveals.sealed_words", self.sealed_words)


class Decoy(Base):
    """A resident who does not exist, with a closed case nobody has to open: whoever looks at it is looking around."""

    __tablename__ = "decoys"

    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    person_id: Mapped[Ref] = mapped_column(unique=True)
    unit_id: Mapped[Ref]
    made_at: Mapped[datetime]


class LookDay(Base):
    """How far a looker's day has come: the end of its chain, and whom they have seen. Locked while a look is written."""

    __tablename__ = "look_days"
    __table_args__ = (
        CheckConstraint("rows >= 0 AND allowance >= 0", name="counters_grow"),
        Index("ix_look_days_day", "day"),
    )

    looker_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    rows: Mapped[int]
    head: Mapped[bytes] = mapped_column(LargeBinary)
    people: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))  # seen one by one, not in hand; each once
    allowance: Mapped[int]  # how many of them without a further reason


class LookReason(Base):
    """Why somebody had to look at more people than a day allows. Append-only."""

    __tablename__ = "look_reasons"
    __table_args__ = (
        CheckConstraint(f"octet_length(sealed_words) >= {SEALED_REASON}", name="has_words"),
        CheckConstraint("more > 0", name="allows_more"),
        Index("ix_look_reasons_looker_id_day", "looker_id", "day"),
        {"info": {"append_only": True}},
    )

    id: Mapped[Id]
    looker_id: Mapped[Ref]
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime]
    sealed_words: Mapped[bytes] = mapped_column(DaySealed)  # `words`
    more: Mapped[int]

    @property
    def words(self) -> str:
        """Why, in the looker's own words."""
        return daykeys.open_text("look_reasons.sealed_words", self.sealed_words)


class LookRoot(Base):
    """The head of a whole day, covering the one before. Append-only; print it or send it to a second party."""

    __tablename__ = "look_roots"
    __table_args__ = {"info": {"append_only": True}}

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    lookers: Mapped[int]
    rows: Mapped[int]
    root: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]
