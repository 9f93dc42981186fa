"""how somebody wants to be reached, in general and about one case

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("people", "cases"):
        for name in ("no_calls", "no_texts"):
            op.add_column(table, sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("people", sa.Column("reach", sa.LargeBinary()))
    op.add_column("cases", sa.Column("sealed_reach", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("cases", "sealed_reach")
    op.drop_column("people", "reach")
    for table in ("cases", "people"):
        for name in ("no_texts", "no_calls"):
            op.drop_column(table, name)
