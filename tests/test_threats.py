"""`docs/threats.md` and `docs/asvs.md` claim nothing that is not there, and leave nothing out."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
THREATS, ASVS = ROOT / "docs" / "threats.md", ROOT / "docs" / "asvs.md"
STANDARD = """
1.1.1 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.10 1.3.1 1.3.4 1.3.6 1.3.7 1.3.12 1.5.1 1.5.2 1.5.3 2.1.1 2.1.3 2.2.1 2.2.3
2.3.1 2.3.3 2.3.4 2.3.5 2.4.1 3.2.1 3.3.1/3 3.3.2/4 3.4.1 3.4.2 3.4.3 3.4.4/5/6 3.4.7/8 3.5.1/3 3.7.2 4.1.1 4.1.3 4.1.4
4.2.1 5.1.1 5.2.1/2 5.2.4/6 5.3.1/2 5.4.1/2 5.4.3 6.1.1 6.2.1/4/5/8/9 6.2.10 6.2.12 6.3.2 6.3.3 6.3.8 6.4.2/3 6.5.1/2/4/5
6.6.2/3 7.2.1–4 7.3.1/2 7.4.1/2/5 7.5.1/2 8.1.1/2 8.2.1/2/3 8.3.2 8.4.1 11.3.2/11.4.2/11.5.1 12.1.1/12.2.1/12.3.1
13.2.2/13.3.1 13.4.1/2/5 14.1.1/14.2.1/14.2.4 14.2.6/7/8 14.3.1/2/3 15.1.1/15.2.1/15.1.2 15.3.1/3/7 15.4.2 16.2.1/2/5
16.3.1/2 16.4.1/2 16.5.1–4
"""

both = pytest.mark.parametrize("page", [THREATS, ASVS], ids=lambda page: page.name)


def rows_of(page: Path) -> list[list[str]]:
    """The cells of each line of a table that begins with an id."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if re.match(r"\| T?\d", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@cache
def names_in(path: Path) -> frozenset[str]:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assigned = {
        target.id
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return frozenset(assigned | {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)})


def named(text: str) -> list[tuple[str, str]]:
    """Each `file` or `file:name` between backticks."""
    return re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.\w+|pyproject\.toml)(?::(\w+))?`", text)


def test_every_threat_has_its_row() -> None:
    assert [row[0] for row in rows_of(THREATS)] == [f"T{number}" for number in range(1, 29)]


def test_every_line_of_the_standard_has_its_row() -> None:
    assert [row[0] for row in rows_of(ASVS)] == STANDARD.split()


@both
def test_what_is_named_exists(page: Path) -> None:
    missing = [
        f"{path}:{name}"
        for path, name in named(page.read_text(encoding="utf-8"))
        if not (ROOT / path).exists() or (name and name not in names_in(ROOT / path))
    ]

    assert missing == []


@both
def test_nothing_like_a_name_goes_unread(page: Path) -> None:
    """A misspelt `tests/…` between backticks would otherwise be skipped."""
    spans = re.findall(r"`((?:tests|butler|docs)/[^`]+)`", page.read_text(encoding="utf-8"))

    assert [span for span in spans if not named(f"`{span}`")] == []


def test_each_threat_has_a_test_or_says_not_yet() -> None:
    silent = [
        row[0]
        for row in rows_of(THREATS)
        if len(row) != 5 or not (any(name.startswith("test_") for _, name in named(row[3])) or "not yet" in row[3])
    ]

    assert silent == []


def test_each_line_of_the_standard_is_shown_or_open() -> None:
    silent = [
        row[0] for row in rows_of(ASVS) if len(row) != 4 or not (named(row[3]) or re.search(r"open: \w+", row[3]))
    ]

    assert silent == []
