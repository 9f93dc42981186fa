"""What runs beside the web: a worker that is woken by RQ, and a poller that needs nobody to wake it.

Lose Valkey and nothing is lost, only slower: the poller delivers what the worker would have (design §2, principle 3).
"""

import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any

import structlog
from flask import Flask
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.exc import OperationalError

from butler.cards import jobs as card_jobs
from butler.cases import jobs as case_jobs
from butler.catalogue.actions import purge_unanswered
from butler.families import jobs as family_jobs
from butler.files import jobs as file_jobs
from butler.identity import actions as identity
from butler.kit import clock, idempotency, jobs, outbox
from butler.kit.database import db, unit_of_work
from butler.kit.sight import system_part
from butler.ledger import jobs as ledger_jobs
from butler.portraits import jobs as portrait_jobs
from butler.privacy import jobs as privacy_jobs
from butler.rights import jobs as rights_jobs

log = structlog.get_logger(__name__)

POLL = 5.0  # seconds
PURGE_EVERY = timedelta(hours=1)


def deliver(message_id: int) -> bool:
    """The one job RQ runs: deliver an outbox row, inside the worker's application. Running it twice does no harm."""
    with system_part("worker"):
        return outbox.deliver(message_id)


class _OurJob(Job):
    """A job that can be nothing but our one function. Whoever can write to Valkey still cannot run anything else."""

    @property
    def func(self) -> Callable[..., Any]:
        """`deliver`, for a job that names it. Raises ValueError for any other; RQ then puts it among the failed."""
        if self.func_name != jobs.DELIVER:
            raise ValueError("not a job of ours")
        return deliver

    success_callback = failure_callback = stopped_callback = property(lambda _: None)


class _Worker(SimpleWorker):
    """RQ's worker, which takes the signals over while it works: it passes on that it was asked to stop."""

    job_class = _OurJob
    max_connection_wait_time = POLL  # between tries to reach Valkey again; RQ would go up to a minute
    stopping: threading.Event

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Called by RQ on SIGTERM and SIGINT; without Valkey its own stopping fails half-way and is forgotten."""
        self.stopping.set()
        super().request_stop(signum, frame)


def run_worker(app: Flask) -> None:
    """Work off RQ's queue until told to stop; start again by itself when Valkey comes back.

    A `SimpleWorker` runs jobs in its own process: they are short and idempotent, the rows in PostgreSQL are the truth,
    and nothing is forked with open connections. RQ's own scheduler is not used: what has to be tried again later is a
    row with a later due time, and the poller finds it.
    """
    stopping = threading.Event()
    _set_on_signal(stopping)
    while not stopping.is_set():
        try:
            worker = _Worker(
                [app.extensions["queue"]],
                connection=app.extensions["redis"],
                serializer=JSONSerializer,
                worker_ttl=60,
                maintenance_interval=30,
            )
            worker.stopping = stopping
            worker.work(logging_level="WARNING")
        except RedisError as error:
            log.warning("worker.valkey_away", error=type(error).__name__)
        finally:
            _set_on_signal(stopping)
        stopping.wait(POLL)


def run_poller(app: Flask) -> None:
    """Every five seconds: deliver what is due, ring the alarms, tidy up now and then. Any number may run at once."""
    stopping = threading.Event()
    _set_on_signal(stopping)
    purge_at = clock.now()
    while not stopping.is_set():
        with app.app_context():
            _try("outbox", outbox.drain)
            _try("alarms", case_jobs.sweep_alarms)
            _try("scan", file_jobs.scan_quarantined)
            _try("portraits", portrait_jobs.scan_waiting)
            _try("verdicts", privacy_jobs.tell_of_verdicts)
            _try("families", family_jobs.sweep_over)
            _try("exports", privacy_jobs.export_lists)
            if clock.now() >= purge_at:
                _try("codes", _watch_codes)
                _try("purge", _purge)
                _try("looks", privacy_jobs.close_days)
                _try("ledger", ledger_jobs.seal_days)
                _try("papers", case_jobs.destroy_papers)
                _try("portraits", portrait_jobs.take_down_over)
                _try("files", file_jobs.sweep_files)
                _try("scans", card_jobs.judge_yesterday)
                _try("retention", rights_jobs.forget_tonight)
                purge_at = clock.now() + PURGE_EVERY
        stopping.wait(POLL)


def _try(name: str, work: Callable[[], int]) -> None:
    """Do one round of work. What fails is logged and tried again in the next round: a poller never gives up."""
    try:
        with system_part(name):
            done = work()
        if done:
            log.info("poller.done", work=name, count=done)
    except OperationalError as error:
        log.warning("poller.database_away", work=name, error=type(error.orig).__name__)
    except Exception:
        log.exception("poller.failed", work=name)
    finally:
        db.session.remove()


def _watch_codes() -> int:
    with unit_of_work():
        return identity.watch_codes()


def _purge() -> int:
    with unit_of_work():
        return idempotency.purge() + identity.purge() + purge_unanswered()


def _set_on_signal(stopping: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
