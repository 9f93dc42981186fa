"""Who agreed to what, in which words, how and when; and until when."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from butler.consents.states import Channel, Purpose
from butler.kit.database import Base, Id, Ref, words


class Consent(Base):
    """One consent. A row changes once, when it is taken back; a trigger of the database sees to that. The words are
    those of `purpose` and `version` in `purposes.yaml`."""

    __tablename__ = "consents"
    __table_args__ = (
        words("purpose", Purpose),
        words("channel", Channel),
        words("withdrawn_channel", Channel),
        CheckConstraint("version > 0", name="version_counts_from_one"),
        CheckConstraint("(case_id IS NULL) = (purpose = 'wechat')", name="personal_has_no_case"),
        CheckConstraint("channel <> 'new_version'", name="given_by_somebody"),
        CheckConstraint("(channel = 'face_to_face') = (recorded_by_id IS NOT NULL)", name="face_to_face_has_recorder"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_channel IS NULL)", name="withdrawn_has_channel"),
        CheckConstraint(
            "(withdrawn_by_id IS NULL) = (withdrawn_channel IS NULL OR withdrawn_channel = 'new_version')",
            name="withdrawn_by_somebody",
        ),
        CheckConstraint("withdrawn_at >= given_at", name="withdrawn_afterwards"),
        Index(
            "uq_consents_in_force",
            "person_id",
            "purpose",
            "case_id",
            unique=True,
            postgresql_where="withdrawn_at IS NULL",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_consents_case_id", "case_id", postgresql_where="case_id IS NOT NULL"),
        Index("ix_consents_given_by_id", "given_by_id"),
    )

    id: Mapped[Id]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))  # whose data it is about
    purpose: Mapped[str]
    version: Mapped[int] = mapped_column(SmallInteger)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    channel: Mapped[str]
    given_by_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))  # themselves, or who acts for them
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # who wrote down what was said
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_channel: Mapped[str | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
