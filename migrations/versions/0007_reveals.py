"""what is uncovered for a while, and why

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reveals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("looker_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("uncovered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("covered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("way IN ('reason', 'break_glass')", name=op.f("ck_reveals_way_known")),
        sa.CheckConstraint(
            "why IN ('contact', 'visit', 'prepare', 'complaint', 'danger', 'check', 'other')",
            name=op.f("ck_reveals_why_known"),
        ),
        sa.CheckConstraint("uncovered_at < covered_at", name=op.f("ck_reveals_for_a_while")),
        sa.CheckConstraint("cardinality(fields) > 0", name=op.f("ck_reveals_uncovers_something")),
        sa.CheckConstraint(
            "way <> 'break_glass' OR length(words) >= 10", name=op.f("ck_reveals_broken_glass_has_words")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveals")),
    )
    op.create_index("ix_reveals_looker_id_uncovered_at", "reveals", ["looker_id", "uncovered_at"])
    op.create_index("ix_reveals_case_id_looker_id_covered_at", "reveals", ["case_id", "looker_id", "covered_at"])


def downgrade() -> None:
    op.drop_table("reveals")
