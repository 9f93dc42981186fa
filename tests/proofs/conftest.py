"""What the proofs share; which of them need the machine for themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from running import Running, running

HERE = Path(__file__).parent
TIMED = {"test_database_away.py", "test_publishing.py", "test_without_valkey.py"}
"""These promise seconds."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever promises seconds is not run beside other tests (`make test`). What is killed without a promise how soon it is
    back waits most of the time: other tests use it."""
    for item in items:
        if item.path.parent == HERE and item.path.name in TIMED:
            item.add_marker("alone")


@pytest.fixture(scope="session")
def whole() -> Iterator[Running]:
    """One application for all proofs that need a whole one."""
    with running() as started:
        yield started
