"""two people publish: who drafted is not who published

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("catalogue_revisions", sa.Column("drafted_by", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_catalogue_revisions_two_people"), "catalogue_revisions", "drafted_by <> published_by"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_catalogue_revisions_two_people"), "catalogue_revisions")
    op.drop_column("catalogue_revisions", "drafted_by")
