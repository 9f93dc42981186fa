"""findings say what only several days or several lookers show

Revision ID: 0034
Revises: 0033
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_BEFORE = (
    "'decoy', 'doubted', 'relative', 'same_surname', 'same_building', 'after_handover', 'after_closing', 'searches', "
    "'unassigned', 'off_hours', 'too_many', 'again_and_again', 'broken_glass'"
)
_NEW = (
    "'colleague', 'away', 'uncovered', 'crowd', 'lines', 'exports', 'keeps_coming', 'in_turn', 'left_lying', 'leaving'"
)


def upgrade() -> None:
    _say_what_is_known(f"{_BEFORE}, {_NEW}")


def downgrade() -> None:
    op.execute(f"UPDATE findings SET rule = 'unassigned' WHERE rule IN ({_NEW})")
    _say_what_is_known(_BEFORE)


def _say_what_is_known(words: str) -> None:
    op.execute("ALTER TABLE findings DROP CONSTRAINT ck_findings_rule_known")
    op.execute(f"ALTER TABLE findings ADD CONSTRAINT ck_findings_rule_known CHECK (rule IN ({words}))")
