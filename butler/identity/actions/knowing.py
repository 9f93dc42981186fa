"""Devices from which somebody has signed in before.

Whoever guesses at a name slows down the network they guess from. A person in the same network (an office, a mobile
operator's) would be slowed down with them, but not on a device they have signed in with: its tries are counted apart
(OWASP, “device cookies”). A stolen device still gets no more tries than any network.
"""

from sqlalchemy import delete, select

from butler.identity.models import KnownDevice, Person
from butler.identity.rules import DEVICE_KNOWN_FOR, DEVICES_KNOWN
from butler.kit import clock
from butler.kit.database import db
from butler.kit.numbers import fingerprint, new_secret


def find_device(username: str, token: str | None) -> KnownDevice | None:
    """The device behind a token, if this user has signed in from it lately."""
    if not token:
        return None
    return db.session.scalar(
        select(KnownDevice)
        .join(Person, Person.id == KnownDevice.person_id)
        .where(
            KnownDevice.token_hash == fingerprint(token),
            KnownDevice.seen_at > clock.now() - DEVICE_KNOWN_FOR,
            Person.username == username.lower(),
        )
    )


def know_device(person: Person, token: str | None) -> str:
    """Remember the device somebody has just signed in from; returns the token it carries from now on."""
    now = clock.now()
    known = find_device(person.username or "", token)
    if known is not None and token is not None:
        known.seen_at = now
        db.session.flush()
        return token
    fresh = new_secret()
    db.session.add(KnownDevice(person_id=person.id, token_hash=fingerprint(fresh), created_at=now, seen_at=now))
    db.session.flush()
    latest = (
        select(KnownDevice.id)
        .where(KnownDevice.person_id == person.id)
        .order_by(KnownDevice.seen_at.desc(), KnownDevice.id.desc())
        .limit(DEVICES_KNOWN)
    )
    db.session.execute(delete(KnownDevice).where(KnownDevice.person_id == person.id, KnownDevice.id.not_in(latest)))
    return fresh


def forget_devices(person: Person) -> None:
    """Know none of somebody's devices any more: the password was changed, or the person shut out."""
    db.session.execute(delete(KnownDevice).where(KnownDevice.person_id == person.id))
