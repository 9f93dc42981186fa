"""Wake-ups through a real Valkey, and what happens without it."""

import json
import os
import pickle
import subprocess
import threading
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import TimeoutError
from rq import Callback, Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import delete, select

from butler import schedule
from butler.kit import jobs, outbox
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.kit.outbox import OutboxMessage


@pytest.fixture
def delivered(app: ButlerFlask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Dedupe ids a provider was given. These tests commit for real and clean up after themselves."""
    given: list[str] = []

    def deliver(_: Mapping[str, Any], dedupe_id: str) -> None:
        given.append(dedupe_id)

    monkeypatch.setitem(app.extensions, "deliveries", {"wake": deliver})
    app.extensions["redis"].flushdb()
    with app.app_context():
        yield given
        with unit_of_work() as session:
            session.execute(delete(OutboxMessage).where(OutboxMessage.topic == "wake"))
        db.session.remove()


def put(dedupe_id: str) -> int:
    with unit_of_work():
        outbox.put("wake", dedupe_id, {})
    return db.session.scalars(select(OutboxMessage.id).where(OutboxMessage.dedupe_id == dedupe_id)).one()


def work_off(app: ButlerFlask) -> None:
    worker = SimpleWorker([app.extensions["queue"]], connection=app.extensions["redis"], serializer=JSONSerializer)
    worker.work(burst=True, logging_level="WARNING")


def test_a_commit_wakes_a_worker_which_delivers(app: ButlerFlask, delivered: list[str]) -> None:
    message_id = put("wake-1")
    queue = app.extensions["queue"]
    assert queue.job_ids == [f"outbox-{message_id}"]

    work_off(app)

    assert delivered == ["wake-1"]
    assert queue.job_ids == []


def test_a_job_is_json_and_carries_an_id_only(app: ButlerFlask, delivered: list[str]) -> None:
    message_id = put("wake-1")
    job = Job.fetch(f"outbox-{message_id}", connection=app.extensions["redis"], serializer=JSONSerializer)

    assert json.loads(JSONSerializer.dumps(job.args)) == [message_id]
    assert job.func_name == jobs.DELIVER


def test_a_message_is_woken_once_and_delivered_once(app: ButlerFlask, delivered: list[str]) -> None:
    message_id = put("wake-1")
    jobs.kick(app.extensions["queue"], [message_id, message_id])
    assert len(app.extensions["queue"].job_ids) == 1
    assert outbox.drain() == 1  # the poller was quicker

    work_off(app)

    assert delivered == ["wake-1"]


def test_a_rollback_wakes_nobody(app: ButlerFlask, delivered: list[str]) -> None:
    with pytest.raises(RuntimeError), unit_of_work():
        outbox.put("wake", "wake-1", {})
        raise RuntimeError

    assert app.extensions["queue"].job_ids == []


def test_without_valkey_the_deed_is_done_and_the_poller_delivers(
    app: ButlerFlask, delivered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    queue = type(app.extensions["queue"])(jobs.QUEUE, connection=nobody, serializer=JSONSerializer)
    monkeypatch.setitem(app.extensions, "kick", lambda message_ids: jobs.kick(queue, message_ids))

    put("wake-1")
    assert delivered == []
    assert outbox.drain() == 1

    assert delivered == ["wake-1"]


def test_a_valkey_that_hangs_is_waited_for_once_in_a_while(
    app: ButlerFlask, delivered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    class Hanging(Queue):
        def enqueue(self, *args: Any, **kwargs: Any) -> Any:
            tried.append(args[1])
            raise TimeoutError("a second later")

    wake = jobs.Waker(Hanging(jobs.QUEUE, connection=app.extensions["redis"], serializer=JSONSerializer))
    moments = iter([100.0, 101.0, 102.0, 105.9, 106.0, 107.0])
    monkeypatch.setattr(jobs, "time", SimpleNamespace(monotonic=lambda: next(moments)))

    wake([1, 2])  # fails at 101
    wake([3])
    wake([4])
    wake([5])  # at 106

    assert tried == [1, 5]


def test_a_round_of_work_that_fails_does_not_end_the_poller(app: ButlerFlask) -> None:
    def fail() -> int:
        raise ValueError

    with app.app_context():
        schedule._try("broken", fail)


def hostile(app: ButlerFlask, mark: Path, way: str) -> None:
    """What somebody who can write to Valkey might put there to run code of theirs."""
    queue: Queue = app.extensions["queue"]
    run = {"args": ["touch", str(mark)]}
    if way == "another function":
        queue.enqueue("subprocess.call", run["args"])
    elif way == "a method of something":
        job = queue.enqueue(jobs.DELIVER, 0)
        job.connection.hset(
            job.key, "data", zlib.compress(json.dumps(["call", "subprocess", [run["args"]], {}]).encode())
        )
    elif way == "called back":
        queue.enqueue(jobs.DELIVER, 0, on_success=Callback("subprocess.call"), on_failure=Callback("subprocess.call"))
    else:
        job = queue.enqueue(jobs.DELIVER, 0)
        job.connection.hset(job.key, "data", pickle.dumps(_Touch(str(mark))))


class _Touch:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("way", ["another function", "a method of something", "called back", "pickled"])
def test_nothing_put_into_valkey_runs_but_our_one_function(
    app: ButlerFlask, delivered: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """T22. The worker is the one of production; a real delivery behind the hostile job still goes through."""
    called: list[Any] = []
    monkeypatch.setattr(subprocess, "call", lambda *args, **_: called.append(args))
    hostile(app, tmp_path / "mark", way)
    message_id = put(f"after {way}")

    worker = schedule._Worker([app.extensions["queue"]], connection=app.extensions["redis"], serializer=JSONSerializer)
    worker.stopping = threading.Event()
    worker.work(burst=True, logging_level="CRITICAL")

    assert called == []
    assert not (tmp_path / "mark").exists()
    assert delivered == [f"after {way}"], message_id
