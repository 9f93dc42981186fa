"""The stage of the scenes."""

from collections.abc import Callable

import pytest

from factories import Town
from tests.privacy.stage import Stage


@pytest.fixture
def stage(town: Town, at: Callable[[str], None]) -> Stage:
    """The town at ten in the morning of a Wednesday."""
    at("2026-11-25 10:00")
    return Stage(town, at)
