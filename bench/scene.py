"""Where it is measured: temporary servers with durable writes, the demo town, people who are signed in, and the two
programs side by side on the same kind of web server."""

import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
from flask_migrate import upgrade
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from butler.app import create_app
from butler.demo.town import seed
from butler.dev.machine import free_port, wait_until
from butler.dev.processes import Command, Supervisor
from butler.dev.servers import Urls, start_servers, stop_servers
from butler.identity.models import Person, SignIn
from butler.kit import clock
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.kit.numbers import fingerprint, new_secret
from butler.settings import Settings

ROOT = Path(__file__).parent.parent
THREADS = 8
POOL = 10


@dataclass(frozen=True)
class Server:
    """A program that answers on a port."""

    name: str
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time it has used, with its worker processes."""
        process = psutil.Process(self.pid)
        times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
        return sum(one.user + one.system for one in times)


@dataclass
class Scene:
    """Everything a measurement needs."""

    app: ButlerFlask
    supervisor: Supervisor
    directory: Path
    environment: dict[str, str]
    urls: Urls

    def serve(self, name: str, program: str, more: Mapping[str, str] | None = None) -> Server:
        """Start granian (one worker, `THREADS` blocking threads) with a program, and wait until it listens."""
        port = free_port(0)
        argv = (
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "1", "--blocking-threads", str(THREADS), "--no-ws", "--no-access-log", program,
        )  # fmt: skip
        log = self.directory / f"{name}.log"
        environment = {**self.environment, "PYTHONPATH": str(ROOT), **(more or {})}
        child = self.supervisor.start(Command(name, argv, environment, log=log))
        wait_until(lambda: _answers(port), child.process, name, log, seconds=60)
        return Server(name, port, child.process.pid)

    def stop(self, *names: str) -> None:
        """End some of what `serve` started."""
        self.supervisor.stop(names)

    def copy_database(self, name: str) -> str:
        """One more database like the town's, on the same server; its address. Nobody may be connected to the town's."""
        owner = make_url(self.urls.owner_url)
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        superuser = create_engine(self.urls.superuser_url, isolation_level="AUTOCOMMIT")
        with superuser.connect() as connection:
            connection.execute(text(f'CREATE DATABASE {name} TEMPLATE {owner.database} OWNER "{owner.username}"'))
        superuser.dispose()
        return make_url(self.urls.database_url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def scene() -> Iterator[Scene]:
    """The servers and the town, for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="butler-bench-") as made:
        directory = Path(made)
        supervisor = Supervisor(say=lambda _: None)
        try:
            urls = start_servers(supervisor, directory, {}, preferred_ports=(0, 0))
            settings = Settings(
                env="test", secret_key=new_secret(), database_url=urls.database_url, database_owner_url=urls.owner_url,
                redis_url=urls.redis_url, base_url="http://localhost", demo=True, instance=directory, trusted_hosts=(),
                pool_size=POOL, keys=f"bench:{new_secret()}", index_key=new_secret(), limit_factor=0,
            )  # fmt: skip
            app = create_app(settings, web=False)
            with app.app_context():
                upgrade(directory=str(ROOT / "migrations"))
                with unit_of_work():
                    seed()
                db.session.remove()
            environment = {
                **os.environ, **urls.environment(), "SECRET_KEY": settings.secret_key, "BUTLER_ENV": "production",
                "BUTLER_KEYS": settings.keys, "BUTLER_INDEX_KEY": settings.index_key,
                "BUTLER_DEMO": "0", "BUTLER_INSTANCE": made, "BUTLER_POOL_SIZE": str(POOL),
                "BUTLER_LIMIT_FACTOR": "100000",  # counted like any other request, and never refused
            }  # fmt: skip
            yield Scene(app, supervisor, directory, environment, urls)
        finally:
            with app.app_context():
                db.engine.dispose()
            supervisor.stop(["application", "baseline"])
            stop_servers(supervisor)


@dataclass(frozen=True)
class Caller:
    """Somebody who is signed in, where they live or which buildings they look after."""

    person_id: int
    building_id: int
    authorization: str


def residents() -> list[Caller]:
    """One household of each building, signed in."""
    return _sign_in(
        "SELECT min(person_id), building_id FROM residences JOIN households ON households.id = household_id "
        "GROUP BY building_id ORDER BY building_id"
    )


def butlers() -> list[Caller]:
    """The butlers, signed in, each with one of their buildings."""
    return _sign_in(
        "SELECT person_id, min(building_id) FROM appointments JOIN desk_buildings USING (desk_id) "
        "WHERE role = 'butler' GROUP BY person_id ORDER BY person_id"
    )


def colleagues(number: int) -> list[Caller]:
    """So many more butlers at the first butler desk, signed in."""
    with unit_of_work() as session:
        hired = [Person(name=f"同事{n}（演示）", is_demo=True, created_at=clock.now()) for n in range(number)]
        session.add_all(hired)
        session.flush()
        session.execute(
            text(
                "INSERT INTO appointments (person_id, role, desk_id, unit_id, valid_from) "
                "SELECT hired.id, 'butler', desk_id, unit_id, current_date - 1 FROM unnest(:hired) AS hired (id), "
                "(SELECT desk_id, unit_id FROM appointments WHERE role = 'butler' ORDER BY id LIMIT 1) AS desk"
            ),
            {"hired": [one.id for one in hired]},
        )
        first = hired[0].id
    return _sign_in(f"SELECT id, 0 FROM people WHERE id >= {first} ORDER BY id")


def _sign_in(who: str) -> list[Caller]:
    callers, now = [], clock.now()
    with unit_of_work() as session:
        for person_id, building_id in session.execute(text(who)).all():
            token = new_secret()
            session.add(
                SignIn(
                    token_hash=fingerprint(token), person_id=person_id, face="api",
                    created_at=now, seen_at=now, expires_at=now + timedelta(hours=8),
                )
            )  # fmt: skip
            callers.append(Caller(person_id, building_id, f"Bearer {token}"))
    return callers


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
