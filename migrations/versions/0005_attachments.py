"""photos and papers of cases

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("uploader_id", sa.BigInteger(), nullable=False),
        sa.Column("uploader_role", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("sent_size", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed_size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_why", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('photo', 'paper')", name=op.f("ck_attachments_kind_known")),
        sa.CheckConstraint("state IN ('quarantined', 'stored', 'destroyed')", name=op.f("ck_attachments_state_known")),
        sa.CheckConstraint("destroyed_why IN ('expired', 'unsafe')", name=op.f("ck_attachments_destroyed_why_known")),
        sa.CheckConstraint(
            "media_type IN ('image/jpeg', 'application/pdf')", name=op.f("ck_attachments_media_type_known")
        ),
        sa.CheckConstraint(
            "(media_type = 'image/jpeg') = (width IS NOT NULL)", name=op.f("ck_attachments_picture_has_width")
        ),
        sa.CheckConstraint("(width IS NULL) = (height IS NULL)", name=op.f("ck_attachments_width_has_height")),
        sa.CheckConstraint(
            "(media_type = 'application/pdf') = (pages IS NOT NULL)", name=op.f("ck_attachments_pdf_has_pages")
        ),
        sa.CheckConstraint("file_name ~ '^[0-9a-f]{32}$'", name=op.f("ck_attachments_file_name_is_ours")),
        sa.CheckConstraint("octet_length(sha256) = 32", name=op.f("ck_attachments_sha256_whole")),
        sa.CheckConstraint(
            "sent_size > 0 AND size > 0 AND sealed_size > 0", name=op.f("ck_attachments_sizes_positive")
        ),
        sa.CheckConstraint(
            "(state = 'destroyed') = (destroyed_at IS NOT NULL)", name=op.f("ck_attachments_destroyed_has_time")
        ),
        sa.CheckConstraint(
            "(state = 'destroyed') = (destroyed_why IS NOT NULL)", name=op.f("ck_attachments_destroyed_has_why")
        ),
        sa.CheckConstraint(
            "(state = 'destroyed') = (sealed_key IS NULL)", name=op.f("ck_attachments_destroyed_has_no_key")
        ),
        sa.CheckConstraint(
            "(sealed_key IS NULL) = (sealed_words IS NULL)", name=op.f("ck_attachments_key_opens_words")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_attachments_case_id")),
        sa.ForeignKeyConstraint(["uploader_id"], ["people.id"], name=op.f("fk_attachments_uploader_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("file_name", name=op.f("uq_attachments_file_name")),
    )
    op.create_index("ix_attachments_case_id", "attachments", ["case_id"])
    op.create_index("ix_attachments_uploader_id_created_at", "attachments", ["uploader_id", "created_at"])
    op.create_index(
        "ix_attachments_quarantined", "attachments", ["id"], postgresql_where=sa.text("state = 'quarantined'")
    )
    op.create_index(
        "ix_attachments_papers",
        "attachments",
        ["case_id"],
        postgresql_where=sa.text("kind = 'paper' AND state <> 'destroyed'"),
    )


def downgrade() -> None:
    op.drop_table("attachments")
