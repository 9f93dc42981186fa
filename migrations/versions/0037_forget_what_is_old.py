"""what proves something is deleted after three years, and not before

The tables that only grow cannot be emptied by the application. This function can, for what is older than three years by
the clock of the database and about no case on hold; called by a part of the system alone.

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE FUNCTION forget_old(what text, before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    IF before > now() - interval '3 years' OR NOT sight_is_system() THEN
        RAISE EXCEPTION 'what proves something is kept for three years' USING ERRCODE = 'check_violation';
    END IF;
    CASE what
    WHEN 'looks' THEN  -- a looker's day goes as a whole: it is one chain
        WITH due AS (
            SELECT d.looker_id, d.day FROM look_days d
            WHERE d.day < (before AT TIME ZONE 'Asia/Shanghai')::date AND NOT EXISTS (
                SELECT FROM looks l JOIN legal_holds h ON h.case_id = l.case_id AND h.released_at IS NULL
                WHERE l.looker_id = d.looker_id AND l.day = d.day
            ) LIMIT most
        ), lines AS (
            DELETE FROM looks l USING due WHERE l.looker_id = due.looker_id AND l.day = due.day
        ), reasons AS (
            DELETE FROM look_reasons r USING due WHERE r.looker_id = due.looker_id AND r.day = due.day
        )
        DELETE FROM look_days d USING due WHERE d.looker_id = due.looker_id AND d.day = due.day;
    WHEN 'reveals' THEN
        DELETE FROM reveals WHERE id IN (
            SELECT r.id FROM reveals r WHERE r.uncovered_at < before AND NOT EXISTS (
                SELECT FROM legal_holds h WHERE h.case_id = r.case_id AND h.released_at IS NULL
            ) LIMIT most
        );
    WHEN 'staff_deeds' THEN
        DELETE FROM staff_deeds WHERE id IN (SELECT id FROM staff_deeds WHERE at < before LIMIT most);
    WHEN 'phone_changes' THEN
        DELETE FROM phone_changes WHERE id IN (SELECT id FROM phone_changes WHERE at < before LIMIT most);
    END CASE;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$"""


def upgrade() -> None:
    op.execute(FUNCTION)
    op.add_column("retention_runs", sa.Column("rows", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("retention_runs", "rows")
    op.execute("DROP FUNCTION forget_old(text, timestamptz, integer)")
