"""guardians of adults, by a decision that was shown; and the cases under an authority are locked in one order

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

BEFORE = {
    "basis_known": "basis IN ('granted', 'guardianship')",
    "paper_known": "paper IN ('id_card', 'household_register', 'birth_certificate')",
    "ended_why_known": (
        "ended_why IN ('revoked', 'given_up', 'withdrawn', 'replaced', 'lapsed', 'expired', 'grown_up', 'left')"
    ),
    "guardian_in_every_matter": "basis <> 'guardianship' OR matters = '{}'",
    "guardian_is_seen": (
        "basis <> 'guardianship' OR state = 'ended' OR confirmed_how IS NOT DISTINCT FROM 'face_to_face'"
    ),
}
AFTER = {
    "basis_known": "basis IN ('granted', 'guardianship', 'adult_guardianship')",
    "paper_known": (
        "paper IN ('id_card', 'household_register', 'birth_certificate', 'court_decision', 'appointment', 'agreement')"
    ),
    "ended_why_known": (
        "ended_why IN ('revoked', 'given_up', 'withdrawn', 'replaced', 'lapsed', 'expired', 'grown_up', 'left', "
        "'decided', 'mistaken')"
    ),
    "guardian_in_every_matter": "basis = 'granted' OR matters = '{}'",
    "guardian_is_seen": "basis = 'granted' OR state = 'ended' OR confirmed_how IS NOT DISTINCT FROM 'face_to_face'",
}
NEW = {
    "adult_guardian_for_three_years": ("basis <> 'adult_guardianship' OR ends_at <= starts_at + interval '1098 days'"),
    "adult_guardian_has_decision": "(basis = 'adult_guardianship') = (issued_on IS NOT NULL)",
}

# By their id, as everybody who locks many of them does; others who only refer to a case need not wait.
LOCK = "PERFORM 1 FROM cases WHERE delegation_id = delegation ORDER BY id FOR NO KEY UPDATE;"
FUNCTION = """
CREATE OR REPLACE FUNCTION take_from_delegate(delegation bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    before text := coalesce(current_setting('butler.system', true), '');
BEGIN
    PERFORM set_config('butler.system', 'families', true);
    {lock}
    UPDATE cases SET asker_sees = false, beneficiary_sees = true WHERE delegation_id = delegation;
    PERFORM set_config('butler.system', before, true);
END $$"""


def upgrade() -> None:
    op.add_column("delegations", sa.Column("issuer", sa.LargeBinary(), nullable=True))
    op.add_column("delegations", sa.Column("issued_on", sa.Date(), nullable=True))
    _replace(AFTER)
    for name, rule in NEW.items():
        op.create_check_constraint(op.f(f"ck_delegations_{name}"), "delegations", rule)
    op.execute(FUNCTION.format(lock=LOCK))


def downgrade() -> None:
    op.execute(FUNCTION.format(lock=""))
    for name in NEW:
        op.drop_constraint(op.f(f"ck_delegations_{name}"), "delegations")
    _replace(BEFORE)
    op.drop_column("delegations", "issued_on")
    op.drop_column("delegations", "issuer")


def _replace(rules: dict[str, str]) -> None:
    for name, rule in rules.items():
        op.drop_constraint(op.f(f"ck_delegations_{name}"), "delegations")
        op.create_check_constraint(op.f(f"ck_delegations_{name}"), "delegations", rule)
