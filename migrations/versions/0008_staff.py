"""staff: invitations, the record of deeds, sign-ins that say what and since when

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ROLES = (
    "'resident', 'butler', 'grid_worker', 'community_staff', 'street_staff', 'district_staff', 'property_lead', "
    "'catalogue_editor', 'privacy_officer', 'administrator'"
)
_DEEDS = (
    "'invited', 'invitation_revoked', 'joined', 'appointed', 'post_ended', 'reset_offered', 'password_set', "
    "'sign_ins_ended', 'disabled', 'enabled'"
)


def upgrade() -> None:
    op.add_column("people", sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True))

    op.add_column("sign_ins", sa.Column("device", sa.Text(), server_default="", nullable=False))
    for name in ("proved_at", "renewed_at"):
        op.add_column(
            "sign_ins", sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
        )
    op.add_column("sign_ins", sa.Column("previous_hash", sa.Text(), nullable=True))
    op.add_column("sign_ins", sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_sign_ins_previous_ends"), "sign_ins", "(previous_hash IS NULL) = (previous_until IS NULL)"
    )
    op.create_index(
        "ix_sign_ins_previous_hash",
        "sign_ins",
        ["previous_hash"],
        postgresql_where=sa.text("previous_hash IS NOT NULL"),
    )

    op.create_table(
        "staff_invitations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("desk_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("invited_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('join', 'reset')", name=op.f("ck_staff_invitations_kind_known")),
        sa.CheckConstraint(f"role IN ({_ROLES})", name=op.f("ck_staff_invitations_role_known")),
        sa.CheckConstraint(
            "kind <> 'join' OR (name IS NOT NULL AND role IS NOT NULL AND unit_id IS NOT NULL "
            "AND (person_id IS NULL) = (used_at IS NULL))",
            name=op.f("ck_staff_invitations_join_has_a_post"),
        ),
        sa.CheckConstraint(
            "kind <> 'reset' OR (person_id IS NOT NULL AND role IS NULL)",
            name=op.f("ck_staff_invitations_reset_has_a_person"),
        ),
        sa.CheckConstraint("used_at IS NULL OR revoked_at IS NULL", name=op.f("ck_staff_invitations_one_end")),
        sa.CheckConstraint("created_at < expires_at", name=op.f("ck_staff_invitations_expires_later")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_staff_invitations_desk_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_staff_invitations_unit_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_staff_invitations_person_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["people.id"], name=op.f("fk_staff_invitations_invited_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_invitations_token_hash")),
    )
    op.create_index("ix_staff_invitations_person_id", "staff_invitations", ["person_id"])
    op.create_index("ix_staff_invitations_unit_id", "staff_invitations", ["unit_id"])

    op.create_table(
        "staff_deeds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("invitation_id", sa.BigInteger(), nullable=True),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("desk_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint(f"deed IN ({_DEEDS})", name=op.f("ck_staff_deeds_deed_known")),
        sa.CheckConstraint(f"role IN ({_ROLES})", name=op.f("ck_staff_deeds_role_known")),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR invitation_id IS NOT NULL", name=op.f("ck_staff_deeds_about_somebody")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_staff_deeds_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_staff_deeds_person_id")),
        sa.ForeignKeyConstraint(["invitation_id"], ["staff_invitations.id"], name=op.f("fk_staff_deeds_invitation_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_staff_deeds_desk_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_staff_deeds_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_deeds")),
    )
    op.create_index("ix_staff_deeds_person_id_id", "staff_deeds", ["person_id", "id"])
    op.create_index("ix_staff_deeds_by_id_id", "staff_deeds", ["by_id", "id"])


def downgrade() -> None:
    op.drop_table("staff_deeds")
    op.drop_table("staff_invitations")
    op.drop_index("ix_sign_ins_previous_hash", table_name="sign_ins")
    op.drop_constraint(op.f("ck_sign_ins_previous_ends"), "sign_ins", type_="check")
    for name in ("previous_until", "previous_hash", "renewed_at", "proved_at", "device"):
        op.drop_column("sign_ins", name)
    op.drop_column("people", "password_set_at")
