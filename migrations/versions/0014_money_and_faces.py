"""whom codes cost money, and who was seen face to face

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("one_time_codes", sa.Column("asked_from_block", sa.Text(), nullable=True))
    op.add_column("one_time_codes", sa.Column("prefix_index", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_one_time_codes_asked_from_block_created_at", "one_time_codes", ["asked_from_block", "created_at"]
    )
    op.create_index("ix_one_time_codes_prefix_index_created_at", "one_time_codes", ["prefix_index", "created_at"])
    op.create_index("ix_one_time_codes_created_at", "one_time_codes", ["created_at"])

    op.add_column("people", sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("people", sa.Column("verified_by", sa.BigInteger(), nullable=True))
    op.add_column("people", sa.Column("verified_how", sa.Text(), nullable=True))
    op.add_column("people", sa.Column("id_number_index", sa.LargeBinary(), nullable=True))
    op.create_foreign_key(op.f("fk_people_verified_by"), "people", "people", ["verified_by"], ["id"])
    op.create_unique_constraint(op.f("uq_people_id_number_index"), "people", ["id_number_index"])
    op.create_check_constraint(
        op.f("ck_people_verified_how_known"), "people", "verified_how IN ('id_card', 'other_paper', 'known_in_person')"
    )
    op.create_check_constraint(
        op.f("ck_people_verified_by_somebody"),
        "people",
        "(verified_at IS NULL) = (verified_how IS NULL) AND (verified_at IS NULL) = (verified_by IS NULL)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_people_verified_by_somebody"), "people", type_="check")
    op.drop_constraint(op.f("ck_people_verified_how_known"), "people", type_="check")
    op.drop_constraint(op.f("uq_people_id_number_index"), "people", type_="unique")
    op.drop_constraint(op.f("fk_people_verified_by"), "people", type_="foreignkey")
    for column in ("id_number_index", "verified_how", "verified_by", "verified_at"):
        op.drop_column("people", column)
    for name in ("created_at", "prefix_index_created_at", "asked_from_block_created_at"):
        op.drop_index(f"ix_one_time_codes_{name}", table_name="one_time_codes")
    op.drop_column("one_time_codes", "prefix_index")
    op.drop_column("one_time_codes", "asked_from_block")
