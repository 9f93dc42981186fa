"""Plain rows for tests of what lies under or above the case engine: no action of another package is needed.

`make_case()` gives a case with everybody and everything it stands on. Whole towns and filed cases: `factories`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from butler.cases.models import Case
from butler.cases.states import Kind, Mode, Stage, State, Urgency
from butler.families.models import Delegation
from butler.identity.models import Appointment, Person
from butler.identity.permissions import Role
from butler.kit import envelopes
from butler.kit.database import db
from butler.kit.numbers import new_number
from butler.org.models import Desk, Unit
from butler.org.states import DeskKind, Level

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # Wednesday noon in China
LONG_AGO = date(2020, 1, 1)
CODES = {
    Level.PROVINCE: "99",
    Level.CITY: "9901",
    Level.DISTRICT: "990106",
    Level.STREET: "990106001",
    Level.COMMUNITY: "990106001001",
    Level.GRID: "990106001001001",
}
_numbers: Iterator[int] = count(1)


def make_person(name: str = "演示居民", **columns: Any) -> Person:
    """Somebody with a phone that cannot be real; `phone=None` for somebody without."""
    columns.setdefault("phone", f"100{next(_numbers):08d}")
    return _add(Person(name=name, is_demo=True, created_at=NOON, **columns))


def make_unit(level: Level = Level.GRID) -> Unit:
    """A unit and those above it: one of each level, whoever asks."""
    above: Unit | None = None
    for step, code in CODES.items():
        unit = db.session.scalar(select(Unit).where(Unit.code == code))
        if unit is None:
            unit = Unit(level=step, code=code, name=f"演示{code}", valid_from=LONG_AGO)
            unit.parent_id, unit.path = (above.id, f"{above.path}.{code}") if above else (None, code)
            _add(unit)
        if step is level:
            return unit
        above = unit
    raise AssertionError(level)


def make_desk(kind: DeskKind = DeskKind.BUTLER) -> Desk:
    """A butler's desk in the grid, as many as wanted; or the one desk of the unit of another kind."""
    unit = make_unit(Level.GRID if kind is DeskKind.BUTLER else Level(kind.value))
    return _add(Desk(unit_id=unit.id, kind=kind, name=f"演示岗位{next(_numbers)}"))


def seat(person: Person, desk: Desk, role: Role = Role.BUTLER) -> Person:
    """Appoint somebody to a desk."""
    _add(Appointment(person_id=person.id, role=role, desk_id=desk.id, unit_id=desk.unit_id, valid_from=LONG_AGO))
    return person


def between(grantor_id: int, delegate_id: int) -> int | None:
    """The id of an authority in force between two people, made when there is none; none for oneself."""
    if grantor_id == delegate_id:
        return None
    known = db.session.scalar(
        select(Delegation.id).where(Delegation.grantor_id == grantor_id, Delegation.delegate_id == delegate_id)
    )
    made = Delegation(
        grantor_id=grantor_id, delegate_id=delegate_id, basis="granted", state="in_force", acts=["ask", "follow"],
        matters=[], starts_at=NOON, ends_at=NOON + timedelta(days=300), proposed_by_id=grantor_id,
        confirmed_how="signed_in", confirmed_at=NOON, confirmed_by_id=grantor_id, created_at=NOON,
    )  # fmt: skip
    found: int = known or _add(made).id
    return found


def make_case(**columns: Any) -> Case:
    """An errand that waits on a butler's desk, unless the columns say otherwise."""
    unit = make_unit()
    desk_id = columns.get("desk_id") or make_desk().id
    asker_id = columns.get("asker_id") or make_person().id
    usual: dict[str, Any] = {
        "number": new_number(),
        "district": unit.district,
        "kind": Kind.ERRAND,
        "mode": Mode.DAYTIME,
        "urgency": Urgency.NORMAL,
        "urgency_rank": 1,
        "stage": Stage.WAITING,
        "state": State.REQUESTED,
        "matter_code": "M016",
        "matter_name": "老年人优待证办理",
        "asker_id": asker_id,
        "beneficiary_id": asker_id,
        "recorder_id": asker_id,
        "unit_id": unit.id,
        "unit_path": unit.path,
        "desk_id": desk_id,
        "accountable_desk_id": desk_id,
        "due_why": "",
        "next_alarm_at": NOON,
        "created_at": NOON,
        "head_hash": b"",
    }
    key, said = envelopes.new_key(), {"summary": columns.pop("summary", "演示"), "answers": columns.pop("answers", {})}
    usual["sealed_words"] = envelopes.seal_under(key, "cases.sealed_words", said)
    usual["sealed_why"] = envelopes.seal_under(key, "cases.sealed_why", "演示")
    usual |= columns
    usual["delegation_id"] = between(usual["beneficiary_id"], usual["asker_id"])
    case = _add(Case(**usual))
    _add(envelopes.envelope(case.id, key))
    return case


def _add(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row
