"""Sealing days and sending their heads, every night."""

from flask import current_app

from butler.kit.database import unit_of_work
from butler.ledger import actions


def seal_days() -> int:
    """Seal every day that is over, each in a transaction of its own, and have the heads sent; how many. Each day once,
    however many call this. What a second party has not confirmed is tried again with every new day."""
    done = 0
    while _seal_one():
        done += 1
    return done


def _seal_one() -> bool:
    with unit_of_work():
        sealed = actions.seal_next()
        if sealed is not None:
            actions.queue_unsent(current_app.extensions["settings"])
        return sealed is not None
