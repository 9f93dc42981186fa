"""The record of what was done to staff: who, whom, what, when, why. It only grows."""

from butler.identity.models import Invitation, Person, StaffDeed
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.identity.states import Deed
from butler.kit import clock, daykeys
from butler.kit.database import db


def record(
    deed: Deed,
    *,
    by: Actor | Person | None,
    person: Person | None = None,
    invitation: Invitation | None = None,
    role: Role | str | None = None,
    desk_id: int | None = None,
    unit_id: int | None = None,
    why: str = "",
) -> StaffDeed:
    """Write one line. `by` is None for the command line; `why` is what whoever did it says."""
    line = StaffDeed(
        at=clock.now(),
        by_id=by.person_id if isinstance(by, Actor) else by.id if by is not None else None,
        person_id=person.id if person is not None else None,
        invitation_id=invitation.id if invitation is not None else None,
        deed=deed,
        role=role,
        desk_id=desk_id,
        unit_id=unit_id,
        sealed_why=daykeys.seal("staff_deeds.sealed_why", why),
    )
    db.session.add(line)
    db.session.flush()
    return line
