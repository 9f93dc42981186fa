"""Questions about staff: whom one looks after, which links are open, what was done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import joinedload

from butler.identity import scope
from butler.identity.models import Appointment, Invitation, Person, StaffDeed
from butler.identity.permissions import ROLE_NAMES, Role
from butler.identity.queries.people import ended
from butler.identity.rules import DESK_OF_ROLE
from butler.identity.scope import Actor
from butler.kit import clock, daykeys
from butler.kit.database import db
from butler.kit.errors import Gone, Invalid, NotAllowed, NotFound
from butler.kit.numbers import fingerprint
from butler.kit.paging import Page, fetch_page
from butler.org import queries as org
from butler.org.models import Desk, Unit
from butler.org.states import DeskKind, Level

GONE = "这个链接已经用过、收回或过期了。请找发给您链接的人再要一个。"
_LEVEL_OF_ROLE = {role: Level(kind) for role, kind in DESK_OF_ROLE.items() if kind is not DeskKind.BUTLER}


def staff_in_reach(actor: Actor) -> Select[Person]:
    """Everybody who has or had a post the actor gives, the actor aside; page them by id."""
    theirs = (
        exists()
        .where(Appointment.person_id == Person.id, Unit.id == Appointment.unit_id, scope.in_charge(Appointment, actor))
        .correlate(Person)
    )
    return select(Person).where(Person.username.is_not(None), Person.id != actor.person_id, theirs)


def person_in_reach(actor: Actor, person_id: int) -> Person:
    """One of `staff_in_reach`, locked. Raises NotFound."""
    person = db.session.scalar(staff_in_reach(actor).where(Person.id == person_id).with_for_update(of=Person))
    if person is None:
        raise NotFound("没有找到这个人，请核对后再试。")
    return person


def person_in_charge(actor: Actor, person_id: int) -> Person:
    """One of `staff_in_reach`, whose every present post is one the actor gives.

    Raises NotFound, and NotAllowed when somebody else has given the person another post: a property lead does not get
    into the account of a butler who is also an official.
    """
    person = person_in_reach(actor, person_id)
    posts = db.session.execute(
        select(Appointment.role, Unit.path)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(Appointment.person_id == person.id, ~ended(clock.today()))
    )
    if not all(scope.may_appoint(actor, Role(role), path) for role, path in posts):
        raise NotAllowed("这个人还有别的岗位，不由您管理。请联系系统管理员来办。")
    return person


def posts_of(person: Person) -> list[Appointment]:
    """Every post somebody has, had or will have, the latest first, each with its unit and desk."""
    return list(
        db.session.scalars(
            select(Appointment)
            .where(Appointment.person_id == person.id)
            .order_by(Appointment.valid_to.desc().nulls_first(), Appointment.valid_from.desc(), Appointment.id.desc())
            .options(joinedload(Appointment.unit), joinedload(Appointment.desk))
        )
    )


def appointment_in_reach(actor: Actor, appointment_id: int) -> Appointment:
    """A post that holds or is to come and that the actor gives, locked. Raises NotFound."""
    appointment = db.session.scalar(
        select(Appointment)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(
            Appointment.id == appointment_id,
            Appointment.person_id != actor.person_id,
            scope.in_charge(Appointment, actor),
        )
        .options(joinedload(Appointment.person))
        .with_for_update(of=Appointment)
    )
    if appointment is None:
        raise NotFound("没有找到这项任命，请核对后再试。")
    return appointment


def place_for(actor: Actor, role: Role, *, desk_id: int | None, unit_code: str | None) -> Desk | Unit:
    """Where somebody is to be appointed: the desk a role sits at, or the unit of a role without one.

    A butler's desk is named by its id; everybody else's place by the code of the unit. Raises Invalid for a place that
    does not fit, NotFound for one out of reach, NotAllowed for a role above the actor's own.
    """
    if role not in scope.appointable_by(actor):
        raise NotAllowed(f"您不能任命{ROLE_NAMES[role]}。请联系系统管理员来办。")
    if role is Role.BUTLER:
        if desk_id is None or unit_code is not None:
            raise Invalid.at("/desk_id", "管家要安排到一个管家服务台，请选一个。")
        desk = db.session.scalar(
            select(Desk).where(Desk.id == desk_id, Desk.kind == DeskKind.BUTLER).options(joinedload(Desk.unit))
        )
        if desk is None or not scope.may_appoint(actor, role, desk.unit.path):
            raise NotFound("没有找到这个服务台，请核对后再试。")
        return desk
    if unit_code is None or desk_id is not None:
        raise Invalid.at("/unit_code", f"请写明{ROLE_NAMES[role]}在哪个辖区。")
    unit = org.unit_by_code(unit_code)
    if not scope.may_appoint(actor, role, unit.path):
        raise NotFound("没有这个编码的地方，请核对后再试。")
    level = _LEVEL_OF_ROLE.get(role)
    if level is None:
        return unit
    if unit.level != level:
        raise Invalid.at("/unit_code", f"{ROLE_NAMES[role]}要安排到对应级别的辖区，请换一个。")
    return org.desk_of(unit)


def units_below(unit: Unit) -> list[Unit]:
    """The units right under one, to choose from."""
    return list(db.session.scalars(org.children_of(unit).order_by(Unit.code).limit(200)))


def butler_desks_below(unit: Unit) -> list[Desk]:
    """The butler desks in a unit and below it, to choose from."""
    return list(
        db.session.scalars(
            select(Desk)
            .join(Desk.unit)
            .where(Desk.kind == DeskKind.BUTLER, scope.below(Unit.path, [unit.path]))
            .order_by(Unit.code, Desk.id)
            .limit(200)
        )
    )


def open_invitations(actor: Actor, at: datetime) -> list[Invitation]:
    """Links to join that still work and that the actor could have sent, the newest first."""
    return list(
        db.session.scalars(
            select(Invitation)
            .join(Unit, Unit.id == Invitation.unit_id)
            .where(
                Invitation.used_at.is_(None),
                Invitation.revoked_at.is_(None),
                Invitation.expires_at > at,
                scope.in_charge(Invitation, actor),
            )
            .order_by(Invitation.id.desc())
            .options(joinedload(Invitation.unit), joinedload(Invitation.desk))
            .limit(200)
        )
    )


def invitation_in_reach(actor: Actor, invitation_id: int) -> Invitation:
    """A link to join that the actor could have sent, locked. Raises NotFound."""
    invitation = db.session.scalar(
        select(Invitation)
        .join(Unit, Unit.id == Invitation.unit_id)
        .where(Invitation.id == invitation_id, scope.in_charge(Invitation, actor))
        .with_for_update(of=Invitation)
    )
    if invitation is None:
        raise NotFound("没有找到这个邀请，请核对后再试。")
    return invitation


def invitation_of(token: str, at: datetime, *, lock: bool = False) -> Invitation:
    """The link behind a token. Raises NotFound for one we never made and Gone when it works no more."""
    query = (
        select(Invitation)
        .where(Invitation.token_hash == fingerprint(token))
        .options(joinedload(Invitation.unit), joinedload(Invitation.desk), joinedload(Invitation.person))
    )
    invitation = db.session.scalar(query.with_for_update(of=Invitation) if lock else query)
    if invitation is None:
        raise NotFound("没有这个链接。请核对地址，或找发给您链接的人再要一个。")
    if invitation.used_at is not None or invitation.revoked_at is not None or invitation.expires_at <= at:
        raise Gone(GONE)
    return invitation


def _deeds_of(person_id: int) -> Select[StaffDeed]:
    """What was done to somebody; page it by id, newest first."""
    return (
        select(StaffDeed)
        .where(StaffDeed.person_id == person_id)
        .options(joinedload(StaffDeed.by), joinedload(StaffDeed.unit))
    )


def page_of_staff(actor: Actor, cursor: str | None) -> Page[Person]:
    """Some of those one is in charge of, by id."""
    return fetch_page(
        staff_in_reach(actor),
        keys=[Person.id],
        values=lambda person: [person.id],
        parse=_read_id,
        cursor=cursor,
    )


def page_of_deeds(person: Person, cursor: str | None) -> Page[StaffDeed]:
    """Some lines about somebody, the newest first."""
    page = fetch_page(
        _deeds_of(person.id),
        keys=[StaffDeed.id],
        values=lambda line: [line.id],
        parse=_read_id,
        cursor=cursor,
        newest_first=True,
    )
    daykeys.read_keys(line.sealed_why for line in page.items)
    return page


def _read_id(values: Sequence[Any]) -> list[int]:
    (seen,) = values
    if type(seen) is not int or not 0 < seen < 2**63:
        raise ValueError("not an id")
    return [seen]
