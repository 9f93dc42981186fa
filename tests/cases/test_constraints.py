"""What must always hold of cases holds in the database itself: every constraint refuses what it is for, by its name.

Rows are copies of rows the application wrote, changed in one respect and put in as the application's own role.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    func,
    insert,
    null,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError, ProgrammingError

from apart import application_apart
from butler.cases.actions import booking, clocks
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.moving import take_step
from butler.cases.models import CaseRung, LegalHold
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Mode, Step
from butler.dev.servers import Urls
from butler.identity.models import Person
from butler.kit import clock
from butler.kit.database import Base, db, unit_of_work
from butler.org import actions as org
from butler.settings import Settings
from factories import file_errand, load_calendar, make_town

Row = dict[str, Any]
Put = Callable[[str, Row], str | None]

TABLES: Mapping[str, Table] = {
    mapper.local_table.name: mapper.local_table
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__)
    if mapper.class_.__module__ == "butler.cases.models"
}

NOW = datetime(2026, 11, 23, 9, tzinfo=clock.CHINA)
AS_BEFORE, SOMEBODY, SOMEBODY_ELSE = "as before", "whoever asked", "not who asked"  # put in by the fixture `put`
IN_HAND = {"stage": "in_hand", "holder_id": SOMEBODY, "lease_until": NOW}
PAUSED = {"stage": "paused", "holder_id": SOMEBODY, "paused_until": NOW, "pause_reason": "waiting_for_resident"}
RESOLVED = {"stage": "resolved", "resolver_id": SOMEBODY}
CLOSED = {"stage": "closed", "outcome": "silent", "closed_at": NOW, "closed_level": "grid", "next_alarm_at": None}

CHECKS: Mapping[str, list[Row]] = {
    "ck_cases_kind_known": [{"kind": "wish", "mode": None}],
    "ck_cases_mode_known": [{"mode": "at_night"}],
    "ck_cases_urgency_known": [{"urgency": "whenever"}],
    "ck_cases_stage_known": [{"stage": "lost"}],
    "ck_cases_state_known": [{"state": "muddled"}],
    "ck_cases_outcome_known": [CLOSED | {"outcome": "satisfied"}],
    "ck_cases_pause_reason_known": [PAUSED | {"pause_reason": "tired"}],
    "ck_cases_closed_level_known": [CLOSED | {"closed_level": "moon"}],
    "ck_cases_errand_has_mode": [{"mode": None}, {"kind": "consult"}],
    "ck_cases_errand_has_matter": [{"matter_code": None}],
    "ck_cases_open_has_alarm": [{"next_alarm_at": None}, CLOSED | {"next_alarm_at": NOW}],
    "ck_cases_in_hand_has_holder": [
        {"holder_id": SOMEBODY},
        IN_HAND | {"holder_id": None},
        PAUSED | {"holder_id": None},
        RESOLVED | {"holder_id": SOMEBODY},
        CLOSED | {"holder_id": SOMEBODY},
    ],
    "ck_cases_in_hand_has_lease": [{"lease_until": NOW}, IN_HAND | {"lease_until": None}],
    "ck_cases_paused_has_end": [{"paused_until": NOW}, PAUSED | {"paused_until": None}],
    "ck_cases_paused_has_reason": [{"pause_reason": "special_procedure"}, PAUSED | {"pause_reason": None}],
    "ck_cases_closed_has_outcome": [{"outcome": "confirmed"}, CLOSED | {"outcome": None}],
    "ck_cases_closed_has_time": [{"closed_at": NOW}, CLOSED | {"closed_at": None}],
    "ck_cases_closed_has_level": [{"closed_level": "grid"}, CLOSED | {"closed_level": None}],
    "ck_cases_resolved_has_resolver": [RESOLVED | {"resolver_id": None}],
    "ck_cases_counters_grow": [{"version": 0}, {"lease_epoch": -1}],
    "ck_cases_shown_to_somebody": [{"asker_sees": False, "beneficiary_sees": False}],
    "ck_cases_nobody_hides_alone": [{"asker_sees": False}, {"beneficiary_sees": False}],
    "ck_cases_family_has_delegation": [{"beneficiary_id": SOMEBODY_ELSE}, {"delegation_id": 1}],
    "ck_case_hops_direction_known": [{"direction": "in_circles"}],
    "ck_case_clocks_kind_known": [{"kind": "cuckoo"}],
    "ck_case_clocks_paused_is_running": [{"paused_at": NOW}],
    "ck_legal_holds_released_afterwards": [{"released_at": NOW - timedelta(days=1), "placed_at": NOW}],
    "ck_mandates_has_a_term": [{"valid_until": NOW, "valid_from": NOW}],
}
"""What each CHECK refuses: columns that differ from a row that is right (of a case: one that waits)."""

ONCE: Mapping[str, Row] = {
    "uq_cases_number": {"number": AS_BEFORE},
    "uq_case_steps_case_id_seq": {"seq": AS_BEFORE},
    "uq_case_hops_case_id_seq": {"seq": AS_BEFORE},
    "uq_case_clocks_running": {"stopped_at": None},
    "uq_case_rungs_once": {"rung": AS_BEFORE},
    "uq_mandates_in_force": {"revoked_at": None},
    "uq_legal_holds_in_force": {"released_at": None},
    "uq_slot_bookings_case_id": {"case_id": AS_BEFORE},
    "uq_slot_bookings_seat": {"seat": AS_BEFORE},
}
"""What is there once: what makes a copy the same thing again."""


@pytest.fixture(scope="module")
def written(urls: Urls, settings: Settings) -> Iterator[tuple[Connection, Mapping[str, Row], Mapping[str, Row]]]:
    """A connection as the application's role; for each table a row the application wrote, and what to change for a
    second one that is right too."""
    with application_apart(urls, settings, "constraints", connections=2) as app, app.app_context():
        with unit_of_work():
            ids = write_one_of_each()
        with db.engine.connect() as connection:
            connection.execute(text("SELECT set_config('butler.system', 'constraints', false)"))
            connection.commit()
            old = {
                name: dict(connection.execute(select(table).where(table.c.id == ids[name])).one()._mapping)
                for name, table in TABLES.items()
            }
            second: dict[str, Row] = {
                "cases": {"number": "0000-0000-0000"},
                "case_steps": {"seq": 99},
                "case_hops": {"seq": 99},
                "case_clocks": {"stopped_at": NOW},
                "case_rungs": {"rung": 99},
                "legal_holds": {"placed_at": NOW, "released_at": NOW},
                "mandates": {"revoked_at": NOW},
                "slot_bookings": {"case_id": ids["cases"], "seat": 2},
            }
            connection.rollback()
            yield connection, old, second


def write_one_of_each() -> dict[str, int]:
    """Two errands, one of them booked, in hand, authorised and late. The ids of a row of each table."""
    load_calendar()
    street = make_town().here
    butler = street.butler
    for weekday in range(7):
        org.add_slot_pattern(
            desk=street.desk,
            weekday=weekday,
            starts=time(18, 30),
            ends=time(20),
            place="大堂",
            capacity=2,
            cutoff_minutes=30,
        )
    slot = booking.open_slots(street.desk.id)[-1]
    case = file_errand(street.residents[0], street, mode=Mode.OFF_HOURS, slot_id=slot.id)
    assert claim_next(butler) is case
    take_step(butler, case.number, Step.AUTHORISE, STEP_INPUTS[Step.AUTHORISE].load({}), version=case.version)
    running = clocks.running_clocks(case)[0]
    db.session.add(CaseRung(case_id=case.id, clock_id=running.id, rung=1, desk_id=case.desk_id, at=clock.now()))
    db.session.add(LegalHold(case_id=case.id, reason="（2026）浙01民初1号", placed_at=clock.now()))
    db.session.flush()
    waiting = file_errand(street.residents[0], street)
    ids = {
        name: db.session.scalars(select(table.c.id).where(table.c.case_id == case.id).limit(1)).one()
        for name, table in TABLES.items()
        if name != "cases"
    }
    return ids | {"cases": waiting.id, "case_clocks": running.id}


@pytest.fixture
def put(written: Any) -> Iterator[Callable[[str, Row], str | None]]:
    """Put a row into a table: like the one there is, with a change. The constraint that refuses it, or None."""
    connection, old, second = written

    def put(table: str, change: Row) -> str | None:
        before = old[table]
        row = {name: value for name, value in before.items() if name != "id"} | second[table] | change
        for name, value in row.items():
            if value is AS_BEFORE:
                row[name] = before[name]
            elif value is SOMEBODY:
                row[name] = before["asker_id"]
            elif value is SOMEBODY_ELSE:
                row[name] = connection.scalar(select(func.min(Person.id)).where(Person.id != before["asker_id"]))
        try:
            connection.execute(insert(TABLES[table]).values(row))
        except IntegrityError as refused:
            diagnosis = refused.orig.diag
            return diagnosis.constraint_name or f"{diagnosis.table_name}.{diagnosis.column_name}"
        return None

    yield put
    connection.rollback()


@pytest.mark.parametrize("table", TABLES)
def test_a_second_row_that_is_right_is_accepted(put: Put, table: str) -> None:
    """Without this, a refusal below could have another reason than the one meant."""
    assert put(table, {}) is None


@pytest.mark.parametrize("right", [IN_HAND, PAUSED, RESOLVED, CLOSED], ids=lambda right: right["stage"])
def test_each_stage_as_it_should_be_is_accepted(put: Put, right: Row) -> None:
    assert put("cases", right) is None


@pytest.mark.parametrize(
    ("name", "change"), [(name, change) for name, changes in CHECKS.items() for change in changes], ids=str
)
def test_a_check_refuses_what_it_is_for(put: Put, name: str, change: Row) -> None:
    table = table_of(name, CheckConstraint)
    assert put(table, change) == name


@pytest.mark.parametrize("name", ONCE)
def test_what_is_there_once_is_refused_again(put: Put, name: str) -> None:
    table = table_of(name, UniqueConstraint)
    assert put(table, ONCE[name]) == name


FOREIGN_KEYS = [
    (table.name, constraint.column_keys[0])
    for table in TABLES.values()
    for constraint in sorted(table.foreign_key_constraints, key=lambda constraint: str(constraint.name))
]


@pytest.mark.parametrize(("table", "column"), FOREIGN_KEYS)
def test_nothing_hangs_on_what_is_not_there(put: Put, table: str, column: str) -> None:
    given: Row = IN_HAND if column == "holder_id" else {}
    if column in ("asker_id", "beneficiary_id"):  # the older key is asked first
        given = {"delegation_id": -1}
    elif column == "delegation_id":
        given = {"beneficiary_id": SOMEBODY_ELSE}
    assert put(table, given | {column: -1}) == f"fk_{table}_{column}"


@pytest.mark.parametrize(
    ("table", "column"),
    [(table.name, column.name) for table in TABLES.values() for column in table.c if not column.nullable],
)
def test_what_is_always_known_cannot_be_left_out(put: Put, table: str, column: str) -> None:
    assert put(table, {column: null()}) in (f"{table}.{column}", f"{table}_{column}_not_null")


@pytest.mark.parametrize("table", TABLES)
def test_an_id_is_given_once(put: Put, table: str) -> None:
    assert put(table, {"id": AS_BEFORE}) == f"pk_{table}"


@pytest.mark.parametrize(
    "statement", ["UPDATE {table} SET at = now()", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"]
)
@pytest.mark.parametrize("table", ["case_steps", "case_hops", "handovers"])
def test_what_has_been_written_stays_written(written: Any, table: str, statement: str) -> None:
    connection: Connection = written[0]
    with pytest.raises(ProgrammingError) as refused:
        connection.execute(text(statement.format(table=table)))
    connection.rollback()
    assert refused.value.orig.sqlstate == "42501"  # insufficient privilege


def test_every_constraint_has_its_case_here() -> None:
    assert {*CHECKS} == names(CheckConstraint)
    assert {*ONCE} == names(UniqueConstraint)
    assert {f"fk_{table}_{column}" for table, column in FOREIGN_KEYS} == names(ForeignKeyConstraint)
    assert {f"pk_{table}" for table in TABLES} == names(PrimaryKeyConstraint)


def test_the_database_has_exactly_these(written: Any) -> None:
    """A constraint of the models that a migration forgot, or one that only the database knows."""
    of_tables = "conrelid::regclass::text = ANY (:tables)"
    found = written[0].scalars(
        text(
            f"""SELECT conname FROM pg_constraint WHERE contype <> 'n' AND {of_tables} UNION
                SELECT indexrelid::regclass::text FROM pg_index
                WHERE indisunique AND indrelid::regclass::text = ANY (:tables)"""
        ),
        {"tables": list(TABLES)},
    )
    kinds = (CheckConstraint, UniqueConstraint, ForeignKeyConstraint, PrimaryKeyConstraint)
    assert set(found) == set.union(*(names(kind) for kind in kinds))


def table_of(name: str, kind: type) -> str:
    """The table a constraint belongs to."""
    return next(table.name for table in TABLES.values() if name in names(kind, table))


def names(kind: type, *tables: Table) -> set[str]:
    """The constraints of a kind as the models name them; a unique index is as good as a unique constraint."""
    found = set()
    for table in tables or TABLES.values():
        found |= {str(constraint.name) for constraint in table.constraints if isinstance(constraint, kind)}
        if kind is UniqueConstraint:
            found |= {str(index.name) for index in table.indexes if index.unique}
    return found
