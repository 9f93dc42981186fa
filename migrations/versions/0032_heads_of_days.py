"""the head of each day over all histories and looks, and who outside the house has it

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

from butler.kit.sight import protect_alone, unprotect

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

HASHES = ("before", "cases_digest", "looks_digest", "root")


def upgrade() -> None:
    op.create_table(
        "ledger_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("cases", "lines", "lookers", "looks")),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in HASHES[1:]),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cases >= 0 AND lines >= 0 AND lookers >= 0 AND looks >= 0", name=op.f("ck_ledger_days_counts")
        ),
        sa.CheckConstraint(
            " AND ".join(f"octet_length({name}) = 32" for name in HASHES), name=op.f("ck_ledger_days_whole_hashes")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_ledger_days")),
    )
    op.create_table(
        "ledger_heads",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_ledger_heads_seq_counts")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_ledger_heads")),
    )
    op.create_index("ix_ledger_heads_day_case_id", "ledger_heads", ["day", "case_id"])
    op.create_table(
        "ledger_receipts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(words) <= 500", name=op.f("ck_ledger_receipts_words_are_short")),
        sa.PrimaryKeyConstraint("day", "party", name=op.f("pk_ledger_receipts")),
    )
    protect_alone(op, "ledger_heads", "false")  # nobody but the system has to know which cases moved on which day


def downgrade() -> None:
    unprotect(op, "ledger_heads")
    op.drop_table("ledger_receipts")
    op.drop_table("ledger_heads")
    op.drop_table("ledger_days")
