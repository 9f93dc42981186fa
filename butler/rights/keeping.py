"""What is deleted when its time is over, table by table: one statement each. `register.yaml` says how long, in words.

Of tables that only grow a function of the database deletes, which refuses what is younger than three years. Nothing that is
about a case on hold goes, whatever its time.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, and_, delete, exists, func, or_, select, text

from butler.families.models import Delegation
from butler.families.rules import REFUSED_FOR
from butler.identity.actions.signing_in import NAMELESS
from butler.identity.models import Person
from butler.kit.database import Base, db
from butler.rights.rules import LOG_KEPT, MESSAGES_KEPT

_HELD = "EXISTS (SELECT FROM legal_holds h WHERE h.case_id = old.case_id AND h.released_at IS NULL)"


def _deletes(table: str, when: str) -> str:
    return f"DELETE FROM {table} WHERE id IN (SELECT old.id FROM {table} old WHERE {when} LIMIT :most)"


def _sealed_under(table: str, column: str = "sealed_words") -> str:
    """Whether a row is sealed under the key of the day `old`: the id of its key is in front of what is sealed."""
    day = "convert_to(to_char(old.day, 'YYYY-MM-DD'), 'UTF8')"
    return f"EXISTS (SELECT FROM {table} r WHERE substring(r.{column} from 3 for 10) = {day})"


SEALED_BY_DAY = (
    ("looks", "sealed_words"), ("look_reasons", "sealed_words"), ("reveals", "sealed_words"),
    ("staff_deeds", "sealed_why"), ("phone_changes", "sealed_why"),
)  # fmt: skip
"""Where the words of staff are, sealed under the key of their day."""

RULES: Mapping[str, str] = {
    "looks": "SELECT forget_old('looks', :log, :most)",  # with look_days and look_reasons
    "reveals": "SELECT forget_old('reveals', :log, :most)",
    "staff_deeds": "SELECT forget_old('staff_deeds', :log, :most)",
    "phone_changes": "SELECT forget_old('phone_changes', :log, :most)",
    "findings": _deletes("findings", f"coalesce(old.settled_at, old.found_at) < :log AND NOT {_HELD}"),
    "exports": _deletes("exports", "coalesce(old.decided_at, old.asked_at) < :log"),
    "consents": _deletes(
        "consents",
        "greatest(old.given_at, old.withdrawn_at) < :log AND CASE WHEN old.case_id IS NULL "
        "THEN old.withdrawn_at IS NOT NULL "
        f"ELSE (SELECT c.closed_at < :log FROM cases c WHERE c.id = old.case_id) END AND NOT {_HELD}",
    ),
    "delegations": _deletes(
        "delegations", "old.ended_at < :log AND NOT EXISTS (SELECT FROM cases c WHERE c.delegation_id = old.id)"
    ),
    "appointments": _deletes("appointments", "old.valid_to < CAST(:log AS date)"),
    "absences": _deletes("absences", "old.ends_at < :log"),
    "staff_invitations": _deletes(
        "staff_invitations",
        "old.expires_at < :log AND NOT EXISTS (SELECT FROM staff_deeds d WHERE d.invitation_id = old.id)",
    ),
    "card_reports": _deletes("card_reports", "coalesce(old.settled_at, old.at) < :log"),
    "cards": (
        "UPDATE cards SET issued_by_id = NULL WHERE id IN "
        "(SELECT id FROM cards WHERE issued_at < :log AND issued_by_id IS NOT NULL LIMIT :most)"
    ),
    "demo_messages": _deletes("demo_messages", "old.at < :month"),
    "day_keys": (  # last: the key of a day goes when nothing is left that it opens
        "DELETE FROM day_keys WHERE day IN (SELECT old.day FROM day_keys old WHERE old.day < CAST(:log AS date) AND "
        f"NOT ({' OR '.join(_sealed_under(*place) for place in SEALED_BY_DAY)}) LIMIT :most)"
    ),
}
"""Table → what makes it forget. `:log`, `:month`: what is older goes; `:most`: rows at once."""


def forget_rows(table: str, now: datetime, most: int) -> int:
    """Delete at most so many rows of a table (looks: days of lookers) whose time is over; how many went. Three years are
    over when they are by our clock and by that of the database: neither alone, set wrong, deletes what proves something."""
    earlier = min(now, db.session.scalars(select(func.now())).one())
    given = {"log": earlier - LOG_KEPT, "month": now - MESSAGES_KEPT, "most": most}
    rule = RULES[table]
    done = db.session.execute(text(rule), {name: value for name, value in given.items() if f":{name}" in rule})
    return int(done.scalar_one()) if rule.startswith("SELECT") else cast(CursorResult[Any], done).rowcount


def forget_nameless(now: datetime, most: int) -> int:
    """Delete people whom only a proposal of a relative has made known: they never said their name, the proposal came to
    nothing a month ago, and nothing else leads to them. With them go the proposals. How many people."""
    since = now - REFUSED_FOR
    theirs = or_(Delegation.grantor_id == Person.id, Delegation.delegate_id == Person.id)
    alive = or_(Delegation.confirmed_at.is_not(None), Delegation.ended_at.is_(None), Delegation.ended_at >= since)
    proposed = or_(exists().where(theirs), Person.created_at < now - LOG_KEPT)
    nothing_else = and_(*(~exists().where(column == Person.id) for column in _leads_to_people()))
    found = (
        select(Person.id)
        .where(Person.has_name(NAMELESS), Person.created_at < since, proposed, ~exists().where(theirs, alive))
        .where(nothing_else)
        .order_by(Person.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    gone = db.session.scalars(found).all()
    if gone:
        db.session.execute(
            delete(Delegation).where(or_(Delegation.grantor_id.in_(gone), Delegation.delegate_id.in_(gone)))
        )
        db.session.execute(delete(Person).where(Person.id.in_(gone)))
    return len(gone)


def _leads_to_people() -> list[Any]:
    """Every column that leads to somebody, but those of delegations."""
    return [
        key.parent
        for table in Base.metadata.sorted_tables
        if table.name != "delegations"
        for key in table.foreign_keys
        if key.column.table.name == "people"
    ]


def count_old(now: datetime) -> dict[str, int]:
    """How many rows of each table would go now. Deletes them; the caller takes it back (`jobs.count_due`)."""
    many = {table: forget_rows(table, now, _ALL) for table in RULES}
    return many | {"people": forget_nameless(now, _ALL)}


_ALL = 1_000_000
