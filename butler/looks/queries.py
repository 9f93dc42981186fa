"""What is uncovered, and who has looked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select

from butler.identity.models import Appointment, Person
from butler.identity.permissions import Role
from butler.kit import clock, daykeys
from butler.kit.database import db
from butler.looks.models import Look, Reveal
from butler.looks.rules import Overseer
from butler.looks.states import FieldClass, LookKind, SearchBy
from butler.org.models import Unit

PAGE = 50


@dataclass(frozen=True)
class Uncovered:
    """What somebody has uncovered of one case just now, until when at the latest."""

    fields: frozenset[FieldClass]
    until: datetime | None


NOTHING = Uncovered(frozenset(), None)


def uncovered(looker_id: int, case_id: int, at: datetime) -> Uncovered:
    """The classes of fields that are uncovered for this person on this case at this moment."""
    found = db.session.execute(_uncovered_query(), {"looker": looker_id, "case": case_id, "at": at}).all()
    if not found:
        return NOTHING
    fields = frozenset(FieldClass(word) for row in found for word in row.fields)
    return Uncovered(fields, max(row.covered_at for row in found))


def has_searched(looker_id: int, person_id: int, by: SearchBy, *, since: datetime) -> bool:
    """Whether somebody has looked for a person in this way since a moment, and found them."""
    query = select(Look.id).where(
        Look.looker_id == looker_id,
        Look.person_id == person_id,
        Look.kind == LookKind.SEARCH,
        Look.reason == by.value,
        Look.at >= since,
        Look.day >= since.date(),
        ~Look.refused,
    )
    return db.session.scalar(query.limit(1)) is not None


@cache
def _uncovered_query() -> Select[list[str], datetime]:
    return select(Reveal.fields, Reveal.covered_at).where(
        Reveal.case_id == bindparam("case"),
        Reveal.looker_id == bindparam("looker"),
        Reveal.covered_at > bindparam("at"),
    )


@dataclass(frozen=True)
class Entry:
    """What a resident reads of the log: a look, or the lines of one list on one day together."""

    id: int  # of the newest row in it
    day: date
    looker_id: int
    looker: str | None  # the name; none when that person is not known any more
    role: str
    kind: str
    fields: Sequence[str]
    standing: str
    case_id: int | None
    reason: str
    words: str
    times: int
    first_at: datetime
    last_at: datetime


def looks_at(
    *, case_ids: Collection[int], person_id: int | None = None, before: int | None = None, limit: int = PAGE
) -> list[Entry]:
    """The looks at these cases (and, with `person_id`, at a person apart from any case), the newest first.

    Lines of lists are counted together per day and looker: a queue that is opened forty times is one entry. `before` is
    the id of the last entry already read.
    """
    single = case((Look.kind == LookKind.LIST, 0), else_=Look.id)
    same = (
        Look.day,
        Look.looker_id,
        Look.role,
        Look.kind,
        Look.fields,
        Look.standing,
        Look.case_id,
        Look.reason,
        Look.sealed_words,
    )
    newest = func.max(Look.id)
    which: list[ColumnElement[bool]] = [Look.case_id.in_(case_ids)]
    if person_id is not None:
        which.append(and_(Look.person_id == person_id, Look.case_id.is_(None)))
    query = (
        select(newest, *same, func.count(Look.at.distinct()), func.min(Look.at), func.max(Look.at))
        .where(or_(*which))
        .group_by(*same, single)
        .order_by(newest.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.having(newest < before)
    found = db.session.execute(query).all()
    names = names_of({row.looker_id for row in found})
    daykeys.read_keys(row.sealed_words for row in found)
    return [
        Entry(
            id=row[0], day=row[1], looker_id=row[2], looker=names.get(row[2]), role=row[3], kind=row[4], fields=row[5],
            standing=row[6], case_id=row[7], reason=row[8],
            words=daykeys.open_text("looks.sealed_words", row[9]), times=row[10], first_at=row[11],
            last_at=row[12],
        )
        for row in found
    ]  # fmt: skip


def names_of(person_ids: Collection[int]) -> dict[int, str]:
    """What people are called; those who are not known any more are left out."""
    return {
        row.id: row.name for row in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    }


def overseers_of(unit_path: str, at: datetime) -> list[Overseer]:
    """Everybody appointed in this unit or one above it who might have to know how its people look at things."""
    day = at.astimezone(clock.CHINA).date()
    found = db.session.execute(
        select(Appointment.person_id, Appointment.role, Unit.path)
        .join(Unit, Unit.id == Appointment.unit_id)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Unit.code.in_(unit_path.split(".")),
            Appointment.valid_from <= day,
            or_(Appointment.valid_to.is_(None), Appointment.valid_to > day),
            Appointment.role != Role.BUTLER,
            Person.disabled_at.is_(None),
        )
        .order_by(Appointment.id)
    )
    return [Overseer(row.person_id, Role(row.role), row.path) for row in found]
