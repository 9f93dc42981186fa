"""catalogues as published, and versions of matters

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalogue_revisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "content_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_catalogue_revisions_content_hash_is_sha256")
        ),
        sa.CheckConstraint("published_by <> ''", name=op.f("ck_catalogue_revisions_somebody_published")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_revisions")),
        info={"append_only": True},
    )
    op.create_table(
        "matter_versions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", "revision", name=op.f("pk_matter_versions")),
        info={"append_only": True},
    )


def downgrade() -> None:
    op.drop_table("matter_versions")
    op.drop_table("catalogue_revisions")
