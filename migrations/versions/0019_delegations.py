"""delegations: who may act for whom in a family

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STATES = "'proposed', 'in_force', 'refused', 'ended'"
WHY = "'revoked', 'given_up', 'withdrawn', 'replaced', 'lapsed', 'expired', 'grown_up', 'left'"
CHECKS = {
    "basis_known": "basis IN ('granted', 'guardianship')",
    "state_known": f"state IN ({STATES})",
    "confirmed_how_known": "confirmed_how IN ('signed_in', 'face_to_face')",
    "paper_known": "paper IN ('id_card', 'household_register', 'birth_certificate')",
    "ended_why_known": f"ended_why IN ({WHY})",
    "nobody_for_themselves": "grantor_id <> delegate_id",
    "ends_after_start": "starts_at < ends_at",
    "granted_for_a_year": "basis <> 'granted' OR ends_at <= starts_at + interval '367 days'",
    "acts_known": "acts <@ ARRAY['ask', 'follow', 'decide', 'mandate'] AND 'follow' = ANY (acts)",
    "guardian_in_every_matter": "basis <> 'guardianship' OR matters = '{}'",
    "in_force_is_confirmed": "state <> 'in_force' OR confirmed_at IS NOT NULL",
    "confirmed_by_somebody": (
        "(confirmed_at IS NULL) = (confirmed_how IS NULL) AND (confirmed_at IS NULL) = (confirmed_by_id IS NULL)"
    ),
    "signed_in_is_the_grantor": "confirmed_how <> 'signed_in' OR confirmed_by_id = grantor_id",
    "seen_by_a_third": "confirmed_how <> 'face_to_face' OR confirmed_by_id NOT IN (grantor_id, delegate_id)",
    "seen_with_a_paper": "(confirmed_how IS NOT DISTINCT FROM 'face_to_face') = (paper IS NOT NULL)",
    "guardian_is_seen": (
        "basis <> 'guardianship' OR state = 'ended' OR confirmed_how IS NOT DISTINCT FROM 'face_to_face'"
    ),
    "over_has_time": "(state IN ('refused', 'ended')) = (ended_at IS NOT NULL)",
    "ended_has_reason": "(state = 'ended') = (ended_why IS NOT NULL)",
}
PEOPLE = ("grantor_id", "delegate_id", "proposed_by_id", "confirmed_by_id", "ended_by_id")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "delegations",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("grantor_id", sa.BigInteger(), nullable=False),
        sa.Column("delegate_id", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("acts", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("matters", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("starts_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("called", sa.LargeBinary()),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_how", sa.Text()),
        sa.Column("confirmed_at", moment),
        sa.Column("confirmed_by_id", sa.BigInteger()),
        sa.Column("paper", sa.Text()),
        sa.Column("ended_at", moment),
        sa.Column("ended_by_id", sa.BigInteger()),
        sa.Column("ended_why", sa.Text()),
        sa.Column("created_at", moment, nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_delegations_{name}")) for name, rule in CHECKS.items()),
        *(sa.ForeignKeyConstraint([column], ["people.id"], name=op.f(f"fk_delegations_{column}")) for column in PEOPLE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
    )
    still_open = sa.text("state IN ('proposed', 'in_force')")
    op.create_index(
        "uq_delegations_open", "delegations", ["grantor_id", "delegate_id", "basis"],
        unique=True, postgresql_where=still_open,
    )  # fmt: skip
    op.create_index("ix_delegations_grantor_id_id", "delegations", ["grantor_id", "id"])
    op.create_index("ix_delegations_delegate_id_id", "delegations", ["delegate_id", "id"])
    op.create_index("ix_delegations_ends_at", "delegations", ["ends_at"], postgresql_where=still_open)
    op.create_index("ix_delegations_created_at", "delegations", ["created_at"])


def downgrade() -> None:
    op.drop_table("delegations")
