"""second factors, recovery codes, known devices

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BEFORE = (
    "'invited', 'invitation_revoked', 'joined', 'appointed', 'post_ended', 'reset_offered', 'password_set', "
    "'sign_ins_ended', 'disabled', 'enabled'"
)
_ADDED = "'factor_added', 'factor_removed', 'codes_renewed'"


def upgrade() -> None:
    op.add_column("people", sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True))
    _let_deeds_be(f"{_BEFORE}, {_ADDED}")
    op.create_table(
        "second_factors",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("pending", sa.LargeBinary(), nullable=True),
        sa.Column("pending_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("secret IS NOT NULL OR pending IS NOT NULL", name=op.f("ck_second_factors_has_a_secret")),
        sa.CheckConstraint("(pending IS NULL) = (pending_at IS NULL)", name=op.f("ck_second_factors_pending_since")),
        sa.CheckConstraint("secret IS NULL OR last_step IS NOT NULL", name=op.f("ck_second_factors_steps_counted")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_second_factors_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factors")),
        sa.UniqueConstraint("person_id", name=op.f("uq_second_factors_person_id")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_recovery_codes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_codes_code_hash")),
    )
    op.create_index("ix_recovery_codes_person_id", "recovery_codes", ["person_id"])
    op.create_table(
        "known_devices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_known_devices_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_devices")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_known_devices_token_hash")),
    )
    op.create_index("ix_known_devices_person_id", "known_devices", ["person_id"])


def downgrade() -> None:
    op.drop_table("known_devices")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
    op.execute(f"DELETE FROM staff_deeds WHERE deed IN ({_ADDED})")
    _let_deeds_be(_BEFORE)
    op.drop_column("people", "second_factor_at")


def _let_deeds_be(words: str) -> None:
    op.drop_constraint(op.f("ck_staff_deeds_deed_known"), "staff_deeds", type_="check")
    op.create_check_constraint(op.f("ck_staff_deeds_deed_known"), "staff_deeds", f"deed IN ({words})")
