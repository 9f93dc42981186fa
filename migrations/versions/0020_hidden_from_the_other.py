"""whether who asked, and whom it is for, see a case

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OWN = "(SELECT sight_person()) IN (asker_id, beneficiary_id)"
OWN_AND_SHOWN = (
    "(asker_id = (SELECT sight_person()) AND asker_sees) "
    "OR (beneficiary_id = (SELECT sight_person()) AND beneficiary_sees)"
)


def policy_of_cases(own: str) -> str:
    """The rule of migration 0009, with other words for what is somebody's own."""
    return f"""ALTER POLICY cases_in_sight ON cases USING ((SELECT sight_is_system()) OR {own}
        OR desk_id = ANY ((SELECT sight_desks())::bigint[])
        OR accountable_desk_id = ANY ((SELECT sight_desks())::bigint[])
        OR holder_id = (SELECT sight_hands())
        OR number = ANY ((SELECT sight_cases())::text[])
        OR unit_path <@ (SELECT sight_paths()))"""


# A look at somebody's own case is seen with the case; only looks apart from any case need the person.
LOOKS = "looker_id = (SELECT sight_person()) OR (case_id IS NULL AND person_id = (SELECT sight_person()))"
LOOKS_BEFORE = "(SELECT sight_person()) IN (looker_id, person_id)"


def policy_of_looks(own: str) -> str:
    """The rule of migration 0009, likewise."""
    return f"""ALTER POLICY looks_in_sight ON looks USING ((SELECT sight_is_system()) OR {own}
        OR (SELECT sight_watches()) OR EXISTS (SELECT FROM cases WHERE cases.id = case_id))"""


def upgrade() -> None:
    for name in ("asker_sees", "beneficiary_sees"):
        op.add_column("cases", sa.Column(name, sa.Boolean(), server_default=sa.true(), nullable=False))
    for name, rule in (
        ("shown_to_somebody", "asker_sees OR beneficiary_sees"),
        ("nobody_hides_alone", "asker_id <> beneficiary_id OR asker_sees = beneficiary_sees"),
    ):
        op.create_check_constraint(op.f(f"ck_cases_{name}"), "cases", rule)
    op.execute(policy_of_cases(OWN_AND_SHOWN))
    op.execute(policy_of_looks(LOOKS))


def downgrade() -> None:
    op.execute(policy_of_looks(LOOKS_BEFORE))
    op.execute(policy_of_cases(OWN))
    for name in ("shown_to_somebody", "nobody_hides_alone"):
        op.drop_constraint(op.f(f"ck_cases_{name}"), "cases")
    op.drop_column("cases", "beneficiary_sees")
    op.drop_column("cases", "asker_sees")
