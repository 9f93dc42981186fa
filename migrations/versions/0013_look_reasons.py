"""why somebody looks at more people than a day allows

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "look_reasons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("looker_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("more", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(words) >= 10", name=op.f("ck_look_reasons_has_words")),
        sa.CheckConstraint("more > 0", name=op.f("ck_look_reasons_allows_more")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_reasons")),
    )
    op.create_index("ix_look_reasons_looker_id_day", "look_reasons", ["looker_id", "day"])


def downgrade() -> None:
    op.drop_table("look_reasons")
