"""portraits of butlers, and who put them up

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_BEFORE = (
    "'invited', 'invitation_revoked', 'joined', 'appointed', 'post_ended', 'reset_offered', 'password_set', "
    "'factor_added', 'factor_removed', 'codes_renewed', 'sign_ins_ended', 'disabled', 'enabled'"
)
_ADDED = "'photo_shown', 'photo_taken_down'"


def upgrade() -> None:
    _let_deeds_be(f"{_BEFORE}, {_ADDED}")
    op.create_table(
        "portraits",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("agreed_to", sa.Text(), nullable=False),
        sa.Column("shown_by_id", sa.BigInteger(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("name ~ '^[0-9a-f]{32}$'", name=op.f("ck_portraits_name_is_ours")),
        sa.CheckConstraint("width BETWEEN 1 AND 320 AND height BETWEEN 1 AND 400", name=op.f("ck_portraits_is_small")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_portraits_person_id")),
        sa.ForeignKeyConstraint(["shown_by_id"], ["people.id"], name=op.f("fk_portraits_shown_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portraits")),
        sa.UniqueConstraint("person_id", name=op.f("uq_portraits_person_id")),
        sa.UniqueConstraint("name", name=op.f("uq_portraits_name")),
    )
    op.create_index("ix_portraits_waiting", "portraits", ["id"], postgresql_where=sa.text("checked_at IS NULL"))


def downgrade() -> None:
    op.drop_table("portraits")
    op.execute(f"DELETE FROM staff_deeds WHERE deed IN ({_ADDED})")
    _let_deeds_be(_BEFORE)


def _let_deeds_be(words: str) -> None:
    op.drop_constraint(op.f("ck_staff_deeds_deed_known"), "staff_deeds", type_="check")
    op.create_check_constraint(op.f("ck_staff_deeds_deed_known"), "staff_deeds", f"deed IN ({words})")
