"""Start, watch and end child processes.

One thread, one loop: it prints what the children say, starts again those that died, and never lets one outlive us.
Three walls keep a child from being left behind: we end it ourselves; the kernel ends it when we are killed
(``PR_SET_PDEATHSIG``, Linux); the next start looks for what is still there (:func:`end_leftovers`).
"""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

PROJECT = Path(__file__).resolve().parents[2]
MARK = "BUTLER_SUPERVISED_BY"
"""Environment variable every application process carries: the instance directory it belongs to."""

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before any fork: the child must not import


class StartError(Exception):
    """A start that failed; the text is a sentence for the person at the terminal."""


@dataclass(frozen=True)
class Command:
    """How to start and end one child. ``log``: a file for its output; without one we print it with its name."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None
    account: tuple[int, int] | None = None
    """(uid, gid) to run as, only when we are root."""
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    """Seconds between the polite signal and SIGKILL."""


@dataclass
class Child:
    """A command that runs, or waits to be started again (``process`` ended, ``restart_at`` set)."""

    command: Command
    process: subprocess.Popen[bytes]
    started_at: float
    failures: int = 0
    restart_at: float | None = None


def spawn(command: Command) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own (so that Ctrl-C reaches only us) that dies when we die."""
    parent = os.getpid()

    def die_with_parent() -> None:
        # After setuid, because a change of identity clears it. The parent may have died since the fork.
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(command.stop_signal))
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)

    uid, gid = command.account or (None, None)
    log = command.log.open("ab") if command.log else None
    try:
        return subprocess.Popen(
            command.argv,
            cwd=PROJECT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **command.env},
            stdin=subprocess.DEVNULL,
            stdout=log or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,  # safe: the supervisor has one thread
            user=uid,
            group=gid,
            extra_groups=None if gid is None else [],
        )
    finally:
        if log:
            log.close()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End what a dead child left in its process group (a web server's workers hold its port)."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


class Supervisor:
    """The children in the order they were started, and the loop that watches them."""

    def __init__(self, say: Callable[[str], None], *, with_parent: bool = False) -> None:
        """``say`` prints one line. ``with_parent``: the end of our parent (make) is a signal to end."""
        self.say = say
        self._parent = os.getppid() if with_parent else None
        self.children: dict[str, Child] = {}
        self.signals = 0
        self._outputs = selectors.DefaultSelector()
        self._unfinished: dict[int, bytes] = {}

    def handle_signals(self) -> None:
        """Let SIGINT, SIGTERM and SIGHUP ask for an orderly end; a second one ends without grace."""

        def note(_number: int, _frame: object) -> None:
            self.signals += 1

        # Also when SIGINT was ignored at our start, as it is for a process a script started with `&`.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, note)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup means it
            signal.signal(signal.SIGHUP, note)

    def start(self, command: Command) -> Child:
        """Start a command and watch over it from now on."""
        child = Child(command, spawn(command), time.monotonic())
        self.children[command.name] = child
        self._listen(child)
        return child

    def run(self, command: Command) -> int:
        """Run a command to its end, printing what it says. Returns its exit code; -SIGTERM if we were told to end."""
        child = Child(command, spawn(command), time.monotonic())
        self._listen(child)
        while child.process.poll() is None:
            self._print(0.05)
            if self.signals:
                self._end([child])
                return -signal.SIGTERM
        self._print(0.0)
        return child.process.returncode

    def tick(self, seconds: float = 0.1) -> None:
        """Print what the children said within ``seconds`` and start again those that died."""
        self._print(seconds)
        now = time.monotonic()
        for child in self.children.values():
            if child.restart_at is None and child.process.poll() is not None:
                kill_group(child.process)
                if now - child.started_at > 10:
                    child.failures = 0
                delay = min(5.0, 0.1 * 2**child.failures)
                child.failures += 1
                child.restart_at = now + delay
                self.say(f"{child.command.name} 意外结束（{child.process.returncode}），{delay:.1f} 秒后重新启动。")
            elif child.restart_at is not None and now >= child.restart_at:
                child.process, child.started_at, child.restart_at = spawn(child.command), now, None
                self._listen(child)

    def stop(self, names: Iterable[str]) -> None:
        """End the named children together, politely first; returns when none of them is left."""
        self._end([self.children.pop(name) for name in names if name in self.children])

    def _end(self, children: list[Child]) -> None:
        before = self.signals
        for child in children:
            if child.process.poll() is None:
                child.process.send_signal(child.command.stop_signal)
        begun = time.monotonic()
        while living := [child for child in children if child.process.poll() is None]:
            self._print(0.05)
            hurry = self.signals > max(before, 1)
            for child in living:
                if hurry or time.monotonic() - begun > child.command.grace:
                    child.process.kill()
        for child in children:
            kill_group(child.process)
        self._print(0.0)

    def _listen(self, child: Child) -> None:
        if child.process.stdout is not None:
            self._outputs.register(child.process.stdout, selectors.EVENT_READ, child.command.name)

    def _print(self, seconds: float) -> None:
        if self._parent is not None and os.getppid() != self._parent:
            self._parent = None
            self.signals += 1
        if not self._outputs.get_map():
            time.sleep(seconds)
            return
        for key, _ in self._outputs.select(seconds):
            stream: IO[bytes] = key.fileobj  # type: ignore[assignment]
            data = os.read(key.fd, 65536)
            *lines, rest = (self._unfinished.pop(key.fd, b"") + data).split(b"\n")
            if not data:
                self._outputs.unregister(stream)
                stream.close()
                lines += [rest] if rest else []
            elif rest:
                self._unfinished[key.fd] = rest
            for line in lines:
                self.say(f"{key.data:<9} | {line.decode('utf-8', 'replace')}")


def end_leftovers(instance: Path) -> int:
    """End application processes an earlier, killed supervisor of this instance left (a job's own process too).

    They are known by the mark in their environment, so a reused process number cannot mislead us. Returns how many.
    """
    return end([p for p in psutil.process_iter() if _environment(p).get(MARK) == str(instance)])


def find_processes_in(directory: Path, name: str) -> list[psutil.Process]:
    """Every process ``name`` whose working directory is ``directory``, whoever started it."""
    return [process for process in psutil.process_iter() if _works_in(process, directory, name)]


def end(
    processes: list[psutil.Process],
    *,
    ask: Callable[[psutil.Process], bool] = lambda _: True,
    stop_signal: signal.Signals = signal.SIGTERM,
    grace: float = 5.0,
) -> int:
    """Ask processes that are not our children to end (those that ``ask`` picks), then make all. Returns how many."""
    for process in filter(ask, processes):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(stop_signal)
    if not _wait_for_end(processes, grace):
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        _wait_for_end(processes, grace)
    return len(processes)


def _wait_for_end(processes: list[psutil.Process], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while any(map(_lives, processes)):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _lives(process: psutil.Process) -> bool:
    # In a container whose process 1 collects nobody, an ended orphan stays a zombie for ever.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ() if process.pid != os.getpid() else {}
    except (psutil.Error, OSError):
        return {}


def _works_in(process: psutil.Process, directory: Path, name: str) -> bool:
    try:
        return process.name() == name and process.cwd() == str(directory)
    except (psutil.Error, OSError):
        return False
