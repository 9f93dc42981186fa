"""what stands out in the log, and residents who do not exist

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from butler.kit.database import Ltree
from butler.kit.sight import protect, protect_alone, unprotect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decoys",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_decoys")),
        sa.UniqueConstraint("person_id", name=op.f("uq_decoys_person_id")),
    )
    op.create_table(
        "findings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("looker_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_path", Ltree(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("settler_id", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "rule IN ('decoy', 'doubted', 'relative', 'same_surname', 'same_building', 'after_handover', "
            "'after_closing', 'searches', 'unassigned', 'off_hours', 'too_many', 'again_and_again', 'broken_glass')",
            name=op.f("ck_findings_rule_known"),
        ),
        sa.CheckConstraint("verdict IN ('open', 'explained', 'confirmed')", name=op.f("ck_findings_verdict_known")),
        sa.CheckConstraint("(verdict = 'open') = (settled_at IS NULL)", name=op.f("ck_findings_settled_has_time")),
        sa.CheckConstraint("(verdict = 'open') = (settler_id IS NULL)", name=op.f("ck_findings_settled_has_settler")),
        sa.CheckConstraint("verdict = 'open' OR length(words) >= 10", name=op.f("ck_findings_settled_has_words")),
        sa.CheckConstraint(
            "settler_id IS NULL OR settler_id <> looker_id", name=op.f("ck_findings_nobody_settles_their_own")
        ),
        sa.ForeignKeyConstraint(["looker_id"], ["people.id"], name=op.f("fk_findings_looker_id")),
        sa.ForeignKeyConstraint(["settler_id"], ["people.id"], name=op.f("fk_findings_settler_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sa.UniqueConstraint("key", name=op.f("uq_findings_key")),
    )
    op.create_index("ix_findings_looker_id", "findings", ["looker_id"])
    op.create_index("ix_findings_unit_path", "findings", ["unit_path"], postgresql_using="gist")
    op.create_index("ix_findings_verdict_id", "findings", ["verdict", "id"])
    protect(op, "decoys")
    # Written in the transaction of the look, or of the resident who asks why; read by whoever watches over looking.
    protect_alone(op, "findings", "(SELECT sight_person()) IN (looker_id, person_id) OR (SELECT sight_watches())")


def downgrade() -> None:
    unprotect(op, "findings")
    unprotect(op, "decoys")
    op.drop_table("findings")
    op.drop_table("decoys")
