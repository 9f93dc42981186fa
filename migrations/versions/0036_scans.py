"""how often cards are scanned, and what stands out

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_CHECKS = {
    "odd_known": "odd IN ('far_more', 'at_night', 'out_of_use', 'unknown')",
    "said_or_counted": "(wrong IS NULL) <> (odd IS NULL)",
    "counted_on_a_day": "(odd IS NULL) = (day IS NULL) AND (odd IS NULL) = (scans IS NULL)",
    "counted_against_usual": "(odd IS NULL) = (usual IS NULL)",
}


def upgrade() -> None:
    op.create_table(
        "card_scans",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("card_id", sa.BigInteger()),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("scans", sa.Integer(), nullable=False),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_card_scans_hour_of_a_day")),
        sa.CheckConstraint("scans > 0", name=op.f("ck_card_scans_scans_positive")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_card_scans_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_scans")),
        sa.UniqueConstraint(
            "day", "card_id", "hour", name=op.f("uq_card_scans_day_card_id_hour"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index("ix_card_scans_card_id_day", "card_scans", ["card_id", "day"])
    op.alter_column("card_reports", "wrong", nullable=True)
    op.add_column("card_reports", sa.Column("odd", sa.Text()))
    op.add_column("card_reports", sa.Column("day", sa.Date()))
    op.add_column("card_reports", sa.Column("scans", sa.Integer()))
    op.add_column("card_reports", sa.Column("usual", sa.Integer()))
    for name, check in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_card_reports_{name}"), "card_reports", check)
    op.create_index(
        "uq_card_reports_odd",
        "card_reports",
        ["day", "odd", "card_id"],
        unique=True,
        postgresql_where=sa.text("odd IS NOT NULL"),
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    op.execute("DELETE FROM card_reports WHERE odd IS NOT NULL")
    op.drop_index("uq_card_reports_odd", "card_reports")
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_card_reports_{name}"), "card_reports", type_="check")
    for name in ("usual", "scans", "day", "odd"):
        op.drop_column("card_reports", name)
    op.alter_column("card_reports", "wrong", nullable=False)
    op.drop_table("card_scans")
