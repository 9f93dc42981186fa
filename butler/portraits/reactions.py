"""Whoever loses their post is no longer shown."""

from butler.identity.events import PostLost
from butler.identity.models import Person
from butler.kit.database import db
from butler.portraits import actions, queries


def hide_who_left(event: PostLost) -> None:
    """Take the picture down in the same transaction, unless they remain a butler somewhere, or until a later day."""
    if not queries.keeps(event.person_id):
        by = db.session.get_one(Person, event.by_id)
        actions.take_down(db.session.get_one(Person, event.person_id), by=by, why="不再是管家")
