"""RQ carries wake-ups, nothing else: job arguments are ids, the truth is in PostgreSQL.

JSON serializer (pickle would let anyone who can write to Valkey run code), unique job ids, retries, short timeouts.
"""

import time
from collections.abc import Sequence

import structlog
from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry as RedisRetry
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from butler.kit.aside import Aside

log = structlog.get_logger(__name__)

QUEUE = "butler"
DELIVER = "butler.schedule.deliver"  # the one function a worker may run
TIMEOUT = 15  # seconds; shorter than `outbox.CLAIM`, or two workers would be at the same message
REST = 5.0  # seconds; the poller comes by as often


def connect(app: Flask, url: str) -> None:
    """Make the queue and hang the wake-up for the outbox on the application."""
    redis = Redis.from_url(
        url,
        socket_connect_timeout=0.3,
        socket_timeout=1,
        retry=RedisRetry(NoBackoff(), 0),
        health_check_interval=30,
    )
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer, default_timeout=TIMEOUT)
    app.extensions["redis"] = redis
    app.extensions["queue"] = queue
    app.extensions["kick"] = Waker(queue)


class Waker:
    """`kick`, which rests for a while after a failure: no request waits for a Valkey that another found hanging."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._rests_until = 0.0

    def __call__(self, message_ids: Sequence[int]) -> None:
        """Wake a worker for these outbox rows, unless resting."""
        if time.monotonic() >= self._rests_until and not kick(self._queue, message_ids):
            self._rests_until = time.monotonic() + REST


def wake_aside(app: Flask) -> None:
    """From now on no request waits for the wake-up. For processes that live on: one that ends at once loses it."""
    app.extensions["kick"] = Aside(app.extensions["kick"])


def kick(queue: Queue, message_ids: Sequence[int]) -> bool:
    """Ask a worker to deliver these outbox rows now; tell whether that worked.

    Never raises: without Valkey the poller delivers within seconds.
    """
    for message_id in message_ids:
        try:
            queue.enqueue(
                DELIVER,
                message_id,
                job_id=f"outbox-{message_id}",
                unique=True,
                result_ttl=0,
                failure_ttl=3600,
                retry=Retry(max=2),  # at once; what must wait is a row with a later due time
            )
        except DuplicateJobError:
            continue
        except RedisError as error:
            log.warning("jobs.kick_failed", error=type(error).__name__, waiting=len(message_ids))
            return False
    return True
