"""Checking the catalogue on the command line."""

import orjson
import pytest
from click.testing import CliRunner

from butler.catalogue import queries
from butler.catalogue.commands import commands
from services_catalog.loading import build
from services_catalog.reading import CatalogueInvalid


def test_check_counts(client: object) -> None:
    result = CliRunner().invoke(commands, ["check"])

    revision = queries.catalogue().revision
    assert (result.exit_code, result.output) == (
        0,
        f"110 个事项、65 份指南、23 个碰一碰、12 个一件事，版本 {revision}。\n没有要改的。\n",
    )


def test_check_for_machines(client: object) -> None:
    result = CliRunner().invoke(commands, ["check", "--json"])

    assert orjson.loads(result.output) == {
        "ok": True,
        "revision": queries.catalogue().revision,
        "matters": 110,
        "guides": 65,
        "taps": 23,
        "bundles": 12,
        "flaws": [],
    }


@pytest.mark.parametrize("words", [["check"], ["check", "--json"]])
def test_check_of_a_broken_catalogue(client: object, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.setattr("butler.catalogue.commands.load", broken)

    result = CliRunner().invoke(commands, words)

    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "M001" in result.output


@pytest.mark.parametrize("words", [["check", "--loud"], ["walk"]])
def test_check_wrong_use(client: object, words: list[str]) -> None:
    assert CliRunner().invoke(commands, words).exit_code == 2


def broken(_: object) -> None:
    try:
        build({"matters/M001.yaml": {"code": "M001"}}, [], {})
    except CatalogueInvalid:
        raise
