"""What whoever is in charge of staff does: give posts and take them back, shut out and let in, end sign-ins.

Each deed leaves a line in the record, and holds from the person's next request on.
"""

from datetime import date

from butler.identity.actions.appointing import appoint, disable, end_appointment
from butler.identity.actions.factors import remove_factor
from butler.identity.actions.knowing import forget_devices
from butler.identity.actions.recording import record
from butler.identity.actions.signing_in import end_sign_ins_of
from butler.identity.events import PostLost
from butler.identity.models import Appointment, Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.identity.states import Deed
from butler.kit.database import db
from butler.kit.errors import Conflict
from butler.kit.events import publish
from butler.org.models import Desk, Unit


def give_post(
    person: Person, *, by: Actor, role: Role, place: Desk | Unit, since: date | None = None, why: str
) -> Appointment:
    """Appoint somebody at a place (`queries.place_for`) from a day on (today unless given). Raises Conflict, Invalid."""
    if person.disabled_at is not None:
        raise Conflict("这个人已停用。请先恢复使用，再任命。")
    desk = place if isinstance(place, Desk) else None
    appointment = appoint(
        person=person, role=role, desk=desk, unit=place if isinstance(place, Unit) else None, since=since
    )
    _record(Deed.APPOINTED, by, person, appointment, why)
    return appointment


def take_post(appointment: Appointment, *, by: Actor, person: Person, on: date | None = None, why: str) -> None:
    """End a post; `on` is the first day it no longer holds (today unless given). Raises Conflict if it has ended."""
    _end(appointment, by, person, why, on=on)
    publish(PostLost(person_id=person.id, by_id=by.person_id))


def move_post(appointment: Appointment, *, by: Actor, person: Person, place: Desk | Unit, why: str) -> Appointment:
    """Have somebody do the same at another place, from today on: one post ends, the other begins."""
    _end(appointment, by, person, why)
    return give_post(person, by=by, role=Role(appointment.role), place=place, why=why)


def shut_out(person: Person, *, by: Actor, why: str) -> None:
    """Disable somebody: every sign-in ends now and no new one is possible. Raises Conflict when they are already."""
    if person.disabled_at is not None:
        raise Conflict("这个人已经停用了，没有再改动。")
    disable(person)
    forget_devices(person)
    record(Deed.DISABLED, by=by, person=person, why=why)
    publish(PostLost(person_id=person.id, by_id=by.person_id))


def let_in(person: Person, *, by: Actor, why: str) -> None:
    """Let somebody in again who was shut out, with what posts they still have. Raises Conflict."""
    if person.disabled_at is None:
        raise Conflict("这个人没有停用，没有改动。")
    person.disabled_at = None
    record(Deed.ENABLED, by=by, person=person, why=why)


def sign_out_everywhere(person: Person, *, by: Actor, why: str) -> None:
    """End every sign-in of somebody: a lost phone, a laptop left open (promises.md T25)."""
    end_sign_ins_of(person)
    forget_devices(person)
    db.session.flush()
    record(Deed.SIGN_INS_ENDED, by=by, person=person, why=why)


def take_factor(person: Person, *, by: Actor, why: str) -> None:
    """Take away the second factor of somebody who has lost phone and paper; every sign-in ends. Raises Conflict."""
    remove_factor(person, by=by, why=why)
    end_sign_ins_of(person)
    forget_devices(person)
    db.session.flush()


def _end(appointment: Appointment, by: Actor, person: Person, why: str, *, on: date | None = None) -> None:
    end_appointment(appointment, on=on)
    _record(Deed.POST_ENDED, by, person, appointment, why)


def _record(deed: Deed, by: Actor, person: Person, appointment: Appointment, why: str) -> None:
    record(
        deed,
        by=by,
        person=person,
        role=appointment.role,
        desk_id=appointment.desk_id,
        unit_id=appointment.unit_id,
        why=why,
    )
