"""what people say about cards that are not right

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_reports",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("card_id", sa.BigInteger()),
        sa.Column("unit_id", sa.BigInteger()),
        sa.Column("wrong", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("asked_from", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found", sa.Text()),
        sa.Column("settled_by_id", sa.BigInteger()),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "wrong IN ('pasted_over', 'other_page', 'asks_money', 'number_differs', 'worn', 'other')",
            name=op.f("ck_card_reports_wrong_known"),
        ),
        sa.CheckConstraint("found IN ('fine', 'replaced', 'false_card')", name=op.f("ck_card_reports_found_known")),
        sa.CheckConstraint("(card_id IS NULL) = (unit_id IS NULL)", name=op.f("ck_card_reports_card_has_place")),
        sa.CheckConstraint(
            "(found IS NULL) = (settled_at IS NULL) AND (found IS NULL) = (settled_by_id IS NULL)",
            name=op.f("ck_card_reports_settled_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_card_reports_card_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_card_reports_unit_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["people.id"], name=op.f("fk_card_reports_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_reports")),
        sa.UniqueConstraint("number", name=op.f("uq_card_reports_number")),
    )
    op.create_index("ix_card_reports_asked_from_at", "card_reports", ["asked_from", "at"])
    op.create_index("ix_card_reports_card_id", "card_reports", ["card_id"])


def downgrade() -> None:
    op.drop_table("card_reports")
