"""What was published, and every version of a matter that somebody may have relied on."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit.database import Base, Id


class CatalogueRevision(Base):
    """The whole catalogue as it was published; the newest row is what every web process shows.

    `document` is what `services_catalog.loading.build` takes; `content_hash` its SHA-256 in hex; `revision` the
    fingerprint of the catalogue built from it. Going back is publishing an older document again: nothing is changed.
    """

    __tablename__ = "catalogue_revisions"
    __table_args__ = (
        CheckConstraint("content_hash ~ '^[0-9a-f]{64}$'", name="content_hash_is_sha256"),
        CheckConstraint("published_by <> ''", name="somebody_published"),
        {"info": {"append_only": True}},
    )

    id: Mapped[Id]
    revision: Mapped[str]
    content_hash: Mapped[str]
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_by: Mapped[str]
    published_at: Mapped[datetime]
    note: Mapped[str]


class MatterVersion(Base):
    """One matter as it once was: a case names the version its asker relied on, whatever is published later."""

    __tablename__ = "matter_versions"
    __table_args__ = {"info": {"append_only": True}}

    code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    kept_at: Mapped[datetime]
