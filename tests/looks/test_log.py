"""The log of looks: what is written, that nothing is shown without it, and that it cannot be changed unseen."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import ProgrammingError

from butler.cases.actions.claiming import claim_next
from butler.cases.actions.looking import record_list, record_look
from butler.kit import clock
from butler.kit.database import db
from butler.looks import checking
from butler.looks.actions import Seen, record_looks
from butler.looks.hashing import chain
from butler.looks.models import Look, LookDay
from butler.looks.states import FieldClass, LookKind, Standing
from factories import Town, file_consult, file_errand
from statements import statements

Clock = Callable[[str], None]
MONDAY = "2026-11-23 09:00"


def rows() -> list[Look]:
    return list(db.session.scalars(select(Look).order_by(Look.id)))


def test_a_row_says_who_saw_what_and_how_they_stood_to_it(town: Town, at: Clock) -> None:
    at(MONDAY)
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    db.session.refresh(case)

    record_look(town.here.butler, case, LookKind.FULL, fields=[FieldClass.PHONE, FieldClass.NAME])
    record_look(town.here.street_staff, case, LookKind.SUMMARY)
    record_look(town.sibling.butler, case, LookKind.SUMMARY)

    said = [(row.looker_id, row.role, row.kind, row.fields, row.standing, row.person_id, row.seq) for row in rows()]
    asker = case.beneficiary_id
    assert said == [
        (town.here.butler.person_id, "butler", "full", ["name", "phone"], "holder", asker, 1),
        (town.here.street_staff.person_id, "street_staff", "summary", ["outline"], "above", asker, 1),
        (town.sibling.butler.person_id, "butler", "summary", ["outline"], "none", asker, 1),
    ]
    assert {(row.case_id, row.district, row.day.isoformat()) for row in rows()} == {
        (case.id, case.district, "2026-11-23")
    }
    assert rows()[0].desk_id == town.here.desk.id


def test_a_resident_with_their_own_affair_leaves_no_row(town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)

    record_look(town.here.residents[0], case, LookKind.FULL)

    assert rows() == []


def test_fifty_lines_cost_as_much_as_one(town: Town) -> None:
    cases = [file_consult(town.here.residents[0], town.here) for _ in range(50)]
    costs = []
    for some in (cases[:1], cases):
        with statements() as sent:
            record_list(town.here.butler, some)
        costs.append(len(sent))

    assert costs == [2, 2]
    assert len(rows()) == 51


def test_only_people_looked_at_one_by_one_without_having_the_case_are_counted(town: Town) -> None:
    seen = [Seen(person, 9, "330106", standing) for person, standing in ((1, Standing.DESK), (2, Standing.HOLDER))]
    record_looks(town.here.butler, LookKind.LIST, [*seen, Seen(3, 9, "330106", Standing.ABOVE)])
    record_looks(town.here.butler, LookKind.FULL, seen)
    record_looks(town.here.butler, LookKind.FULL, [*seen, Seen(4, 9, "330106")])

    assert db.session.scalars(select(LookDay.people)).one() == [1, 4]


def test_the_application_cannot_change_or_remove_a_row(town: Town) -> None:
    record_looks(town.here.butler, LookKind.LIST, [Seen(1, 1)])
    for statement in ("UPDATE looks SET reason = ''", "DELETE FROM looks", "TRUNCATE looks", "DELETE FROM look_roots"):
        with pytest.raises(ProgrammingError, match="permission denied"), db.session.begin_nested():
            db.session.execute(text(statement))


def test_a_whole_log_has_no_faults_and_a_forged_one_has(town: Town, at: Clock) -> None:
    at(MONDAY)
    for actor in (town.here.butler, town.here.grid_worker):
        for number in range(3):
            record_looks(actor, LookKind.FULL, [Seen(number, 1), Seen(number, 2)], reason="counter", words="居民来问")
    assert list(checking.violations()) == []

    last = rows()[-1]
    forged = {column.key: getattr(last, column.key) for column in Look.__table__.columns if column.key != "id"}
    db.session.execute(insert(Look).values(forged | {"seq": 8}))  # row 7 is missing
    end = db.session.get_one(LookDay, (last.looker_id, last.day))
    end.rows = 8
    db.session.flush()
    assert list(checking.violations()) == [f"looker {last.looker_id} on 2026-11-23: row 7 is missing"]

    db.session.execute(insert(Look).values(forged | {"seq": 7}))
    assert list(checking.violations()) == [f"looker {last.looker_id} on 2026-11-23: row 7 was altered"]


def test_rows_cut_off_at_the_end_are_missed(town: Town, at: Clock) -> None:
    at(MONDAY)
    record_looks(town.here.butler, LookKind.LIST, [Seen(1, 1)])
    looker = town.here.butler.person_id
    end = db.session.get_one(LookDay, (looker, clock.today()))
    end.rows = 3
    db.session.add(LookDay(looker_id=9, day=clock.today(), rows=2, head=b"", people=[], allowance=60))
    db.session.flush()

    assert set(checking.violations()) == {
        f"looker {looker} on 2026-11-23: 3 rows announced, 1 found",
        "looker 9 on 2026-11-23: 2 rows announced, none found",
    }
    assert list(checking.violations(clock.today() - timedelta(days=1))) == []


ROW: dict[str, Any] = {
    "looker_id": 7, "day": SimpleNamespace(isoformat=lambda: "2026-11-23"), "seq": 1, "role": "butler", "desk_id": 1,
    "unit_id": 2, "kind": "full", "fields": ["name"], "standing": "desk", "person_id": 3, "case_id": 4,
    "district": "330106", "reason": "", "sealed_words": None, "refused": False,
}  # fmt: skip
OTHER: dict[str, Any] = {
    "looker_id": 8, "day": SimpleNamespace(isoformat=lambda: "2026-11-24"), "seq": 2, "role": "grid_worker",
    "desk_id": None, "unit_id": 3, "kind": "list", "fields": ["name", "phone"], "standing": "none", "person_id": None,
    "case_id": 5, "district": "330109", "reason": "counter", "sealed_words": b"x", "refused": True,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ROW))
def test_every_column_is_covered_by_the_hash(name: str, at: Clock) -> None:
    at(MONDAY)
    row = SimpleNamespace(**ROW, at=clock.now())
    changed = SimpleNamespace(**(ROW | {name: OTHER[name]}), at=clock.now())

    assert chain(b"", row) != chain(b"", changed)
    assert chain(b"", row) != chain(b"x", row)
