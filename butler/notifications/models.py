"""Notices, and in a demo the messages that would have been sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit.database import Base, Id, Ref
from butler.kit.sealing import Sealed


class Notice(Base):
    """What somebody is to be told about a case. The outbox carries it to a channel; here it stays readable."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_person_id_id", "person_id", "id"),)

    id: Mapped[Id]
    dedupe_id: Mapped[str] = mapped_column(unique=True)  # one notice per case, step and person
    person_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    text: Mapped[str]
    created_at: Mapped[datetime]


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
