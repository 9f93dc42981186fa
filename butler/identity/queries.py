"""Who is asking, who sits at a desk, who is on duty."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select

from butler.identity.models import Absence, Appointment, Person, SignIn
from butler.identity.permissions import Role
from butler.identity.rules import Face
from butler.identity.scope import Actor, Post
from butler.kit.clock import CHINA
from butler.kit.database import db
from butler.org.models import Unit
from butler.org.states import Level


def in_force(day: date) -> ColumnElement[bool]:
    """Appointments that hold on a day: from `valid_from` up to, but not on, `valid_to`."""
    return and_(Appointment.valid_from <= day, or_(Appointment.valid_to.is_(None), Appointment.valid_to > day))


def appointments_of(person: Person, at: datetime) -> list[Appointment]:
    """The posts a person holds now, oldest first."""
    query = select(Appointment).where(Appointment.person_id == person.id, in_force(_day(at)))
    return list(db.session.scalars(query.order_by(Appointment.valid_from, Appointment.id)))


def load_actor(person_id: int, at: datetime) -> Actor | None:
    """A person with the posts they hold at that time, in one query; None for the disabled and the unknown."""
    query = _with_posts(at, Person.id, Person.name).where(Person.id == person_id)
    return _actor(db.session.execute(query).all())


def find_sign_in(token_hash: str, face: Face, at: datetime) -> tuple[SignIn, Actor] | None:
    """The living sign-in of a token on this face and who it belongs to, in one query."""
    query = (
        _with_posts(at, Person.id, Person.name, SignIn)
        .join(SignIn, SignIn.person_id == Person.id)
        .where(
            SignIn.token_hash == token_hash,
            SignIn.face == face,
            SignIn.ended_at.is_(None),
            SignIn.expires_at > at,
        )
    )
    rows = db.session.execute(query).all()
    actor = _actor(rows)
    return None if actor is None else (rows[0].SignIn, actor)


def find_by_phone(phone: str) -> Person | None:
    """The person with this phone (eleven digits)."""
    return db.session.scalar(select(Person).where(Person.phone == phone))


def find_by_username(username: str) -> Person | None:
    """The member of staff with this user name, in any case."""
    return db.session.scalar(select(Person).where(Person.username == username.lower()))


def phone_of(person_id: int) -> str | None:
    """A person's phone, eleven digits."""
    return db.session.scalar(select(Person.phone).where(Person.id == person_id))


def members_of(desk_ids: Collection[int], at: datetime) -> dict[int, list[Person]]:
    """Everybody appointed to each desk now, present or not, the longest-serving first."""
    members: dict[int, list[Person]] = {desk_id: [] for desk_id in desk_ids}
    for desk_id, person, _ in _seats(desk_ids, at):
        if person not in members[desk_id]:
            members[desk_id].append(person)
    return members


def duty_of(desk_ids: Collection[int], at: datetime) -> dict[int, Person | None]:
    """The person to talk to at each desk now: appointed, not absent, the longest-serving; None when there is nobody."""
    duty: dict[int, Person | None] = dict.fromkeys(desk_ids)
    for desk_id, person, absent in _seats(desk_ids, at):
        if duty[desk_id] is None and not absent:
            duty[desk_id] = person
    return duty


def on_duty(desk_id: int, at: datetime) -> Person | None:
    """The person to talk to at one desk now, if anybody is there."""
    return duty_of([desk_id], at)[desk_id]


def _seats(desk_ids: Collection[int], at: datetime) -> Iterable[Any]:
    absent = exists().where(Absence.person_id == Person.id, Absence.starts_at <= at, Absence.ends_at > at)
    query = (
        select(Appointment.desk_id, Person, absent)
        .join(Person, Person.id == Appointment.person_id)
        .where(Appointment.desk_id.in_(desk_ids), in_force(_day(at)), Person.disabled_at.is_(None))
        .order_by(Appointment.valid_from, Appointment.id)
    )
    return db.session.execute(query)


def _with_posts(at: datetime, *columns: Any) -> Select[Any]:
    """A row for each post of each person (one with no post for those who have none); without the disabled."""
    post = (
        Appointment.role,
        Appointment.desk_id,
        Appointment.unit_id,
        Unit.path,
        Unit.level,
        Unit.name.label("unit"),
    )
    return (
        select(*columns, *post)
        .select_from(Person)
        .outerjoin(Appointment, and_(Appointment.person_id == Person.id, in_force(_day(at))))
        .outerjoin(Unit, Unit.id == Appointment.unit_id)
        .where(Person.disabled_at.is_(None))
        .order_by(Appointment.valid_from, Appointment.id)
    )


def _actor(rows: Iterable[Row[Any]]) -> Actor | None:
    rows = list(rows)
    if not rows:
        return None
    posts = tuple(
        Post(Role(row.role), row.desk_id, row.unit_id, row.path, Level(row.level), row.unit)
        for row in rows
        if row.role is not None
    )
    return Actor(rows[0].id, rows[0].name, posts)


def _day(at: datetime) -> date:
    return at.astimezone(CHINA).date()
