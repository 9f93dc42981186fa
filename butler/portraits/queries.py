"""Whose picture there is, and who may put one up."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import load_only

from butler.identity import queries as identity
from butler.identity import scope
from butler.identity.models import Appointment, Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict
from butler.portraits.models import Portrait
from butler.portraits.rules import Span, may_have


def portrait_of(person_id: int) -> Portrait | None:
    """The picture of somebody, looked at by the scanner or not."""
    return db.session.scalar(select(Portrait).where(Portrait.person_id == person_id))


def name_shown(person_id: int) -> str | None:
    """The name of the picture residents see of somebody; None when there is none."""
    shown = select(Portrait.name).where(Portrait.person_id == person_id, Portrait.checked_at.is_not(None))
    return db.session.scalar(shown)


def picture_named(name: str) -> bytes | None:
    """A picture residents see, by its name."""
    return db.session.scalar(select(Portrait.picture).where(Portrait.name == name, Portrait.checked_at.is_not(None)))


def butler_in_charge(actor: Actor, person_id: int) -> Person:
    """A butler whose post the actor gives, locked. Raises NotFound for everybody else, Conflict for who is none now."""
    person = identity.person_in_reach(actor, person_id)
    posts = [post for post in identity.posts_of(person) if scope.may_appoint(actor, Role(post.role), post.unit.path)]
    if not may_have(_spans(posts), disabled=person.disabled_at is not None, today=clock.today()):
        raise Conflict("只有现任的管家才放照片。请先任命，再放照片。")
    return person


def keeps(person_id: int) -> bool:
    """Whether somebody is still a butler residents are to recognise."""
    person = db.session.get_one(Person, person_id)
    posts = db.session.scalars(select(Appointment).where(Appointment.person_id == person_id)).all()
    return may_have(_spans(posts), disabled=person.disabled_at is not None, today=clock.today())


def over() -> Sequence[int]:
    """Ids of people whose picture is still there and who are no butlers any more, or shut out."""
    holds = (
        select(Appointment.id)
        .where(
            Appointment.person_id == Portrait.person_id,
            Appointment.role == Role.BUTLER,
            ~identity.ended(clock.today()),
        )
        .exists()
    )
    gone = select(Portrait.person_id).join(Person, Person.id == Portrait.person_id)
    return db.session.scalars(gone.where(or_(~holds, Person.disabled_at.is_not(None)))).all()


def waiting() -> Sequence[int]:
    """Ids of pictures that wait for the scanner, the oldest first."""
    return db.session.scalars(
        select(Portrait.id).where(Portrait.checked_at.is_(None)).order_by(Portrait.id).limit(20)
    ).all()


def shown_by(portrait: Portrait) -> Person:
    """Who put a picture up."""
    return db.session.scalars(
        select(Person).where(Person.id == portrait.shown_by_id).options(load_only(Person.name))
    ).one()


def _spans(posts: Sequence[Appointment]) -> list[Span]:
    return [(post.role, post.valid_to) for post in posts]
