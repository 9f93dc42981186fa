"""What the proofs share."""

from collections.abc import Iterator

import pytest

from running import Running, running


@pytest.fixture(scope="session")
def whole() -> Iterator[Running]:
    """One application for all proofs that need a whole one."""
    with running() as started:
        yield started
