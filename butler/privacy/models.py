"""What the privacy officer has to ask about."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit.database import Base, Id, Ltree, Ref, words
from butler.kit.sealing import Sealed
from butler.looks.states import Why
from butler.privacy.states import ExportState, Rule, Verdict


class Finding(Base):
    """One question about one looker's looks: open until somebody has asked, and written down what the answer was.

    Ids only, as in the log; `number` of the case is kept so that one can speak about it.
    """

    __tablename__ = "findings"
    __table_args__ = (
        words("rule", Rule),
        words("verdict", Verdict),
        CheckConstraint("(verdict = 'open') = (settled_at IS NULL)", name="settled_has_time"),
        CheckConstraint("(verdict = 'open') = (settler_id IS NULL)", name="settled_has_settler"),
        CheckConstraint("(verdict = 'open') = (words IS NULL)", name="settled_has_words"),
        CheckConstraint("settler_id IS NULL OR settler_id <> looker_id", name="nobody_settles_their_own"),
        Index("ix_findings_unit_path", "unit_path", postgresql_using="gist"),
        Index("ix_findings_verdict_id", "verdict", "id"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)  # the same question is asked once, however often the log is read
    rule: Mapped[str]
    day: Mapped[date] = mapped_column(Date)
    looker_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str]
    unit_path: Mapped[str] = mapped_column(Ltree)  # of the looker's post: who reads it
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    number: Mapped[str | None]  # of that case
    looks: Mapped[int]
    first_at: Mapped[datetime]
    found_at: Mapped[datetime]
    doubt: Mapped[str | None] = mapped_column(Sealed("findings.doubt"))  # what the resident says, where they asked
    verdict: Mapped[str]
    words: Mapped[str | None] = mapped_column(Sealed("findings.words"))  # what the answer was
    settler_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    settled_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]  # when the looker was told of a confirmed finding


class Export(Base):
    """A list that leaves the screen: asked for with a reason, approved by somebody else, made by a job, gone in a day."""

    __tablename__ = "exports"
    __table_args__ = (
        words("state", ExportState),
        words("reason", Why),
        CheckConstraint("decider_id IS NULL OR decider_id <> requester_id", name="two_people"),
        CheckConstraint("(state = 'asked') = (decider_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("(state = 'made') = (expires_at IS NOT NULL)", name="made_expires"),
        CheckConstraint("first_day <= last_day AND last_day - first_day <= 92", name="a_quarter_at_most"),
        Index("ix_exports_state_id", "state", "id"),
        Index("ix_exports_requester_id_id", "requester_id", "id"),
    )

    id: Mapped[Id]
    requester_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str]
    unit_path: Mapped[str] = mapped_column(Ltree)  # what is exported: everything filed there, on these days
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str]
    words: Mapped[str] = mapped_column(Sealed("exports.words"))
    asked_at: Mapped[datetime]
    state: Mapped[str]
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    content: Mapped[list[list[str]] | None] = mapped_column(Sealed("exports.content", json=True))
    expires_at: Mapped[datetime | None]
