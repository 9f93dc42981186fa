"""A picture goes up, and comes down for good. Each time a line is written in the record of the person."""

from flask import current_app
from sqlalchemy import delete

from butler.files.examining import draw_portrait
from butler.identity.actions.recording import record
from butler.identity.models import Person
from butler.identity.scope import Actor
from butler.identity.states import Deed
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Invalid
from butler.kit.files import new_name
from butler.portraits import queries
from butler.portraits.models import Portrait
from butler.portraits.rules import VERSION


def show_portrait(actor: Actor, person_id: int, data: bytes, *, agreed: bool) -> Portrait:
    """Put up the picture of a butler in the place of the one before, if there was one.

    `agreed`: the actor says that the person has agreed to `rules.WORDS`. Raises NotFound, Conflict (no butler now),
    Invalid (``/agreed``; ``/file`` for what is no picture we take).
    """
    queries.butler_in_charge(actor, person_id)
    if not agreed:
        raise Invalid.at("/agreed", "请先把上面的话念给本人听，本人同意了再放照片。", code="required")
    drawn = draw_portrait(data)
    person, now = queries.butler_in_charge(actor, person_id), clock.now()
    _delete(person.id)
    portrait = Portrait(
        person_id=person.id,
        name=new_name(),
        picture=drawn.data,
        width=drawn.width,
        height=drawn.height,
        agreed_to=VERSION,
        shown_by_id=actor.person_id,
        shown_at=now,
        checked_at=None if current_app.extensions["settings"].scan_command else now,
    )
    db.session.add(portrait)
    record(Deed.PHOTO_SHOWN, by=actor, person=person, why=f"本人同意（{VERSION}）")
    return portrait


def take_down(person: Person, *, by: Actor | Person | None, why: str = "") -> bool:
    """Take the picture of somebody away; tells whether there was one. `by` is None for what happens by itself."""
    if not _delete(person.id):
        return False
    record(Deed.PHOTO_TAKEN_DOWN, by=by, person=person, why=why)
    return True


def _delete(person_id: int) -> bool:
    """The row is the picture: afterwards there is nothing to open."""
    gone = db.session.scalars(delete(Portrait).where(Portrait.person_id == person_id).returning(Portrait.id)).all()
    return bool(gone)
