"""A butler stands before a resident: whom they have before them, as far as we know, before anything is noted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from butler.cases.actions.searching import check_often
from butler.identity import queries as identity
from butler.identity.actions.verifying import check_may_verify, doors_of
from butler.identity.models import Person
from butler.identity.scope import Actor
from butler.kit import clock
from butler.looks.actions import Seen, record_looks
from butler.looks.queries import has_searched
from butler.looks.states import FieldClass, LookKind, SearchBy

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Met:
    """What is known of whoever has this telephone; nothing of somebody new."""

    phone: str
    name: str | None
    doors: tuple[str, ...]
    verified_at: datetime | None


def meet(actor: Actor, phone: str) -> Met:
    """Whom a butler has before them, by the telephone they say is theirs. Written down like every search for a person.

    Raises NotAllowed for people who live where somebody else is butler, for staff and for oneself; SearchedTooOften.
    """
    check_often(actor, SearchBy.PHONE)
    person = identity.find_by_phone(phone)
    record_looks(
        actor,
        LookKind.SEARCH,
        [Seen(person.id if person is not None and person.username is None else None, None)],
        fields=() if person is None else (FieldClass.OUTLINE,),
        reason=SearchBy.PHONE.value,
    )
    if person is None:
        return Met(phone, None, (), None)
    check_may_verify(person, actor)
    return _met(person, phone)


def met_before(actor: Actor, phone: str) -> Met:
    """The same once more within the hour, when a form comes back with a mistake: the line that was written when they met
    says it all. Nothing of whom they have not met."""
    person = identity.find_by_phone(phone)
    lately = clock.now() - AN_HOUR
    if person is None or not has_searched(actor.person_id, person.id, SearchBy.PHONE, since=lately):
        return Met(phone, None, (), None)
    check_may_verify(person, actor)
    return _met(person, phone)


def _met(person: Person, phone: str) -> Met:
    return Met(phone, person.name, tuple(doors_of(person)), person.verified_at)
