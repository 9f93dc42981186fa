"""Supervisors as people start them: as processes of their own, on an instance directory of their own."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis

from butler.dev.instance import read_note
from butler.dev.processes import MARK, PROJECT, end
from butler.dev.servers import embedded

STANDIN = Path(__file__).with_name("standin.py")
GIVEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL", "REDIS_URL", "BUTLER_INSTANCE", MARK)


class Started:
    """A supervisor that was started, what it has printed so far, and what belongs to it."""

    def __init__(self, instance: Path, process: subprocess.Popen[str], *, read: bool = True) -> None:
        self.instance, self.process = instance, process
        self.printed: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        if read:
            self._reader.start()

    def wait_for_line(self, text: str, seconds: float = 30) -> str:
        """The first further line that contains ``text``."""
        until = time.monotonic() + seconds
        while (line := self._lines.get(timeout=max(0.01, until - time.monotonic()))) is not None:
            self.printed.append(line)
            if text in line:
                return line
        pytest.fail(f"ended without saying {text!r}:\n" + "".join(self.printed))

    def wait_ready(self) -> Started:
        """Wait for the last line of the welcome."""
        self.wait_for_line("按 Ctrl-C 结束")
        return self

    def end(self, number: int = signal.SIGTERM, seconds: float = 20) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(seconds)
        if self._reader.is_alive():
            self._reader.join(seconds)
        return code

    def note(self) -> dict[str, Any]:
        """What the supervisor wrote down for other commands."""
        return read_note(self.instance)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement as superuser."""
        with psycopg.connect(self.note()["superuser_url"].replace("+psycopg", ""), autocommit=True) as db:
            result = db.execute(statement)
            return result.fetchall() if result.description else []

    def valkey(self) -> redis.Redis:
        """A client of its Valkey."""
        return redis.Redis.from_url(self.note()["environment"]["REDIS_URL"], decode_responses=True)

    def servers(self) -> dict[str, int]:
        """Name and number of the servers on the instance's data, without their own children."""
        return {p.info["name"]: p.pid for p in self._leaders() if p.info["name"] in ("postgres", "valkey-server")}

    def count_servers(self) -> int:
        """How many servers work on the instance's data."""
        return sum(p.info["name"] in ("postgres", "valkey-server") for p in self._leaders())

    def living(self, seconds: float = 0) -> list[str]:
        """Names of what is alive of the instance, after waiting for nothing to be, at most ``seconds``."""
        until = time.monotonic() + seconds
        while (found := living_of(self.instance)) and time.monotonic() < until:
            time.sleep(0.05)
        return [process.info["name"] for process in found]

    def _leaders(self) -> list[psutil.Process]:
        found = living_of(self.instance)
        pids = {process.pid for process in found}
        return [process for process in found if process.info["ppid"] not in pids]

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)


def living_of(instance: Path) -> list[psutil.Process]:
    """Every process that belongs to an instance: marked by its environment, or working in its directories. What is asked
    of it later was read here (``info``): it may be gone by then."""
    found = []
    for process in psutil.process_iter(["name", "ppid", "status"]):
        try:
            if process.info["status"] != psutil.STATUS_ZOMBIE and (
                process.environ().get(MARK) == str(instance) or Path(process.cwd()).is_relative_to(instance.resolve())
            ):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


@pytest.fixture(scope="session")
def first_instance() -> Iterator[Path]:
    """An instance that was started once; the others begin as its copies, which is quicker than initdb."""
    directory = Path(tempfile.mkdtemp(prefix="butler-test-"))
    with pytest.MonkeyPatch.context() as patch:
        for name in GIVEN:
            patch.delenv(name, raising=False)
        with embedded(directory):
            pass
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def instance() -> Iterator[Path]:
    """An empty instance directory that nothing survives."""
    directory = Path(tempfile.mkdtemp(prefix="butler-test-"))
    yield directory
    end(living_of(directory), stop_signal=signal.SIGKILL)
    shutil.rmtree(directory)


@pytest.fixture
def start(first_instance: Path, instance: Path) -> Iterator[Callable[..., Started]]:
    """Start a supervisor over stand-ins: ``start(*words, port=…, env=…, prefix=…, read=…)``."""
    subprocess.run(["cp", "-a", f"{first_instance}/.", instance], check=True)
    started: list[Started] = []

    def begin(
        *words: str,
        port: int = 28000,
        env: dict[str, str] | None = None,
        prefix: tuple[str, ...] = (),
        read: bool = True,
    ) -> Started:
        own = {name: value for name, value in os.environ.items() if name not in GIVEN}
        process = subprocess.Popen(
            [*prefix, sys.executable, str(STANDIN), str(instance), str(port), *words],
            cwd=PROJECT,
            env={**own, "PYTHONPATH": str(PROJECT), **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        started.append(Started(instance, process, read=read))
        return started[-1]

    yield begin
    for one in started:
        one.end(signal.SIGKILL)
        one.process.stdout.close()
