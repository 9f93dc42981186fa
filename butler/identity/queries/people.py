"""Who is asking, who sits at a desk, who is on duty."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Row, Select, and_, any_, bindparam, exists, not_, or_, select
from sqlalchemy.orm import contains_eager, load_only

from butler.identity.models import Absence, Appointment, Person, SignIn
from butler.identity.permissions import Role
from butler.identity.rules import Face
from butler.identity.scope import Actor, Post
from butler.kit import clock
from butler.kit.clock import CHINA
from butler.kit.database import db
from butler.org import queries as org_queries
from butler.org.models import Desk, Unit
from butler.org.states import Level


def in_force(day: Any) -> ColumnElement[bool]:
    """Appointments that hold on a day: from `valid_from` up to, but not on, `valid_to`."""
    return and_(Appointment.valid_from <= day, or_(Appointment.valid_to.is_(None), Appointment.valid_to > day))


def ended(day: Any) -> ColumnElement[bool]:
    """Appointments that are over by a day. The others hold, or are still to come."""
    return and_(Appointment.valid_to.is_not(None), Appointment.valid_to <= day)


def appointments_of(person: Person, at: datetime) -> list[Appointment]:
    """The posts a person holds now, oldest first."""
    query = select(Appointment).where(Appointment.person_id == person.id, in_force(_day(at)))
    return list(db.session.scalars(query.order_by(Appointment.valid_from, Appointment.id)))


def load_actor(person_id: int, at: datetime) -> Actor | None:
    """A person with the posts they hold at that time, in one query; None for the disabled and the unknown."""
    return _actor(db.session.execute(_actor_query(), {"person": person_id, "day": _day(at)}).all())


def find_sign_in(token_hash: str, face: Face, at: datetime) -> tuple[SignIn, Actor] | None:
    """The living sign-in of a token on this face, with its person, and who that is at work, in one query."""
    rows = db.session.execute(_sign_in_query(), {"token": token_hash, "face": face, "at": at, "day": _day(at)}).all()
    actor = _actor(rows)
    return None if actor is None else (rows[0].SignIn, actor)


def find_renewed_sign_in(token_hash: str, face: Face, at: datetime) -> tuple[SignIn, Actor] | None:
    """`find_sign_in` by the token before the last one, for the minute in which it still works."""
    newer = db.session.scalar(
        select(SignIn.token_hash).where(SignIn.previous_hash == token_hash, SignIn.previous_until > at)
    )
    return None if newer is None else find_sign_in(newer, face, at)


def find_by_phone(phone: str) -> Person | None:
    """The person with this phone (eleven digits)."""
    return db.session.scalar(select(Person).where(Person.has_phone(phone)))


def person_of(actor: Actor) -> Person:
    """The row of whoever is asking."""
    return db.session.get_one(Person, actor.person_id)


def find_by_username(username: str) -> Person | None:
    """The member of staff with this user name, in any case."""
    return db.session.scalar(select(Person).where(Person.username == username.lower()))


def phone_of(person_id: int) -> str | None:
    """A person's phone, eleven digits."""
    return db.session.scalar(select(Person.phone).where(Person.id == person_id))


def has_wechat(person_id: int) -> bool:
    """Whether somebody has signed in by WeChat."""
    bound = select(Person.id).where(Person.id == person_id, Person.wechat_openid.is_not(None))
    return db.session.scalar(bound) is not None


def administrators_of(unit: Unit) -> list[int]:
    """The ids of those who administer a unit now, or one above it, and can sign in."""
    return list(
        db.session.scalars(
            select(Person.id)
            .join(Appointment, Appointment.person_id == Person.id)
            .join(Unit, Unit.id == Appointment.unit_id)
            .where(
                Appointment.role == Role.ADMINISTRATOR,
                Unit.code.in_(unit.path.split(".")),
                ~ended(clock.today()),
                Person.disabled_at.is_(None),
            )
        )
    )


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


