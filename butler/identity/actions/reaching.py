"""How somebody wants to be reached."""

from butler.identity.models import Person
from butler.identity.scope import Actor
from butler.kit.database import db


def say_how_to_reach(actor: Actor, *, no_calls: bool, no_texts: bool, reach: str) -> None:
    """Say of oneself: no calls, no texts, and a safe time or way. Codes to sign in are still sent, to whoever asks for
    one with this number; everything else obeys."""
    person = db.session.get_one(Person, actor.person_id)
    person.no_calls, person.no_texts, person.reach = no_calls, no_texts, reach or None
    db.session.flush()
