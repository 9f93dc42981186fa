"""Making people known, giving them posts, taking both back."""

from datetime import date, datetime

from butler.identity.actions.hashing import hash_password
from butler.identity.actions.signing_in import end_sign_ins_of
from butler.identity.models import Absence, Appointment, Person, Residence
from butler.identity.permissions import ROLE_NAMES, Role
from butler.identity.rules import DESK_OF_ROLE
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid
from butler.org.models import Desk, Household, Unit


def add_resident(*, name: str, phone: str | None, household: Household | None = None, is_demo: bool = False) -> Person:
    """Make a resident known, for example at a butler's desk; a phone is not needed. With a door, they live there."""
    person = Person(name=name, phone=phone, is_demo=is_demo, created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    if household is not None:
        move_in(person=person, household=household, since=clock.today())
    return person


def add_staff_member(
    *, name: str, username: str, password: str, phone: str | None = None, is_demo: bool = False
) -> Person:
    """Give somebody a user name and a password. What they may do comes with `appoint`."""
    person = Person(
        name=name,
        username=username.lower(),
        password_hash=hash_password(password),
        phone=phone,
        is_demo=is_demo,
        created_at=clock.now(),
    )
    db.session.add(person)
    db.session.flush()
    return person


def move_in(*, person: Person, household: Household, since: date) -> Residence:
    """Note that a person lives behind a door from a day on."""
    residence = Residence(person_id=person.id, household_id=household.id, valid_from=since)
    db.session.add(residence)
    db.session.flush()
    return residence


def appoint(
    *, person: Person, role: Role, desk: Desk | None = None, unit: Unit | None = None, since: date | None = None
) -> Appointment:
    """Appoint somebody from a day on (today unless given): to a desk, or for roles without one to a unit.

    Raises Invalid when the role does not fit the place: a butler sits at a butler desk, a grid worker at a grid's,
    staff at the desk of a unit of their level.
    """
    kind = DESK_OF_ROLE.get(role)
    if role is Role.RESIDENT:
        raise Invalid.at("/role", "居民不需要任命。")
    if kind is not None and (desk is None or desk.kind != kind):
        raise Invalid.at("/desk_id", f"{ROLE_NAMES[role]}要安排到对应的岗位上，请换一个岗位。")
    if kind is None and (unit is None or desk is not None):
        raise Invalid.at("/unit_id", f"{ROLE_NAMES[role]}要安排到一个辖区，不占岗位。")
    place = desk.unit_id if desk is not None else unit.id if unit is not None else None
    appointment = Appointment(
        person_id=person.id,
        role=role,
        desk_id=desk.id if desk is not None else None,
        unit_id=place,
        valid_from=since or clock.today(),
    )
    db.session.add(appointment)
    db.session.flush()
    return appointment


def end_appointment(appointment: Appointment, *, on: date | None = None) -> None:
    """End a post; `on` is the first day it no longer holds (today unless given). Raises Conflict if it has ended."""
    if appointment.valid_to is not None:
        raise Conflict("这项任命已经结束，没有再改动。")
    appointment.valid_to = on or clock.today()
    db.session.flush()


def record_absence(*, person: Person, starts_at: datetime, ends_at: datetime) -> Absence:
    """Note when somebody is away; others on the desk stand in. Raises Invalid unless it starts before it ends."""
    if starts_at >= ends_at:
        raise Invalid.at("/ends_at", "结束时间要晚于开始时间。")
    absence = Absence(person_id=person.id, starts_at=starts_at, ends_at=ends_at)
    db.session.add(absence)
    db.session.flush()
    return absence


def disable(person: Person) -> None:
    """Shut somebody out now: every sign-in ends, and no new one is possible."""
    person.disabled_at = clock.now()
    end_sign_ins_of(person)
    db.session.flush()
