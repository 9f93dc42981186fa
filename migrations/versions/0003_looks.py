"""who has looked: the log, the end of each looker's day, the head of each day

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "looks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("looker_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("desk_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('list', 'summary', 'full', 'reveal', 'paper', 'export', 'search')",
            name=op.f("ck_looks_kind_known"),
        ),
        sa.CheckConstraint(
            "standing IN ('holder', 'desk', 'above', 'own', 'none')", name=op.f("ck_looks_standing_known")
        ),
        sa.CheckConstraint("seq > 0", name=op.f("ck_looks_seq_counts")),
        sa.CheckConstraint("NOT refused OR kind = 'search'", name=op.f("ck_looks_refused_is_a_search")),
        sa.CheckConstraint("kind <> 'reveal' OR reason <> ''", name=op.f("ck_looks_reveal_has_reason")),
        sa.PrimaryKeyConstraint("id", "day", name=op.f("pk_looks")),
        sa.UniqueConstraint("looker_id", "day", "seq", name=op.f("uq_looks_looker_id_day_seq")),
    )
    op.create_index("ix_looks_case_id_id", "looks", ["case_id", "id"])
    op.create_index("ix_looks_person_id_id", "looks", ["person_id", "id"])
    op.create_index("ix_looks_day", "looks", ["day"], postgresql_using="brin")
    op.create_table(
        "look_days",
        sa.Column("looker_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("people", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("allowance", sa.Integer(), nullable=False),
        sa.CheckConstraint("rows >= 0 AND allowance >= 0", name=op.f("ck_look_days_counters_grow")),
        sa.PrimaryKeyConstraint("looker_id", "day", name=op.f("pk_look_days")),
    )
    op.create_index("ix_look_days_day", "look_days", ["day"])
    op.create_table(
        "look_roots",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lookers", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_look_roots")),
    )


def downgrade() -> None:
    op.drop_table("look_roots")
    op.drop_table("look_days")
    op.drop_table("looks")
