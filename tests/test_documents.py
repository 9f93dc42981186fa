"""What the documents name exists: files, functions, links, commands, settings, libraries."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from butler.kit.database import ButlerFlask

ROOT = Path(__file__).parents[1]
PAGES = [
    page
    for pattern in ("README*.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md", "docs/decisions/*.md")
    for page in sorted(ROOT.glob(pattern))
]
SCREENSHOTS = ROOT / "docs" / "screenshots"
ROOTS = ("butler/", "services_catalog/", "docs/", "tests/", "migrations/", "bench/", "deploy/", ".ci/")
MADE = ("instance/", ".venv/")  # there once something runs
NAMES = {page.name: page for page in PAGES}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def test_documents_are_found() -> None:
    assert {"README.md", "README.zh.md", "CONTRIBUTING.md", "tour.md", "deploy.md", "vocabulary.md"} <= NAMES.keys()


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"(?:src|href)=\"([^\"]+)\"", text)

    dead = [
        link
        for link in links
        if not re.match(r"[a-z]+:|#", link)
        and not _exempt(target := page.parent / link.split("#")[0])
        and not target.exists()
    ]

    assert dead == []


@every_page
def test_paths_and_names_exist(page: Path) -> None:
    missing = []
    for path, names in _named(page):
        if not any(True for _ in ROOT.glob(path)) and not _exempt(ROOT / path):
            missing.append(path)
        missing += [f"{path}:{name}" for name in names if name not in _top_level(ROOT / path)]

    assert missing == []


@every_page
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))

    assert {name for code in _code(page) for name in re.findall(r"(?<!cards )\bmake ([a-z][a-z-]*)", code)} <= targets


@every_page
def test_commands_exist(page: Path, app: ButlerFlask) -> None:
    unknown = []
    for code in _code(page):
        for words in re.findall(r"\bflask (butler(?: [a-z-]+)*|db [a-z]+|openapi [a-z]+)", code):
            command: click.Command = app.cli
            for word in words.split():
                if not isinstance(command, click.Group):
                    break  # the rest are arguments
                if word not in command.commands:
                    unknown.append(words)
                    break
                command = command.commands[word]

    assert unknown == []


def test_every_command_explains_itself(app: ButlerFlask) -> None:
    for words, _ in _commands(app.cli.commands["butler"], ("butler",)):
        shown = CliRunner().invoke(app.cli, [*words, "--help"])
        assert (words, shown.exit_code) == (words, 0)
        assert re.search(r"[\u4e00-\u9fff]", shown.output), words


def test_settings_are_explained() -> None:
    read = re.findall(r"env\.\w+\(\"([A-Z_]+)\"", (ROOT / "butler" / "settings.py").read_text(encoding="utf-8"))
    explained = re.findall(r"^\| `([A-Z_]+)` \|", NAMES["deploy.md"].read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert sorted(explained) == sorted(read)


@pytest.mark.parametrize(
    ("heading", "locked"), [("What the application needs", "requirements.txt"), ("Only for", "requirements-local.txt")]
)
def test_libraries_are_named_with_their_licences(heading: str, locked: str) -> None:
    """`requirements-local.txt` holds those of `requirements.txt` too; its own table has the rest."""
    pinned = _pinned(locked) - (_pinned("requirements.txt") if locked != "requirements.txt" else set())
    sections = NAMES["third-party.md"].read_text(encoding="utf-8").split("\n## ")
    (section,) = [part for part in sections if part.startswith(heading)]

    named = set(re.findall(r"^\| ([a-z0-9-]+) \| [^|]{2,} \|", section, flags=re.MULTILINE)) - {"library"}

    assert named == pinned


def test_the_licence_is_the_one_announced() -> None:
    announced = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["license"]

    assert announced == "Apache-2.0"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").lstrip().startswith("Apache License")


def test_decisions_have_their_four_parts() -> None:
    for page in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        parts = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert (page.name, parts) == (page.name, ["Context", "Decision", "Consequences", "Alternatives"])


def _exempt(target: Path) -> bool:
    """Screenshots are made by the browser tests; until there are any, a page may point at them."""
    return target.resolve().is_relative_to(SCREENSHOTS) and not SCREENSHOTS.exists()


def _code(page: Path) -> list[str]:
    """Everything between backticks, fenced or not."""
    text = page.read_text(encoding="utf-8")
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return fenced + re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def _named(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Paths of the tree, each with the functions or classes named in it: `butler/x.py:one`."""
    for code in _code(page):
        path, _, name = code.partition(":")
        if re.fullmatch(r"[\w./*-]+", path) and path.startswith(ROOTS) and not path.startswith(MADE):
            yield path, [name] if name and path.endswith(".py") else []


@cache
def _top_level(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


def _commands(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _commands(below, (*words, name))


def _pinned(name: str) -> set[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9-]+)(?:\[[^\]]*\])?==", text, flags=re.MULTILINE))
