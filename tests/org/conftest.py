"""The real West Lake district, and a small town in it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from butler.kit.database import db, unit_of_work
from butler.org.actions import import_divisions

WEST_LAKE = Path(__file__).parent / "divisions-330106"

Counts = dict[str, tuple[int, int, int]]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A copy of the files of West Lake district that a test may spoil."""
    return Path(shutil.copytree(WEST_LAKE, tmp_path / "divisions"))


@pytest.fixture
def load(session: object) -> Callable[..., Counts]:
    """Import a directory the way the command does; (new, changed, same) by level."""

    def load(directory: Path = WEST_LAKE, **kwargs: object) -> Counts:
        with unit_of_work():
            counts = import_divisions(directory=directory, **kwargs)  # type: ignore[arg-type]
        return {count.level.value: (count.new, count.changed, count.same) for count in counts}

    return load


@pytest.fixture
def snapshot(session: object) -> Callable[[], list[tuple]]:
    """Everything that an import could change."""

    def snapshot() -> list[tuple]:
        return [
            tuple(row)
            for query in (
                "SELECT * FROM units ORDER BY id",
                "SELECT * FROM desks ORDER BY id",
                "SELECT * FROM calendar_years ORDER BY year",
                "SELECT * FROM calendar_days ORDER BY day",
            )
            for row in db.session.execute(text(query))
        ]

    return snapshot
