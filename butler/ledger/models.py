"""The heads of days, what each of them covers, and who has confirmed having one."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit.database import Base


class LedgerDay(Base):
    """The head of one day: over the head of the day before, the histories that grew and the looks of that day.

    Append-only. The two digests are kept beside the root so that one can say which of the two no longer fits, and so
    that a day can still be proven when its looks have been deleted after their time.
    """

    __tablename__ = "ledger_days"
    __table_args__ = (
        CheckConstraint("cases >= 0 AND lines >= 0 AND lookers >= 0 AND looks >= 0", name="counts"),
        CheckConstraint(
            "octet_length(before) = 32 AND octet_length(cases_digest) = 32 AND octet_length(looks_digest) = 32 "
            "AND octet_length(root) = 32",
            name="whole_hashes",
        ),
        {"info": {"append_only": True}},
    )

    day: Mapped[date] = mapped_column(Date, primary_key=True)  # in China
    before: Mapped[bytes] = mapped_column(LargeBinary)  # the root of the day before
    cases: Mapped[int]  # whose histories grew
    lines: Mapped[int]  # by so many lines
    lookers: Mapped[int]
    looks: Mapped[int]
    cases_digest: Mapped[bytes] = mapped_column(LargeBinary)
    looks_digest: Mapped[bytes] = mapped_column(LargeBinary)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]


class LedgerHead(Base):
    """How far the history of a case is covered by the head of a day. Append-only.

    Written down, not worked out from times: a line that comes late, after its day was sealed, is covered by the next.
    """

    __tablename__ = "ledger_heads"
    __table_args__ = (
        CheckConstraint("seq > 0", name="seq_counts"),
        Index("ix_ledger_heads_day_case_id", "day", "case_id"),
        {"info": {"append_only": True}},
    )

    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date)


class LedgerReceipt(Base):
    """A second party has the head of a day, and said so. Append-only; one for each party and day."""

    __tablename__ = "ledger_receipts"
    __table_args__ = (
        CheckConstraint("length(words) <= 500", name="words_are_short"),
        {"info": {"append_only": True}},
    )

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    party: Mapped[str] = mapped_column(primary_key=True)  # as the settings name it
    root: Mapped[bytes] = mapped_column(LargeBinary)  # what was sent, and what they repeated
    key_id: Mapped[str]  # signed with
    words: Mapped[str]  # how they call it in their own files, if they say
    received_at: Mapped[datetime]
