"""Notices, and in a demo the messages that would have been sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit import envelopes
from butler.kit.database import Base, Id, Ref
from butler.kit.envelopes import CaseSealed
from butler.kit.sealing import Sealed

TEXT = "notices.sealed_text"
"""The place of its text, for who writes and reads it without the model."""


class Notice(Base):
    """What somebody is to be told about a case. The outbox carries it to a channel; here it stays readable."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_person_id_id", "person_id", "id"),)

    id: Mapped[Id]
    dedupe_id: Mapped[str] = mapped_column(unique=True)  # one notice per case, step and person
    person_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    sealed_text: Mapped[bytes | None] = mapped_column(CaseSealed)  # `text`
    created_at: Mapped[datetime]

    @property
    def text(self) -> str:
        """What they are told."""
        return envelopes.read_text(self.case_id, TEXT, self.sealed_text)


class DemoMessage(Base):
    """In demo mode: a text message or WeChat message that would have been sent. Shown at /demo/inbox."""

    __tablename__ = "demo_messages"

    id: Mapped[Id]
    dedupe_id: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str]  # sms | wechat
    recipient: Mapped[str] = mapped_column(Sealed("demo_messages.recipient"))
    text: Mapped[str] = mapped_column(Sealed("demo_messages.text"))
    code: Mapped[str | None] = mapped_column(Sealed("demo_messages.code"))
    at: Mapped[datetime]
