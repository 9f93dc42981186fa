"""One small picture of somebody at work, as long as they agree and hold the post."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit.database import Base, Id, Ref
from butler.kit.sealing import Sealed


class Portrait(Base):
    """The picture itself, sealed, in the row: taking the row away takes the picture away.

    `name` is random and new with each picture. It is part of the address, so that a picture of somebody else is never
    shown from a browser's memory, and nobody finds pictures by counting.
    """

    __tablename__ = "portraits"
    __table_args__ = (
        CheckConstraint("name ~ '^[0-9a-f]{32}$'", name="name_is_ours"),
        CheckConstraint("width BETWEEN 1 AND 320 AND height BETWEEN 1 AND 400", name="is_small"),
        Index("ix_portraits_waiting", "id", postgresql_where="checked_at IS NULL"),
    )

    id: Mapped[Id]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"), unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    picture: Mapped[bytes] = mapped_column(Sealed("portraits.picture", raw=True))  # a JPEG
    width: Mapped[int]  # pixels
    height: Mapped[int]
    agreed_to: Mapped[str]  # the version of the words (`rules.WORDS`) the person agreed to
    shown_by_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))  # who says that they did
    shown_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]  # empty while the scanner has not looked at it: then nobody is shown it
