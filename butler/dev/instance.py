"""One instance directory: its lock, and the note where its servers are."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from butler.dev.processes import PROJECT, StartError
from butler.dev.servers import Urls

DEFAULT = PROJECT / "instance"


class AlreadyRunningError(StartError):
    """Another supervisor holds this instance."""


def note_path(instance: Path) -> Path:
    """Where a running supervisor writes the environment of its children, for ``exec`` and ``sql``."""
    return instance / "running.json"


@contextmanager
def hold(instance: Path) -> Iterator[None]:
    """Own the instance for the length of the block: two supervisors never share one data directory.

    The kernel frees the lock when the process ends, however it ends. Raises AlreadyRunningError, StartError.
    """
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (instance / "lock").open("a+")
    except PermissionError:
        raise StartError(
            f"没有权限使用 {instance}，它可能是由 root 建立的。请用原来的用户启动，或删除这个目录后重新启动。"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid = lock.read().strip()
            at = read_note(instance).get("environment", {}).get("BUTLER_BASE_URL", "")
            raise AlreadyRunningError(
                f"管家通已经在运行（进程 {pid}{'，' + at if at else ''}）。"
                f"要重新启动，请先在那个窗口按 Ctrl-C，或执行 kill {pid}。"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        note_path(instance).unlink(missing_ok=True)
        try:
            yield
        finally:
            note_path(instance).unlink(missing_ok=True)


def write_note(instance: Path, environment: dict[str, str], urls: Urls) -> None:
    """Tell other commands of the same user how to reach what we run. The application itself never reads this."""
    path = note_path(instance)
    path.touch(mode=0o600)
    path.write_text(json.dumps({"environment": environment, "superuser_url": urls.superuser_url}, indent=1))


def read_note(instance: Path) -> dict[str, Any]:
    """The note of a running supervisor, or nothing."""
    with suppress(FileNotFoundError, ValueError):
        found: dict[str, Any] = json.loads(note_path(instance).read_text())
        return found
    return {}
