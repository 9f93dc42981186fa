"""What must leave the process leaves it, whatever fails on the way."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from butler.kit import clock, jobs, outbox
from butler.kit.database import ButlerFlask, db
from butler.kit.outbox import OutboxMessage

Clock = Callable[[str], None]


class Provider:
    """Records what it was given; fails as often as it is told to."""

    def __init__(self) -> None:
        self.given: list[tuple[Mapping[str, Any], str]] = []
        self.failures = 0

    def __call__(self, payload: Mapping[str, Any], dedupe_id: str) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("13800000000 is unreachable")
        self.given.append((payload, dedupe_id))


@pytest.fixture
def provider(app: ButlerFlask, session: object, monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider()
    monkeypatch.setitem(app.extensions, "deliveries", {"test": provider})
    return provider


def only_message() -> OutboxMessage:
    return db.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "test")).one()


def test_a_message_is_delivered_once_and_its_content_forgotten(provider: Provider, at: Clock) -> None:
    at("2026-11-23 09:00")
    outbox.put("test", "m-1", {"phone": "10000000001"})
    db.session.commit()

    assert outbox.drain() == 1
    assert outbox.drain() == 0

    assert provider.given == [({"phone": "10000000001"}, "m-1")]
    message = only_message()
    assert (message.sent_at, message.payload, message.attempts) == (clock.now(), {}, 1)


def test_the_same_message_cannot_be_put_twice(provider: Provider) -> None:
    outbox.put("test", "m-1", {})

    with pytest.raises(IntegrityError, match="uq_outbox_dedupe_id"):
        outbox.put("test", "m-1", {})


def test_a_failure_is_tried_again_later_and_says_nothing_personal(provider: Provider, at: Clock) -> None:
    at("2026-11-23 09:00")
    provider.failures = 1
    outbox.put("test", "m-1", {"phone": "10000000001"})
    db.session.commit()

    outbox.drain()
    message = only_message()
    assert (message.last_error, message.due_at) == ("ConnectionError", clock.now() + timedelta(seconds=10))
    assert outbox.drain() == 0
    at("2026-11-23 09:01")

    assert outbox.drain() == 1
    assert only_message().sent_at == clock.now()


def test_after_the_last_try_somebody_has_to_look(provider: Provider, at: Clock) -> None:
    at("2026-11-23 09:00")
    provider.failures = 100
    outbox.put("test", "m-1", {"text": "x"})
    db.session.commit()
    for day in range(1, 12):
        at(f"2026-12-{day:02d} 09:00")
        outbox.drain()

    message = only_message()
    assert message.dead_at is not None
    assert message.attempts == len(outbox.RETRY_AFTER) + 1
    assert [letter.id for letter in outbox.dead_letters()] == [message.id]
    provider.failures = 0
    outbox.revive(message.id)
    db.session.commit()
    assert outbox.drain() == 1
    assert provider.given == [({"text": "x"}, "m-1")]


def test_an_expired_message_is_not_sent_and_not_kept(provider: Provider, at: Clock) -> None:
    at("2026-11-23 09:00")
    outbox.put("test", "m-1", {"code": "123456"}, expires_at=clock.now() + timedelta(minutes=5))
    db.session.commit()
    at("2026-11-23 09:05")

    outbox.drain()

    message = only_message()
    assert (provider.given, message.dead_at, message.payload) == ([], clock.now(), {})


def test_a_rolled_back_message_wakes_nobody(app: ButlerFlask, provider: Provider, monkeypatch: Any) -> None:
    woken: list[int] = []
    monkeypatch.setitem(app.extensions, "kick", woken.extend)
    outbox.put("test", "m-1", {})
    db.session.rollback()
    outbox.put("test", "m-2", {})
    db.session.commit()

    assert woken == [only_message().id]


def test_a_message_for_later_waits(provider: Provider, at: Clock) -> None:
    at("2026-11-23 09:00")
    outbox.put("test", "m-1", {}, due_at=clock.now() + timedelta(hours=1))
    db.session.commit()

    assert outbox.drain() == 0


def test_what_a_killed_process_had_begun_is_delivered_half_a_minute_later(
    app: ButlerFlask, provider: Provider, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("2026-11-23 09:00")
    outbox.put("test", "m-1", {"text": "x"})
    db.session.commit()

    def die(*_: object) -> None:
        raise KeyboardInterrupt  # as abrupt as an exception can be: nothing below catches it

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setitem(app.extensions, "deliveries", {"test": die})
        outbox.drain()
    db.session.rollback()

    assert outbox.drain() == 0  # still somebody else's
    assert outbox.CLAIM.total_seconds() > jobs.TIMEOUT
    at("2026-11-23 09:00:25")  # a poller comes by every five seconds
    assert outbox.drain() == 1
    assert provider.given == [({"text": "x"}, "m-1")]
