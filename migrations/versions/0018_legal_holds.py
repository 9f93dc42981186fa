"""legal holds: what keeps a case from being forgotten

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from butler.kit.sight import protect, unprotect

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("length(reason) >= 4", name=op.f("ck_legal_holds_has_a_reason")),
        sa.CheckConstraint(
            "released_at IS NULL OR released_at >= placed_at", name=op.f("ck_legal_holds_released_afterwards")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_legal_holds_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index(
        "uq_legal_holds_in_force",
        "legal_holds",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    protect(op, "legal_holds")


def downgrade() -> None:
    unprotect(op, "legal_holds")
    op.drop_table("legal_holds")
