"""Up is an event: a package says what happened, `wiring.py` says who listens.

Synchronous and inside the caller's transaction: what happened and what follows from it commit together or not at all.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import current_app

Reaction = Callable[[Any], None]
Reactions = Mapping[type, Sequence[Reaction]]


def publish(event: object) -> None:
    """Tell every listener of this kind of event, in the order of the wiring. A listener that raises undoes the deed."""
    reactions: Reactions = current_app.extensions["reactions"]
    for react in reactions.get(type(event), ()):
        react(event)
