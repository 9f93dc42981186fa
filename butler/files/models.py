"""A photo or a paper of a case: what is known of it. The file itself is in `kit.files`, sealed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from butler.files.states import DestroyedWhy, FileKind, FileState
from butler.identity.models import Person
from butler.kit.database import Base, Id, Ref, words


class Attachment(Base):
    """One file somebody sent for a case. The row outlives the file and says when that was destroyed."""

    __tablename__ = "attachments"
    __table_args__ = (
        words("kind", FileKind),
        words("state", FileState),
        words("destroyed_why", DestroyedWhy),
        CheckConstraint("media_type IN ('image/jpeg', 'application/pdf')", name="media_type_known"),
        CheckConstraint("(media_type = 'image/jpeg') = (width IS NOT NULL)", name="picture_has_width"),
        CheckConstraint("(width IS NULL) = (height IS NULL)", name="width_has_height"),
        CheckConstraint("(media_type = 'application/pdf') = (pages IS NOT NULL)", name="pdf_has_pages"),
        CheckConstraint("file_name ~ '^[0-9a-f]{32}$'", name="file_name_is_ours"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_whole"),
        CheckConstraint("sent_size > 0 AND size > 0 AND sealed_size > 0", name="sizes_positive"),
        CheckConstraint("(state = 'destroyed') = (destroyed_at IS NOT NULL)", name="destroyed_has_time"),
        CheckConstraint("(state = 'destroyed') = (destroyed_why IS NOT NULL)", name="destroyed_has_why"),
        CheckConstraint("(state = 'destroyed') = (sealed_key IS NULL)", name="destroyed_has_no_key"),
        CheckConstraint("(sealed_key IS NULL) = (sealed_words IS NULL)", name="key_opens_words"),
        Index("ix_attachments_uploader_id_created_at", "uploader_id", "created_at"),
        Index("ix_attachments_quarantined", "id", postgresql_where="state = 'quarantined'"),
        Index("ix_attachments_papers", "case_id", postgresql_where="kind = 'paper' AND state <> 'destroyed'"),
    )

    id: Mapped[Id]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    uploader_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    uploader_role: Mapped[str]  # resident, butler, …: as they acted then
    kind: Mapped[str]
    media_type: Mapped[str]  # by what is in it
    width: Mapped[int | None]  # pixels
    height: Mapped[int | None]
    pages: Mapped[int | None]
    sent_size: Mapped[int]  # bytes that were sent
    size: Mapped[int]  # bytes that are kept
    sealed_size: Mapped[int]  # bytes on the disk
    sha256: Mapped[bytes] = mapped_column(LargeBinary)  # of the bytes on the disk
    file_name: Mapped[str] = mapped_column(unique=True)
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)  # the file's own key, under that of the case
    sealed_words: Mapped[bytes | None] = mapped_column(LargeBinary)  # what it was called and what for
    state: Mapped[str]
    created_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]
    destroyed_why: Mapped[str | None]

    uploader: Mapped[Person] = relationship(lazy="raise")
