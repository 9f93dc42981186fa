"""What was published, every version of a matter somebody may have relied on, and what was looked for in vain."""

from datetime import date, datetime
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
        CheckConstraint("drafted_by <> published_by", name="two_people"),
        {"info": {"append_only": True}},
    )

    id: Mapped[Id]
    revision: Mapped[str]
    content_hash: Mapped[str]
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_by: Mapped[str]
    drafted_by: Mapped[str | None]  # somebody else; none: before two were asked for, or outside production
    published_at: Mapped[datetime]
    note: Mapped[str]


class UnansweredQuery(Base):
    """How often the same words were looked for in vain on one day. Who looked is not known here and cannot be found out;
    words that look personal are never written (`rules.worth_keeping`)."""

    __tablename__ = "unanswered_queries"
    __table_args__ = (
        CheckConstraint("times > 0", name="asked_at_least_once"),
        CheckConstraint("length(words) BETWEEN 2 AND 30", name="words_are_short"),
        CheckConstraint("words !~ '[0-9]{6}'", name="no_long_number"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]


class MatterVersion(Base):
    """One matter as it once was: a case names the version its asker relied on, whatever is published later."""

    __tablename__ = "matter_versions"
    __table_args__ = {"info": {"append_only": True}}

    code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    kept_at: Mapped[datetime]
