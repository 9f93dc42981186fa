"""the foreign key of legal holds has the name the models give it

Revision ID: 0030
Revises: 0029
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE legal_holds RENAME CONSTRAINT fk_legal_holds_case_id_cases TO fk_legal_holds_case_id")


def downgrade() -> None:
    op.execute("ALTER TABLE legal_holds RENAME CONSTRAINT fk_legal_holds_case_id TO fk_legal_holds_case_id_cases")
