"""T28: a file to import costs no more memory however large or strange it is. Counted by tracemalloc, not timed."""

import csv
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from butler.kit.database import db
from butler.org.actions import import_divisions
from butler.org.tables import Problems, Unreadable, read_rows
from figures import Show

MB = 1024 * 1024
COLUMNS = ("code", "name")
MOST = 24 * MB
"""Of the whole import beyond what was there: one statement of 10,000 rows, and what the driver makes of it."""


def test_ten_times_the_rows_cost_the_same_memory(session: object, directory: Path, show: Show) -> None:
    peaks = {}
    for streets in (2, 25):
        spread(directory, streets, communities=900)
        peaks[streets] = peak(lambda: import_divisions(directory=directory, dry_run=True))
        db.session.rollback()
    show("T28", "memory of an import", rows_small=2 * 900, rows_large=25 * 900, small_mb=round(peaks[2] / MB, 1),
         large_mb=round(peaks[25] / MB, 1))  # fmt: skip
    assert peaks[25] < MOST
    assert peaks[25] < peaks[2] * 3 + 4 * MB, "no more for more rows than one statement holds"


HOSTILE = {
    "one line without an end": lambda: b"code,name\n" + b"x" * (16 * MB),
    "a quote that never closes": lambda: b'code,name\n"' + b"x,\n" * (2 * MB),
    "nothing but line breaks": lambda: b"code,name\n" + b"\n" * 200_000,
    "a million columns": lambda: b"code,name" + b",c" * MB + b"\n",
    "zeros": lambda: b"code,name\n" + b"\0" * (8 * MB),
    "every row is wrong": lambda: b"code,name\n" + b"1,2,3\n" * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_not_held_in_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / "villages.csv"
    path.write_bytes(HOSTILE[name]())
    problems = Problems()

    def read() -> None:
        try:
            for _ in read_rows(path, COLUMNS, problems):
                pass
        except Unreadable:
            pass

    assert peak(read) < MB
    assert problems.total or name == "nothing but line breaks"


def peak(work: Callable[[], object]) -> int:
    """The most memory Python held at once for this, in bytes."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def spread(directory: Path, streets: int, *, communities: int) -> None:
    """So many streets with so many communities each, in the files of the directory."""
    codes = [f"330106{number:03}" for number in range(1, streets + 1)]
    write(directory / "streets.csv", ["code", "name", "areaCode", "provinceCode", "cityCode"],
          [[code, f"演示{code}街道", "330106", "33", "3301"] for code in codes])  # fmt: skip
    write(directory / "villages.csv", ["code", "name", "streetCode", "provinceCode", "cityCode", "areaCode"],
          [[f"{code}{place:03}", f"演示第{place}社区", code, "33", "3301", "330106"]
           for code in codes for place in range(1, communities + 1)])  # fmt: skip


def write(path: Path, heading: list[str], rows: list[list[str]]) -> None:
    """A CSV file as the package of divisions has it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *rows])
