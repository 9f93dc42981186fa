"""What we ask of the machine: a free port, a secret that lasts, the programs inside a wheel, patience."""

from __future__ import annotations

import importlib.util
import secrets
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from butler.dev.processes import StartError


def free_port(preferred: int, host: str = "127.0.0.1") -> int:
    """The preferred port or the next free one; any free one for 0."""
    for port in range(preferred, preferred + 200) if preferred else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port somebody just left is free
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StartError(f"从 {preferred} 起的 200 个端口都被占用了。请关掉一些程序，或指定别的端口。")


def keep_secret(path: Path) -> str:
    """The random text kept in a file only its owner may read; made at the first call."""
    if not path.exists():
        partial = path.with_suffix(".new")
        partial.touch(mode=0o600)
        partial.write_text(secrets.token_urlsafe(32))
        partial.rename(path)
    return path.read_text()


def package_directory(name: str) -> Path:
    """A wheel's directory, without importing it (its launcher has side effects)."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise StartError(f"缺少 {name}。请用 make run 启动，或给出 DATABASE_URL 和 REDIS_URL 使用您自己的数据库。")
    return Path(found.origin).parent.resolve()


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], name: str, log: Path, seconds: float
) -> None:
    """Return once `ready` says so. Raises StartError when the process ends first or the time is over."""
    until = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
            raise StartError(f"{name} 没能启动。它最后说：\n{tail}")
        time.sleep(0.02)
