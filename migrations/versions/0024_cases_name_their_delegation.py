"""cases name the delegation by which somebody asked for a relative

Who asked for a relative before had ticked that the relative agrees; nobody had asked the relative. Each such pair gets a
proposal, which the relative answers at the next sign-in; until then the asker sees the case and takes no step.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

PROPOSE = """
INSERT INTO delegations (grantor_id, delegate_id, basis, state, acts, matters, starts_at, ends_at, proposed_by_id, created_at)
SELECT DISTINCT beneficiary_id, asker_id, 'granted', 'proposed', ARRAY['ask', 'follow', 'decide', 'mandate'],
    ARRAY[]::text[], now(), now() + interval '365 days', asker_id, now()
FROM cases WHERE asker_id <> beneficiary_id AND NOT EXISTS (
    SELECT FROM delegations AS one WHERE one.grantor_id = beneficiary_id AND one.delegate_id = asker_id
    AND one.basis = 'granted' AND one.state IN ('proposed', 'in_force')
)
"""
NAME = """
UPDATE cases SET delegation_id = one.id FROM delegations AS one
WHERE one.grantor_id = beneficiary_id AND one.delegate_id = asker_id AND one.basis = 'granted'
AND one.state IN ('proposed', 'in_force') AND asker_id <> beneficiary_id
"""


def upgrade() -> None:
    op.add_column("cases", sa.Column("delegation_id", sa.BigInteger()))
    op.create_foreign_key(op.f("fk_cases_delegation_id"), "cases", "delegations", ["delegation_id"], ["id"])
    op.execute(PROPOSE)
    op.execute(NAME)
    op.create_index(
        "ix_cases_delegation", "cases", ["delegation_id", "id"], postgresql_where=sa.text("delegation_id IS NOT NULL")
    )
    op.create_check_constraint(
        op.f("ck_cases_family_has_delegation"), "cases", "(asker_id <> beneficiary_id) = (delegation_id IS NOT NULL)"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_cases_family_has_delegation"), "cases")
    op.drop_index("ix_cases_delegation", "cases")
    op.drop_column("cases", "delegation_id")
