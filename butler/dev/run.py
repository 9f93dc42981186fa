"""``make run``: servers, schema, demonstration data, web, worker and scheduler under one parent."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from butler.dev import banner
from butler.dev.instance import AlreadyRunningError, hold, read_note, write_note
from butler.dev.machine import free_port, keep_secret
from butler.dev.postgres import psql_command
from butler.dev.processes import MARK, PROJECT, Command, StartError, Supervisor, end_leftovers
from butler.dev.servers import Urls, start_servers, stop_servers

WEB_PORT = 8000
_FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")


@dataclass(frozen=True)
class Plan:
    """What runs on top of the servers. ``{host}`` and ``{port}`` in ``web`` stand for its address."""

    prepare: tuple[str, ...]
    """Runs to its end before anybody hears of the web: schema, catalogue, demonstration data."""
    web: tuple[str, ...]
    ready_path: str
    """Answers 200 when the web is ready."""
    background: Mapping[str, tuple[str, ...]]
    """Name and command of what works beside the web."""


APPLICATION = Plan(
    prepare=(*_FLASK, "butler", "prepare"),
    web=(
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "{host}", "--port", "{port}",
        "--workers", "1", "--blocking-threads", "8", "--respawn-failed-workers", "wsgi:app",
    ),
    ready_path="/readyz",
    background={"worker": (*_FLASK, "butler", "worker"), "scheduler": (*_FLASK, "butler", "schedule")},
)  # fmt: skip


def run(
    instance: Path,
    *,
    host: str = "127.0.0.1",
    port: int = WEB_PORT,
    plan: Plan = APPLICATION,
    with_parent: bool = False,
) -> int:
    """Start everything, print where it is, and keep it running until SIGINT or SIGTERM. Returns the exit code."""
    begun = time.monotonic()
    with _supervised(instance, with_parent) as supervisor:
        urls = start_servers(supervisor, instance, os.environ)
        banner.tell(f"数据库和消息队列已启动（{time.monotonic() - begun:.1f} 秒）。")
        port = free_port(port, host)
        base_url = f"http://{_address_of(host)}:{port}"
        environment = application_environment(instance, urls, base_url)
        write_note(instance, environment, urls)
        marked = {**environment, MARK: str(instance)}
        try:
            # The web loads its libraries while the data are prepared, the others after it: a start is mostly loading.
            web = tuple(word.format(host=host, port=port) for word in plan.web)
            supervisor.start(Command("web", web, marked))
            if (code := supervisor.run(Command("prepare", plan.prepare, marked))) and not supervisor.signals:
                raise StartError(f"准备数据时出错（{code}），原因见上面几行。已有的数据没有丢失。")
            _wait_for_web(supervisor, base_url + plan.ready_path)
            if not supervisor.signals:
                for name, argv in plan.background.items():
                    supervisor.start(Command(name, argv, marked))
                banner.welcome(instance, base_url, urls, seconds=time.monotonic() - begun)
            while not supervisor.signals:
                supervisor.tick()
        finally:
            banner.tell("正在结束……")
            supervisor.stop(["web", *plan.background])
            end_leftovers(instance)
    banner.tell("已全部结束。")
    return 0


def serve(instance: Path, *, with_parent: bool = False) -> int:
    """Only the servers, until SIGINT or SIGTERM; their addresses are printed as shell assignments."""
    with _supervised(instance, with_parent) as supervisor:
        urls = start_servers(supervisor, instance, os.environ)
        write_note(instance, application_environment(instance, urls), urls)
        for name, url in {**urls.environment(), "DATABASE_SUPERUSER_URL": urls.superuser_url}.items():
            print(f"{name}={shlex.quote(url)}", flush=True)
        while not supervisor.signals:
            supervisor.tick()
    return 0


def execute(instance: Path, command: list[str]) -> int:
    """Run a command with the application's environment, on the running servers or on ones for its time."""
    with _reachable(instance) as (environment, _):
        try:
            return subprocess.run(command, cwd=PROJECT, env={**os.environ, **environment}).returncode
        except FileNotFoundError:
            raise StartError(f"找不到命令 {command[0]}。") from None


def execute_sql(instance: Path, arguments: list[str]) -> int:
    """psql as superuser: a look past row-level security, for the developer only."""
    with _reachable(instance) as (_, superuser_url):
        return subprocess.run([*psql_command(superuser_url), *arguments]).returncode


def application_environment(instance: Path, urls: Urls, base_url: str | None = None) -> dict[str, str]:
    """The variables the application runs with in development."""
    return {
        **urls.environment(),
        "SECRET_KEY": os.environ.get("SECRET_KEY") or keep_secret(instance / "secret"),
        "BUTLER_ENV": "development",
        "BUTLER_DEMO": "1",
        "BUTLER_INSTANCE": str(instance),
        "BUTLER_BASE_URL": base_url or f"http://127.0.0.1:{WEB_PORT}",
        "LC_ALL": "C.UTF-8",
    }


@contextmanager
def _reachable(instance: Path) -> Iterator[tuple[dict[str, str], str]]:
    """The application's environment and the superuser's address, of running servers or of servers for this block."""
    try:
        with _supervised(instance) as supervisor:
            urls = start_servers(supervisor, instance, os.environ)
            yield application_environment(instance, urls), urls.superuser_url
    except AlreadyRunningError:
        note = read_note(instance)
        if not note:
            raise
        yield note["environment"], note["superuser_url"]


@contextmanager
def _supervised(instance: Path, with_parent: bool = False) -> Iterator[Supervisor]:
    """A supervisor that holds the instance, has ended what an earlier one left, and ends the servers at the end."""
    supervisor = Supervisor(say=banner.tell, with_parent=with_parent)
    with hold(instance):
        supervisor.handle_signals()
        if count := end_leftovers(instance):
            banner.tell(f"上次运行留下的 {count} 个进程已结束。")
        try:
            yield supervisor
        finally:
            stop_servers(supervisor)


def _wait_for_web(supervisor: Supervisor, url: str, seconds: float = 60) -> None:
    """Wait for a 200. Raises StartError when it does not come, or a process cannot stay alive."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + seconds
    while not supervisor.signals:
        supervisor.tick()
        with suppress(OSError), direct.open(url, timeout=2) as answer:
            if answer.status == 200:
                return
        failing = [name for name, child in supervisor.children.items() if child.failures >= 4]
        if failing:
            raise StartError(f"{'、'.join(failing)} 反复启动失败，原因见上面几行。已有的数据没有丢失。")
        if time.monotonic() > until:
            raise StartError(f"网页服务 {seconds:.0f} 秒内没有就绪（{url}），原因见上面几行。")


def _address_of(host: str) -> str:
    """The host others can use: for "all interfaces" the address of this machine in its network."""
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks the routing table for our own address
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
