"""What has to leave the process is first a row, written by the same transaction as the deed.

After the commit RQ is woken for each new row; when Valkey is away the 5-second poller finds the rows. Delivery is at
least once: whoever delivers gets `dedupe_id` and passes it on to the provider.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from flask import current_app
from sqlalchemy import CheckConstraint, Index, Table, event, insert, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from butler.kit import clock
from butler.kit.database import Base, Id, db, unit_of_work
from butler.kit.sealing import Sealed

log = structlog.get_logger(__name__)

Delivery = Callable[[Mapping[str, Any], str], None]
"""Carries one message out: ``deliver(payload, dedupe_id)``. Raises when it did not work; may be called twice."""

# Six tries over about seven hours, then a person has to look at it (promises.md §3.4).
RETRY_AFTER = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)
CLAIM = timedelta(seconds=20)  # after which another tries what a killed process had begun: somebody waits for a code
_FRESH = "outbox_fresh"


class OutboxMessage(Base):
    """One thing to carry out of the process, and what became of it."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("sent_at IS NULL OR dead_at IS NULL", name="one_end"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        Index("ix_outbox_waiting", "due_at", postgresql_where="sent_at IS NULL AND dead_at IS NULL"),
        Index("ix_outbox_dead", "dead_at", postgresql_where="dead_at IS NOT NULL"),
    )

    id: Mapped[Id]
    topic: Mapped[str]
    dedupe_id: Mapped[str] = mapped_column(unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(Sealed("outbox.payload", json=True))  # phones, codes
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # of no use to anybody afterwards (a one-time code)
    last_error: Mapped[str | None]


_PUT = insert(cast(Table, OutboxMessage.__table__)).returning(OutboxMessage.id)


def put(
    topic: str,
    dedupe_id: str,
    payload: Mapping[str, Any],
    *,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Have `payload` delivered once this transaction has committed; not after `expires_at`, when it is given.

    `dedupe_id` names the message for ever; putting the same one twice is a bug and violates a constraint.
    """
    put_all(topic, {dedupe_id: payload}, due_at=due_at, expires_at=expires_at)


def put_all(
    topic: str,
    payloads: Mapping[str, Mapping[str, Any]],
    *,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> None:
    """`put` for many of one topic at once (dedupe id → payload), in one statement."""
    now = clock.now()
    due_at = due_at or now
    same = {"topic": topic, "created_at": now, "due_at": due_at, "expires_at": expires_at}
    rows = [{"dedupe_id": dedupe_id, "payload": dict(payload), **same} for dedupe_id, payload in payloads.items()]
    written = db.session.connection().execute(_PUT, rows).scalars().all()
    if due_at <= now:
        db.session.info.setdefault(_FRESH, []).extend(written)


def deliver(message_id: int) -> bool:
    """Deliver one message if it is due and nobody else is at it; tell whether it went out."""
    return _deliver_next(OutboxMessage.id == message_id) is True


def drain(*, limit: int = 100) -> int:
    """Deliver what is due, oldest first, and return how many were tried. Any number may drain at once."""
    tried = 0
    while tried < limit and _deliver_next() is not None:
        tried += 1
    return tried


def dead_letters(*, limit: int = 1000) -> Sequence[OutboxMessage]:
    """What could not be delivered and waits for a person, the oldest first."""
    return db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.dead_at.is_not(None)).order_by(OutboxMessage.dead_at).limit(limit)
    ).all()


def revive(message_id: int) -> None:
    """Try a dead letter again from the start."""
    message = db.session.get_one(OutboxMessage, message_id, with_for_update=True)
    message.dead_at, message.attempts, message.due_at = None, 0, clock.now()


def _deliver_next(*which: Any) -> bool | None:
    """Claim one due message, carry it out, note the result. None when there is none; three short transactions so that
    no row stays locked while a provider is slow."""
    with unit_of_work() as session:
        now = clock.now()
        message = session.scalar(
            select(OutboxMessage)
            .where(
                OutboxMessage.sent_at.is_(None),
                OutboxMessage.dead_at.is_(None),
                OutboxMessage.due_at <= now,
                or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= now),
                *which,
            )
            .order_by(OutboxMessage.due_at, OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if message is None:
            return None
        if message.expires_at is not None and message.expires_at <= now:
            message.dead_at, message.last_error, message.payload = now, "Expired", {}
            return False
        message.claimed_until = now + CLAIM
        message.attempts += 1
        message_id, topic = message.id, message.topic
        payload, dedupe_id, attempts = message.payload, message.dedupe_id, message.attempts
    deliveries: Mapping[str, Delivery] = current_app.extensions["deliveries"]
    try:
        deliveries[topic](payload, dedupe_id)
    except Exception as error:  # whatever a provider does must not stop the other messages
        _note_failure(message_id, attempts, error)
        return False
    with unit_of_work() as session:
        sent = session.get_one(OutboxMessage, message_id)
        sent.sent_at, sent.claimed_until, sent.last_error = clock.now(), None, None
        sent.payload = {}  # it has left: phone numbers and codes need not stay here
    return True


def _note_failure(message_id: int, attempts: int, error: Exception) -> None:
    with unit_of_work() as session:
        message = session.get_one(OutboxMessage, message_id)
        message.claimed_until = None
        message.last_error = type(error).__name__  # the text of an error may quote personal data
        if attempts > len(RETRY_AFTER):
            message.dead_at = clock.now()
        else:
            message.due_at = clock.now() + RETRY_AFTER[attempts - 1]
        log.warning("outbox.failed", message=message_id, attempts=attempts, error=message.last_error)


@event.listens_for(Session, "after_commit")
def _kick(session: Session) -> None:
    """Wake a worker for what this transaction put. Best effort: the poller makes up for a lost wake-up."""
    fresh = session.info.pop(_FRESH, None)
    if fresh:
        kick = current_app.extensions.get("kick")
        if kick is not None:
            kick(fresh)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_FRESH, None)
