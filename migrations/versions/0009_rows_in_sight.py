"""rows in sight: the second wall

Every table that holds a case or hangs on one shows only what the transaction's settings allow (butler/kit/sight.py).

Revision ID: 0009
Revises: 0008
"""

from alembic import op

from butler.kit.sight import protect, protect_alone, unprotect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# The setting is a NULL before it is set for the first time in a connection, and an empty text after the transaction.
SETTINGS = {
    "sight_is_system() RETURNS boolean": "coalesce(current_setting('butler.system', true), '') <> ''",
    "sight_person() RETURNS bigint": "nullif(current_setting('butler.person', true), '')::bigint",
    "sight_desks() RETURNS bigint[]": "coalesce(nullif(current_setting('butler.desks', true), ''), '{}')::bigint[]",
    "sight_paths() RETURNS ltree[]": "coalesce(nullif(current_setting('butler.paths', true), ''), '{}')::ltree[]",
    "sight_cases() RETURNS text[]": "string_to_array(current_setting('butler.cases', true), ',')",
    "sight_watches() RETURNS boolean": "coalesce(current_setting('butler.watches', true), '') <> ''",
    # Whoever has no desk any more holds nothing, as `identity.scope.visible` says.
    "sight_hands() RETURNS bigint": (
        "CASE WHEN current_setting('butler.desks', true) <> '' "
        "THEN nullif(current_setting('butler.person', true), '')::bigint END"
    ),
}

# The same as `identity.scope.visible`; and the case that a step is being taken on, wherever the step sends it.
CASE = """
    (SELECT sight_person()) IN (asker_id, beneficiary_id)
    OR desk_id = ANY ((SELECT sight_desks())::bigint[])
    OR accountable_desk_id = ANY ((SELECT sight_desks())::bigint[])
    OR holder_id = (SELECT sight_hands())
    OR number = ANY ((SELECT sight_cases())::text[])
    OR unit_path <@ (SELECT sight_paths())
"""

OF_A_CASE = {
    "attachments": "uploader_id = (SELECT sight_person())",
    "case_steps": "",
    "case_hops": "",
    "case_keys": "",
    "case_clocks": "",
    "case_rungs": "",
    "mandates": "(SELECT sight_person()) IN (principal_id, agent_id)",
    "slot_bookings": "",
    "originals": "holder_id = (SELECT sight_person())",
    # Whose affair it is reads who has looked, and so does whoever watches over looking.
    "looks": "(SELECT sight_person()) IN (looker_id, person_id) OR (SELECT sight_watches())",
    "reveals": "looker_id = (SELECT sight_person()) OR (SELECT sight_watches())",
    "ratings": "rater_id = (SELECT sight_person())",
    "notices": "person_id = (SELECT sight_person())",
}
ALONE = {
    "cases": CASE,
    "handovers": (
        "(SELECT sight_person()) IN (giver_id, taker_id) "
        "OR EXISTS (SELECT FROM originals WHERE originals.id = original_id)"
    ),
    "idempotency_keys": "actor = 'person:' || (SELECT sight_person()) OR actor LIKE 'visitor:%'",
}

# How many seats of a window are taken is everybody's business; whose they are is not.
SEATS = """
CREATE FUNCTION seats_taken(patterns bigint[], first date, last date)
RETURNS TABLE (pattern_id bigint, day date) LANGUAGE plpgsql AS $$
DECLARE
    before text := coalesce(current_setting('butler.system', true), '');
BEGIN
    PERFORM set_config('butler.system', 'seats', true);
    RETURN QUERY SELECT seat.pattern_id, seat.day FROM slot_bookings AS seat
        WHERE seat.pattern_id = ANY (patterns) AND seat.day BETWEEN first AND last AND seat.freed_at IS NULL;
    PERFORM set_config('butler.system', before, true);
END $$"""

KEEP = """
CREATE FUNCTION keep_in_sight(number text) RETURNS text LANGUAGE sql VOLATILE
RETURN set_config('butler.cases', concat_ws(',', nullif(current_setting('butler.cases', true), ''), number), true)"""


def upgrade() -> None:
    for name, body in SETTINGS.items():
        op.execute(f"CREATE FUNCTION {name} LANGUAGE sql STABLE PARALLEL SAFE RETURN {body}")
    op.execute(KEEP)
    op.execute(SEATS)
    for table, seen_by in ALONE.items():
        protect_alone(op, table, seen_by)
    for table, seen_by in OF_A_CASE.items():
        protect(op, table, seen_by)


def downgrade() -> None:
    for table in (*OF_A_CASE, *ALONE):
        unprotect(op, table)
    op.execute("DROP FUNCTION seats_taken(bigint[], date, date), keep_in_sight(text)")
    for name in SETTINGS:
        op.execute(f"DROP FUNCTION {name.partition(' ')[0]}")
