"""what was looked for in vain

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unanswered_queries",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("times > 0", name=op.f("ck_unanswered_queries_asked_at_least_once")),
        sa.CheckConstraint("length(words) BETWEEN 2 AND 30", name=op.f("ck_unanswered_queries_words_are_short")),
        sa.CheckConstraint("words !~ '[0-9]{6}'", name=op.f("ck_unanswered_queries_no_long_number")),
        sa.PrimaryKeyConstraint("day", "words", name=op.f("pk_unanswered_queries")),
    )


def downgrade() -> None:
    op.drop_table("unanswered_queries")
