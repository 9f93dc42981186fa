"""the record of changed telephones

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phone_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger()),
        sa.Column("sealed_why", sa.LargeBinary()),
        sa.CheckConstraint("how IN ('codes', 'id_card', 'other_paper')", name=op.f("ck_phone_changes_how_known")),
        sa.CheckConstraint("(how = 'codes') = (by_id IS NULL)", name=op.f("ck_phone_changes_at_a_desk_by_somebody")),
        sa.CheckConstraint(
            "(by_id IS NULL) = (sealed_why IS NULL)", name=op.f("ck_phone_changes_at_a_desk_for_a_reason")
        ),
        sa.CheckConstraint("by_id <> person_id", name=op.f("ck_phone_changes_nobody_at_a_desk_for_themselves")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_phone_changes_person_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_phone_changes_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_changes")),
    )
    op.create_index("ix_phone_changes_person_id_at", "phone_changes", ["person_id", "at"])
    op.create_index("ix_phone_changes_by_id", "phone_changes", ["by_id"])


def downgrade() -> None:
    op.drop_table("phone_changes")
