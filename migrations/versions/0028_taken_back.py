"""taken back: what was asked for under a delegation leaves the delegate's sight

A function, because neither of the two may write what they do not see afterwards, or see no more already.

Revision ID: 0028
Revises: 0027
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# Whose affair it is sees it from now on, if the delegate had kept it from them: it is nobody else's any more.
FUNCTION = """
CREATE FUNCTION take_from_delegate(delegation bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    before text := coalesce(current_setting('butler.system', true), '');
BEGIN
    PERFORM set_config('butler.system', 'families', true);
    UPDATE cases SET asker_sees = false, beneficiary_sees = true WHERE delegation_id = delegation;
    PERFORM set_config('butler.system', before, true);
END $$"""


def upgrade() -> None:
    op.execute(FUNCTION)


def downgrade() -> None:
    op.execute("DROP FUNCTION take_from_delegate(bigint)")
