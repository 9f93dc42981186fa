"""Scans are counted in the memory of the process and written down every half minute: reading a card waits for nothing.

Nothing is known but the card, the day, the hour and how often. A process that is killed loses half a minute, and a card
read again by a program within a second is not counted again (`web.stored`): enough to see what stands out, no more.
"""

from collections.abc import Mapping
from datetime import date, datetime
from threading import Event, Lock, Thread

import structlog
from flask import Flask, current_app, request
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from butler.cards import queries
from butler.cards.models import Card, CardScans
from butler.cards.tokens import is_token
from butler.kit import clock
from butler.kit.clock import CHINA
from butler.kit.database import db, unit_of_work
from butler.kit.errors import Gone, NotFound

log = structlog.get_logger(__name__)

EVERY = 30.0  # seconds
Key = tuple[date, int | None, int]
"""Day, card (None: a code we never issued), hour."""


class Scans:
    """What this process has counted and not yet written down."""

    def __init__(self) -> None:
        self.counts: dict[Key, int] = {}
        self.lock = Lock()

    def note(self, card_id: int | None, at: datetime, times: int = 1) -> None:
        """One more."""
        here = at.astimezone(CHINA)
        self.add({(here.date(), card_id, here.hour): times})

    def add(self, counts: Mapping[Key, int]) -> None:
        """Some more."""
        with self.lock:
            for key, times in counts.items():
                self.counts[key] = self.counts.get(key, 0) + times

    def take(self) -> dict[Key, int]:
        """Everything, which is no longer here."""
        with self.lock:
            taken, self.counts = self.counts, {}
        return taken


def install(app: Flask) -> None:
    """Have this process count."""
    app.extensions["scans"] = Scans()


def scan(token: str) -> Card:
    """`queries.card_by_token` for somebody who scans it: counted, also a card out of use (Gone), and a code in the form
    of ours that is none (NotFound). What a program merely asks for the head of is not."""
    card_id: int | None = None
    try:
        card = queries.card_by_token(token)
        card_id = card.id
    except Gone:
        gone = queries.card_reported(token)
        card_id = gone.id if gone else None
        raise
    except NotFound:
        if not is_token(token.upper()):
            card_id = -1  # no code at all: somebody tries addresses
        raise
    finally:
        if card_id != -1 and request.method == "GET":
            current_app.extensions["scans"].note(card_id, clock.now())
    return card


def write_down() -> int:
    """Add what was counted to the table; returns how many rows. What cannot be written is kept for the next time."""
    scans: Scans = current_app.extensions["scans"]
    taken = scans.take()
    if not taken:
        return 0
    rows = [
        {"day": day, "card_id": card, "hour": hour, "scans": times}
        for (day, card, hour), times in sorted(taken.items(), key=lambda one: (one[0][0], one[0][1] or 0, one[0][2]))
    ]
    adding = insert(CardScans)
    adding = adding.on_conflict_do_update(
        index_elements=["day", "card_id", "hour"], set_={"scans": CardScans.scans + adding.excluded.scans}
    )
    try:
        with unit_of_work():
            db.session.execute(adding, rows)
    except SQLAlchemyError:
        scans.add(taken)
        raise
    return len(rows)


def watch(app: Flask) -> None:
    """Have a thread of this process write down, for as long as the process lives."""
    Thread(target=_watch, args=(app, Event()), name="scans", daemon=True).start()


def _watch(app: Flask, stopping: Event) -> None:
    while not stopping.wait(EVERY):
        with app.app_context():
            try:
                write_down()
            except SQLAlchemyError as error:
                log.warning("scans.database_away", error=type(error).__name__)
