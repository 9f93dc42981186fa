"""Trap 3: whatever happens to the parent, nothing is left behind, nothing is lost, nothing runs twice."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from butler.dev.processes import PROJECT

BOTH = ["postgres", "valkey-server"]


def _write(started: object) -> None:
    started.sql("create table if not exists kept (id int)")
    started.sql("insert into kept values (7)")
    with started.valkey() as valkey:
        valkey.set("kept", "seven")
        valkey.execute_command("WAITAOF", 1, 0, 2000)  # as durable as a second's patience makes it


def _read(started: object) -> tuple[list[tuple[int]], str]:
    with started.valkey() as valkey:
        return started.sql("select id from kept"), valkey.get("kept")


def _wait_until(true: Callable[[], bool], seconds: float) -> float:
    """Seconds until something is true; fails when it takes too long."""
    begun = time.monotonic()
    while True:
        try:
            if true():
                return time.monotonic() - begun
        except (psycopg.OperationalError, redis.ConnectionError, OSError):
            pass
        assert time.monotonic() - begun < seconds
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_everything_and_keeps_the_data(start: Callable, number: signal.Signals) -> None:
    first = start().wait_ready()
    assert sorted(first.servers()) == BOTH
    _write(first)
    assert first.end(number) == 0
    assert first.living() == []
    again = start().wait_ready()
    assert _read(again) == ([(7,)], "seven")


def test_ctrl_c_reaches_a_supervisor_that_a_script_started_in_the_background(start: Callable) -> None:
    """A process started with `&` in a script is born ignoring SIGINT; one started with nohup, SIGHUP."""
    first = start(prefix=("sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh")).wait_ready()
    first.process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert sorted(first.servers()) == BOTH
    assert first.end(signal.SIGINT) == 0
    assert first.living() == []


@pytest.mark.skipif(not os.path.exists("/proc"), reason="the kernel's help is Linux's")
def test_killed_supervisor_leaves_no_server(start: Callable) -> None:
    first = start().wait_ready()
    _write(first)
    first.end(signal.SIGKILL)
    again = start()
    again.wait_ready()
    assert again.count_servers() == 2
    assert _read(again) == ([(7,)], "seven")


def test_start_after_a_kill_without_the_kernels_help_replaces_what_is_left(start: Callable) -> None:
    """Everything of the first supervisor still runs, also the job in its own session; the second ends it first."""
    first = start("unguarded").wait_ready()
    _write(first)
    left = first.servers()
    first.end(signal.SIGKILL)
    assert first.servers() == left

    again = start()
    again.wait_for_line("上次运行留下的 4 个进程已结束")
    again.wait_ready()
    assert again.count_servers() == 2
    assert not {*left.values()} & {*again.servers().values()}
    assert _read(again) == ([(7,)], "seven")
    again.end()
    assert again.living() == []


def test_end_of_make_ends_everything(start: Callable) -> None:
    """`kill -9` of make, or of whatever called us, must not leave a supervisor nobody knows."""
    first = start("parent", prefix=("sh", "-c", '"$@"; true', "sh")).wait_ready()
    assert sorted(first.servers()) == BOTH
    first.end(signal.SIGKILL)
    assert first.living(seconds=10) == []


def test_second_supervisor_is_refused_with_a_sentence(start: Callable) -> None:
    first = start().wait_ready()
    second = start()
    assert second.process.wait(10) == 1
    address = first.note()["environment"]["BUTLER_BASE_URL"]
    pid = first.process.pid
    second.wait_for_line(
        f"管家通已经在运行（进程 {pid}，{address}）。要重新启动，请先在那个窗口按 Ctrl-C，或执行 kill {pid}。"
    )
    assert first.count_servers() == 2
    with urllib.request.urlopen(address) as answer:
        assert answer.status == 200


def test_taken_port_gives_the_next_free_one(start: Callable) -> None:
    with socket.create_server(("127.0.0.1", 28100)):
        first = start(port=28100)
        assert first.wait_for_line("管家通已就绪").strip().endswith("http://127.0.0.1:28101")


@pytest.mark.parametrize("name", ["postgres", "valkey-server"])
def test_killed_server_comes_back_on_its_port_with_its_data(start: Callable, name: str) -> None:
    first = start().wait_ready()
    _write(first)
    note, pid = first.note(), first.servers()[name]
    os.kill(pid, signal.SIGKILL)
    seconds = _wait_until(lambda: first.servers().get(name, pid) != pid and _read(first) is not None, 10)
    assert seconds < 5
    assert (_read(first), first.note()) == (([(7,)], "seven"), note)


def test_killed_process_is_started_again(start: Callable) -> None:
    first = start().wait_ready()
    [web] = [p for p in psutil.Process(first.process.pid).children() if "http.server" in p.cmdline()]
    web.kill()
    first.wait_for_line("web 意外结束（-9）")
    address = first.note()["environment"]["BUTLER_BASE_URL"]
    _wait_until(lambda: urllib.request.urlopen(address).close() is None, 5)


def test_given_servers_are_used_and_none_is_started(start: Callable) -> None:
    given = {"DATABASE_URL": "postgresql+psycopg://a@db/x", "REDIS_URL": "redis://queue/3"}
    first = start(env=given)
    first.wait_for_line("prepare   | DATABASE_URL=postgresql+psycopg://a@db/x")
    first.wait_ready()
    assert first.servers() == {}
    assert first.end() == 0


def test_second_start_is_quick_and_secrets_stay_secret(start: Callable, instance: Path) -> None:
    """At most 5 seconds; the best of three, because what else the machine does is not ours."""
    start().wait_ready().end()
    secret = (instance / "secret").read_text()
    seconds = []
    while not seconds or (seconds[-1] > 5 and len(seconds) < 3):
        begun = time.monotonic()
        again = start().wait_ready()
        seconds.append(time.monotonic() - begun)
        assert again.note()["environment"]["SECRET_KEY"] == secret
        readable = [path.name for path in instance.iterdir() if path.stat().st_mode & stat.S_IROTH]
        assert sorted(readable) == ["initdb.log", "lock", "postgres.log", "valkey.log"]
        again.end()
    assert min(seconds) <= 5


def test_command_runs_on_the_servers_that_run(start: Callable, instance: Path) -> None:
    """`make sql`, `make shell` and the like join a running instance."""
    first = start().wait_ready()
    _write(first)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "butler.dev",
            "--instance",
            str(instance),
            "sql",
            "--",
            "-Atc",
            "select user, id from kept",
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("postgres|7\n", "")


@pytest.mark.parametrize("closed", [False, True])
def test_reader_that_sleeps_or_leaves_stops_nothing(start: Callable, closed: bool) -> None:
    """A pipe nobody empties must not stop us; a pipe nobody can read is a reason to end in order."""
    first = start("noisy", read=False)
    address = "http://127.0.0.1:28000"
    _wait_until(lambda: urllib.request.urlopen(address).close() is None, 20)
    if closed:
        first.process.stdout.close()
        assert first.process.wait(20) == 0
    else:
        time.sleep(1)
        os.kill(first.servers()["valkey-server"], signal.SIGKILL)
        _wait_until(lambda: first.valkey().ping(), 5)
        assert first.end() == 0
    assert first.living() == []
