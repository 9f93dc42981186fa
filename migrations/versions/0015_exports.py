"""lists that leave the screen

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from butler.kit.database import Ltree

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("requester_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_path", Ltree(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decider_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'approved', 'refused', 'made')", name=op.f("ck_exports_state_known")),
        sa.CheckConstraint(
            "reason IN ('contact', 'visit', 'prepare', 'complaint', 'danger', 'check', 'other')",
            name=op.f("ck_exports_reason_known"),
        ),
        sa.CheckConstraint("decider_id IS NULL OR decider_id <> requester_id", name=op.f("ck_exports_two_people")),
        sa.CheckConstraint("(state = 'asked') = (decider_id IS NULL)", name=op.f("ck_exports_decided_by_somebody")),
        sa.CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name=op.f("ck_exports_decided_has_time")),
        sa.CheckConstraint("(state = 'made') = (expires_at IS NOT NULL)", name=op.f("ck_exports_made_expires")),
        sa.CheckConstraint(
            "first_day <= last_day AND last_day - first_day <= 92", name=op.f("ck_exports_a_quarter_at_most")
        ),
        sa.CheckConstraint("length(words) >= 10", name=op.f("ck_exports_has_words")),
        sa.ForeignKeyConstraint(["requester_id"], ["people.id"], name=op.f("fk_exports_requester_id")),
        sa.ForeignKeyConstraint(["decider_id"], ["people.id"], name=op.f("fk_exports_decider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_requester_id_id", "exports", ["requester_id", "id"])
    op.create_index("ix_exports_state_id", "exports", ["state", "id"])


def downgrade() -> None:
    op.drop_table("exports")
