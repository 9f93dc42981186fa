"""The SQL of the baseline, by hand: what any program that does the same has to ask and to write."""

from functools import cache

# The database is told in the same breath who asks: behind the wall (docs/decisions/0013) nothing is seen or written else.
SIGNED_IN = """
SELECT people.id, people.name, people.phone, appointments.role, appointments.desk_id,
    set_config('butler.person', people.id::text, true) AS seen_by,
    set_config('butler.desks', '{' || coalesce(appointments.desk_id::text, '') || '}', true) AS seen_at
FROM sign_ins JOIN people ON people.id = sign_ins.person_id
LEFT JOIN appointments ON appointments.person_id = people.id AND appointments.valid_from <= %s
    AND (appointments.valid_to IS NULL OR appointments.valid_to > %s)
WHERE token_hash = %s AND face = 'api' AND ended_at IS NULL AND expires_at > %s AND people.disabled_at IS NULL"""

TAKE_KEY = """
INSERT INTO idempotency_keys (actor, route, key, fingerprint, created_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING RETURNING key"""
READ_KEY = "SELECT answer FROM idempotency_keys WHERE actor = %s AND route = %s AND key = %s"
KEEP_ANSWER = "UPDATE idempotency_keys SET answer = %s WHERE actor = %s AND route = %s AND key = %s"

PLACE = """
SELECT buildings.id AS building_id, buildings.name AS building, estates.name AS estate, community.name AS community,
    grid.id AS unit_id, grid.path, substr(grid.code, 1, 6) AS district, desk_buildings.desk_id
FROM buildings JOIN estates ON estates.id = buildings.estate_id
JOIN units AS community ON community.id = estates.community_id
JOIN building_grids ON building_grids.building_id = buildings.id AND building_grids.valid_to IS NULL
JOIN units AS grid ON grid.id = building_grids.grid_id
JOIN desk_buildings ON desk_buildings.building_id = buildings.id AND desk_buildings.valid_to IS NULL
WHERE buildings.id = %s"""

DESKS = """
SELECT desks.id, desks.kind, desks.name, desks.phone, units.code AS unit_code, units.name AS unit_name, units.level,
    EXISTS (
        SELECT FROM appointments JOIN people ON people.id = appointments.person_id
        WHERE appointments.desk_id = desks.id AND people.disabled_at IS NULL AND NOT EXISTS (
            SELECT FROM absences WHERE absences.person_id = people.id AND starts_at <= %(now)s AND ends_at > %(now)s
        ) AND valid_from <= %(today)s AND (valid_to IS NULL OR valid_to > %(today)s)
    ) AS on_duty
FROM desks JOIN units ON units.id = desks.unit_id
WHERE (units.code = ANY(%(codes)s) AND length(units.code) >= 6 AND desks.kind <> 'butler') OR desks.id = %(own)s
ORDER BY desks.kind = 'butler', length(units.code)"""

MEMBERS = """
SELECT person_id FROM appointments JOIN people ON people.id = person_id
WHERE desk_id = %s AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s) AND people.disabled_at IS NULL
ORDER BY valid_from, appointments.id"""


@cache
def insert_case(columns: tuple[str, ...]) -> str:
    """The statement that writes a case."""
    return (
        f"INSERT INTO cases ({', '.join(columns)}) VALUES ({', '.join(f'%({name})s' for name in columns)}) RETURNING id"
    )


HOP = "(%s, %s, %s, %s, %s, %s)"
INSERT_HOPS = "INSERT INTO case_hops (case_id, seq, desk_id, direction, sealed_why, at) VALUES {}"
INSERT_CASE_KEY = "INSERT INTO case_keys (case_id, wrapped) VALUES (%s, %s)"
INSERT_CONSENT = """
INSERT INTO consents (person_id, purpose, version, case_id, channel, given_by_id, given_at)
VALUES (%s, 'hand_over', 1, %s, 'api', %s, %s)"""
INSERT_CLOCK = """
INSERT INTO case_clocks (
    case_id, kind, started_at, limit_amount, limit_unit, due_at, why, provisional, calendar_version, pauses, paused_at,
    stopped_at
) VALUES (%s, %s, %s, %s, %s, %s, %s, false, %s, '[]', NULL, NULL)"""
INSERT_STEP = """
INSERT INTO case_steps (
    case_id, district, seq, step, stage, state, actor_id, actor_role, desk_id, at, sealed_words, hash
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
INSERT_NOTICE = """
INSERT INTO notices (dedupe_id, person_id, case_id, sealed_text, created_at) VALUES (%s, %s, %s, %s, %s) RETURNING id"""
INSERT_OUTBOX = """
INSERT INTO outbox (topic, dedupe_id, payload, created_at, due_at, attempts, claimed_until, sent_at, dead_at, expires_at,
    last_error) VALUES (%s, %s, %s, %s, %s, 0, NULL, NULL, NULL, NULL, NULL)"""

END_OF_LOOKS = """
INSERT INTO look_days (looker_id, day, rows, head, people, allowance) VALUES (%s, %s, 0, %s, '{}', 60)
ON CONFLICT (looker_id, day) DO UPDATE SET rows = look_days.rows RETURNING rows, head"""
INSERT_LOOK = """
WITH moved AS (UPDATE look_days SET rows = %(seq)s, head = %(hash)s WHERE looker_id = %(looker)s AND day = %(day)s)
INSERT INTO looks (
    day, looker_id, seq, at, role, desk_id, unit_id, kind, fields, standing, person_id, case_id, district, reason,
    sealed_words, refused, hash
) VALUES (%(day)s, %(looker)s, %(seq)s, %(at)s, %(role)s, %(desk)s, %(unit)s, 'full', '{name,outline,phone,words}',
    'holder', %(person)s, %(case)s, %(district)s, '', NULL, false, %(hash)s)"""

CLAIM = """
UPDATE cases SET stage = 'in_hand', holder_id = %s, lease_epoch = lease_epoch + 1, lease_until = %s, due_at = %s,
    due_why = %s, next_alarm_at = %s, version = version + 1, last_seq = last_seq + 1
WHERE stage = 'waiting' AND id = (
    SELECT id FROM cases WHERE stage = 'waiting' AND desk_id = %s ORDER BY urgency_rank, due_at, id LIMIT 1
    FOR UPDATE SKIP LOCKED
) RETURNING *"""
STOP_CLOCK = """
UPDATE case_clocks SET stopped_at = %s WHERE case_id = %s AND kind = 'response' AND stopped_at IS NULL"""
SHOWN = """
SELECT desks.kind, desks.name AS desk, desks.phone AS desk_phone, asker.name AS asker, asker.phone AS asker_phone,
    buildings.name AS building, estates.name AS estate, units.name AS community, wrapped
FROM cases JOIN desks ON desks.id = cases.desk_id JOIN people AS asker ON asker.id = cases.asker_id
JOIN buildings ON buildings.id = cases.building_id JOIN estates ON estates.id = buildings.estate_id
JOIN units ON units.id = estates.community_id JOIN case_keys ON case_id = cases.id WHERE cases.id = %s"""
HOPS = """
SELECT seq, desks.name, desks.kind, units.code AS unit_code, units.name AS unit_name, units.level, sealed_why, at
FROM case_hops JOIN desks ON desks.id = desk_id JOIN units ON units.id = desks.unit_id WHERE case_id = %s ORDER BY seq"""
CLOCKS = "SELECT kind, due_at, why, stopped_at FROM case_clocks WHERE case_id = %s ORDER BY id"
