"""The whole application under its supervisor, as ``make run`` starts it, on an instance and ports of its own.

Anything of it can be killed, or killed and held down for a while.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from butler.demo import family
from butler.dev.instance import read_note
from butler.dev.machine import free_port
from butler.dev.processes import MARK, PROJECT, end_leftovers
from butler.kit.sealing import read_ring

HELD = Path(__file__).with_name("held.py")
GIVEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL", "REDIS_URL", "BUTLER_INSTANCE", MARK)
WORDS = {
    "web": "granian",
    "worker": "worker",
    "scheduler": "schedule",
    "valkey": "valkey-server",
    "postgres": "postgres",
}
"""Each process under the supervisor, and a word by which its command line is told from the others'."""


class Running:
    """An application that runs: where it is, its processes, a look into its database past every rule."""

    def __init__(self, instance: Path, supervisor: subprocess.Popen[bytes]) -> None:
        self.instance = instance
        self._supervisor = psutil.Process(supervisor.pid)
        note = read_note(instance)
        self.base_url: str = note["environment"]["BUTLER_BASE_URL"]
        self._environment: dict[str, str] = note["environment"]
        self._superuser_url: str = note["superuser_url"].replace("+psycopg", "")
        self.handbill: dict[str, Any] = json.loads((instance / "demo.json").read_text(encoding="utf-8"))
        self.redis_url: str = self._environment["REDIS_URL"]
        self.probe = self.client(2)
        neighbours = self.handbill["residents"][: -len(family.PHONES)]
        self._phones = iter([one["phone"] for one in reversed(neighbours)])  # the first is the visitor

    def client(self, seconds: float = 15) -> httpx.Client:
        """Somebody's connection to it."""
        return httpx.Client(base_url=self.base_url, timeout=seconds, trust_env=False, verify=False)

    def process(self, name: str) -> psutil.Process | None:
        """One of its processes; None while it is not there."""
        for child in self._supervisor.children():
            with suppress(psutil.Error):
                if WORDS[name] in (child.name(), *child.cmdline()[1:]):
                    return child
        return None

    def wait_for(self, name: str, seconds: float = 30) -> psutil.Process:
        """One of its processes, as soon as it is there."""
        until = time.monotonic() + seconds
        while (found := self.process(name)) is None:
            assert time.monotonic() < until, f"{name} does not come back"
            time.sleep(0.02)
        return found

    def kill(self, name: str) -> int:
        """SIGKILL one of its processes; its number."""
        victim = self.wait_for(name)
        victim.kill()
        return victim.pid

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Kill one of its processes and hold it down for the length of the block."""
        mark = self.instance / f"down-{name}"
        mark.touch()
        try:
            self.kill(name)
            yield
        finally:
            mark.unlink()

    def ask(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Rows, asked as superuser."""
        with psycopg.connect(self._superuser_url, autocommit=True, connect_timeout=2) as connection:
            return connection.execute(query, parameters).fetchall()

    def says_it_is_ready(self) -> bool:
        """Whether it says that people can be served."""
        try:
            return self.probe.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def wait_until_ready(self, seconds: float = 30) -> None:
        """Wait until people can be served."""
        until = time.monotonic() + seconds
        while not self.says_it_is_ready():
            assert time.monotonic() < until, f"not ready after {seconds} s:\n{self.log()}"
            time.sleep(0.05)

    def sign_in_residents(self, number: int) -> list[str]:
        """Tokens of so many residents nobody has signed in yet; their codes come from the demo inbox."""
        phones = [next(self._phones) for _ in range(number)]
        with self.client() as http:
            for phone in phones:
                http.post("/api/v1/auth/codes", json={"phone": phone}).raise_for_status()
            return [self._sign_in_with_code(http, phone) for phone in phones]

    def sign_in_butlers(self, number: int) -> list[str]:
        """Tokens of the first building's butler, who is signed in on so many telephones."""
        butler = next(one for one in self.handbill["staff"] if one["role"] == "butler")
        login = {"username": butler["username"], "password": butler["password"]}
        with self.client() as http:
            signed = [http.post("/api/v1/auth/login", json=login).raise_for_status() for _ in range(number)]
        return [str(one.json()["token"]) for one in signed]

    @staticmethod
    def _sign_in_with_code(http: httpx.Client, phone: str) -> str:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            for item in http.get("/demo/inbox.json").json()["items"]:
                if item["to"] == phone and item["code"]:
                    signed = http.post("/api/v1/auth/sessions", json={"phone": phone, "code": item["code"]})
                    return str(signed.raise_for_status().json()["token"])
            time.sleep(0.1)
        raise AssertionError("the code did not arrive")

    def flask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of the application, in its environment."""
        return self.python("-m", "flask", "--app", "wsgi", *words)

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Python in the environment of the application."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=PROJECT,
            env={**os.environ, **self._environment, "PYTHONPATH": str(PROJECT)},
            capture_output=True,
            text=True,
            timeout=120,
        )

    @contextmanager
    def another_web(self) -> Iterator[str]:
        """A second web process beside the first, as on a second machine; its address."""
        port = free_port(0)
        words = ("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "wsgi:app")
        env = {**os.environ, **self._environment, "PYTHONPATH": str(PROJECT)}
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=PROJECT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)

    def open(self, place: str, sealed: bytes) -> bytes:
        """What a sealed value says that `ask` has given."""
        secret = self._environment["SECRET_KEY"]
        return read_ring("", "", secret_key=secret, production=False).open(place, sealed)

    def log(self, lines: int = 40) -> str:
        """The last it said."""
        return "\n".join((self.instance / "said").read_text(errors="replace").splitlines()[-lines:])


@contextmanager
def running() -> Iterator[Running]:
    """Start it with a new demo town; nothing of it survives the block."""
    instance = Path(tempfile.mkdtemp(prefix="butler-running-"))
    own = {name: value for name, value in os.environ.items() if name not in GIVEN}
    with (instance / "said").open("wb") as said:
        supervisor = subprocess.Popen(
            [sys.executable, str(HELD), str(instance), str(free_port(0))],
            cwd=PROJECT,
            env={**own, "PYTHONPATH": str(PROJECT), "BUTLER_LIMIT_FACTOR": "1000"},  # ten callers, one address
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for_welcome(instance, supervisor)
        app = Running(instance, supervisor)
        with app.probe:
            yield app
    finally:
        supervisor.send_signal(signal.SIGTERM)
        try:
            supervisor.wait(40)
        except subprocess.TimeoutExpired:
            supervisor.kill()
            supervisor.wait()
        end_leftovers(instance)
        if (instance / "postgres").is_symlink():
            shutil.rmtree((instance / "postgres").resolve().parent, ignore_errors=True)
        shutil.rmtree(instance, ignore_errors=True)


def _wait_for_welcome(instance: Path, supervisor: subprocess.Popen[bytes], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while "按 Ctrl-C 结束" not in (said := (instance / "said").read_text(errors="replace")):
        assert supervisor.poll() is None, f"it did not start:\n{said}"
        assert time.monotonic() < until, f"it does not get ready:\n{said}"
        time.sleep(0.05)
