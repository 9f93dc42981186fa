"""Invariants of notices: whatever somebody is to be told is on its way or has arrived."""

from collections.abc import Iterator

from sqlalchemy import exists, select

from butler.kit.database import db
from butler.kit.outbox import OutboxMessage
from butler.notifications.models import Notice


def violations() -> Iterator[str]:
    """Notices without an outbox row: nobody would ever carry them."""
    carried = exists().where(OutboxMessage.dedupe_id == Notice.dedupe_id)
    for dedupe_id in db.session.scalars(select(Notice.dedupe_id).where(~carried)):
        yield f"notice {dedupe_id}: nothing carries it"
