"""a key for each case

Every case that is there gets a data key; nothing is sealed with it yet.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from butler.kit.envelopes import new_key, wrap

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BATCH = 1000


def upgrade() -> None:
    op.create_table(
        "case_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("shredded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(wrapped IS NULL) = (shredded_at IS NOT NULL)", name=op.f("ck_case_keys_kept_or_shredded")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_keys_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_keys")),
        sa.UniqueConstraint("case_id", name=op.f("uq_case_keys_case_id")),
    )
    if op.get_context().as_sql:
        return
    connection = op.get_bind()
    ids = connection.scalars(sa.text("SELECT id FROM cases ORDER BY id")).all()
    for start in range(0, len(ids), BATCH):
        connection.execute(
            sa.text("INSERT INTO case_keys (case_id, wrapped) VALUES (:case_id, :wrapped)"),
            [{"case_id": case_id, "wrapped": wrap(case_id, new_key())} for case_id in ids[start : start + BATCH]],
        )


def downgrade() -> None:
    op.drop_table("case_keys")
