"""What the proofs share; which of them need the machine for themselves."""

from collections.abc import Iterator

import pytest

from running import Running, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever starts, kills and times a whole application is not run beside other tests (`make test`)."""
    for item in items:
        if "whole" in getattr(item, "fixturenames", ()):
            item.add_marker("alone")


@pytest.fixture(scope="session")
def whole() -> Iterator[Running]:
    """One application for all proofs that need a whole one."""
    with running() as started:
        yield started