def desks_on_way(path: str, own: Desk | None, at: datetime) -> list[tuple[Desk, bool]]:
    """The desks of the units of a path from the district down, and the butlers' own one; at each whether anybody is on
    duty. One query."""
    which = org_queries.of_way(path, own)
    return [tuple(row) for row in db.session.execute(_on_way_query(), which | _when((), at))]


def manned(desk_ids: Collection[int], at: datetime) -> set[int]:
    """Those of the desks at which anybody is on duty now."""
    seats = db.session.connection().execute(_manned_query(), _when(desk_ids, at))
    return {desk_id for desk_id, absent in seats if not absent}


def member_ids(desk_id: int, at: datetime) -> list[int]:
    """The ids of `members_of` one desk."""
    seats = db.session.connection().execute(_member_ids_query(), _when([desk_id], at))
    return list(dict.fromkeys(seats.scalars()))


def on_duty(desk_id: int, at: datetime) -> Person | None:
    """The person to talk to at one desk now, if anybody is there."""
    return duty_of([desk_id], at)[desk_id]


def _seats(desk_ids: Collection[int], at: datetime) -> Iterable[Any]:
    return db.session.execute(_seats_query(), _when(desk_ids, at))


def _when(desk_ids: Collection[int], at: datetime) -> dict[str, Any]:
    return {"desks": list(desk_ids), "at": at, "day": _day(at)}


# Every request asks some of these. Putting a query together costs several times as much as sending it: once is enough.


@cache
def _actor_query() -> Select[Any]:
    return _with_posts(Person.id, Person.name).where(Person.id == bindparam("person"))


@cache
def _sign_in_query() -> Select[Any]:
    return (
        _with_posts(Person.id, Person.name, SignIn)
        .join(SignIn, SignIn.person_id == Person.id)
        .where(
            SignIn.token_hash == bindparam("token"),
            SignIn.face == bindparam("face"),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > bindparam("at"),
        )
        .options(
            load_only(SignIn.person_id, SignIn.seen_at, SignIn.proved_at, SignIn.renewed_at),
            contains_eager(SignIn.person).load_only(
                Person.name,
                Person.phone,
                Person.username,
                Person.is_demo,
                Person.created_at,
                Person.password_set_at,
                Person.second_factor_at,
                *(Person.no_calls, Person.no_texts, Person.reach),  # for the answer, when they ask for something
            ),
        )
    )


@cache
def _seats_query() -> Select[Any]:
    return _seats_of(Appointment.desk_id, Person, _absent())


@cache
def _on_way_query() -> Select[Any]:
    seat = and_(Appointment.desk_id == Desk.id, Person.id == Appointment.person_id, in_force(bindparam("day")))
    on_duty = exists().where(seat, Person.disabled_at.is_(None), not_(_absent()))
    return org_queries.desks_on_way().add_columns(on_duty.correlate(Desk))


@cache
def _manned_query() -> Select[Any]:
    return _seats_of(Appointment.desk_id, _absent())


@cache
def _member_ids_query() -> Select[Any]:
    return _seats_of(Person.id)


def _absent() -> ColumnElement[bool]:
    at: ColumnElement[Any] = bindparam("at")
    return exists().where(Absence.person_id == Person.id, Absence.starts_at <= at, Absence.ends_at > at)


def _seats_of(*columns: Any) -> Select[Any]:
    """A row for each appointment to the desks, the longest-serving first."""
    return (
        select(*columns)
        .select_from(Appointment)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Appointment.desk_id == any_(bindparam("desks", type_=ARRAY(BigInteger))),
            in_force(bindparam("day")),
            Person.disabled_at.is_(None),
        )
        .order_by(Appointment.valid_from, Appointment.id)
    )


def _with_posts(*columns: Any) -> Select[Any]:
    """A row for each post of each person on `day` (one with no post for those who have none); without the disabled."""
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
        .outerjoin(Appointment, and_(Appointment.person_id == Person.id, in_force(bindparam("day"))))
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
