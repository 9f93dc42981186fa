"""T27: whatever is full, an emergency is heard, and every refusal names the telephones; and when nothing of ours answers,
one file does. By counts, without a clock."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from outside.production import in_production
from werkzeug.test import TestResponse

from apart import bearer
from butler.cards.away import away_page
from butler.cards.commands import commands
from butler.identity.limits import EMERGENCY, FILING, GUESSING, LANES, READING, SEARCHING, WRITING
from butler.kit.database import ButlerFlask, db
from butler.org import queries as org
from butler.settings import Settings
from factories import Town
from figures import Show

CALLS = {"tel:110", "tel:119", "tel:120"}
NOWHERE = "/c/AAAAAAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture
def crowded(app: ButlerFlask, settings: Settings, town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[ButlerFlask]:
    """A twentieth of the usual numbers, so that all of them can be used up."""
    with in_production(app, settings, monkeypatch, proxies=0, limit_factor=0.05) as made:
        made.extensions["limits"].shared.storage.reset()
        yield made


@pytest.mark.parametrize("signed_in", [True, False], ids=["a resident", "an address"])
def test_an_emergency_is_heard_while_everything_else_is_full(
    crowded: ButlerFlask, client: FlaskClient, town: Town, signed_in: bool, show: Show
) -> None:
    caller = type(client)(crowded, crowded.response_class)
    headers = bearer(town.here.residents[0].person_id) if signed_in else {}
    db.session.commit()
    used = {}
    for lane, (method, path, body) in WAYS.items():
        while caller.open(path, method=method, json=body, headers=headers).status_code != 429:
            used[lane.name] = used.get(lane.name, 0) + 1
            assert used[lane.name] <= 200
    full = {lane.name: caller.open(path, method=method, json=body, headers=headers).status_code
            for lane, (method, path, body) in WAYS.items()}  # fmt: skip
    assert set(full.values()) == {429}

    urgent = WAYS[FILING][2] | {"urgency": "emergency"}
    keys = [headers | {"Idempotency-Key": f"an emergency of mine {number}".replace(" ", "-")} for number in range(3)]
    heard = [caller.post("/api/v1/cases", json=urgent, headers=one).status_code for one in keys]

    show(
        "P20", "emergencies heard while every other lane is full", lanes=len(full), used=sum(used.values()), heard=heard
    )
    assert full.keys() == {lane.name for lane in LANES} - {EMERGENCY.name}
    assert heard[0] == (422 if signed_in else 401), "its view was reached, and refused only what the test left out"


WAYS = {
    GUESSING: ("GET", "/api/v1/cards/AAAAAAAAAAAAAAAAAAAAAAAAAA", None),
    SEARCHING: ("GET", "/api/v1/search?q=M012", None),
    FILING: ("POST", "/api/v1/cases", {"kind": "no such kind"}),
    WRITING: ("POST", "/api/v1/matters/M012/checklist", {"answers": {}}),
    READING: ("GET", "/api/v1/bundles?x=1", None),
}
"""How each lane is filled; the last one last, because it is the widest."""


def test_every_refusal_names_the_telephones(crowded: ButlerFlask, client: FlaskClient) -> None:
    """A page that is refused for being asked for too often is still a page with three numbers on it."""
    caller = type(client)(crowded, crowded.response_class)
    refused: dict[str, TestResponse] = {}
    for path, times in ((NOWHERE, 8), ("/matters?q=M012", 100), ("/bundles", 160)):
        for _ in range(times):
            answer = caller.get(path)
            if answer.status_code == 429:
                refused[path] = answer
                break
    assert refused.keys() == {NOWHERE, "/matters?q=M012", "/bundles"}
    for path, answer in refused.items():
        assert set(re.findall(r'href="(tel:\d+)"', answer.text)) >= CALLS, path
        assert "110" in answer.text
        assert int(answer.headers["Retry-After"]) > 0


def test_one_file_answers_when_nothing_else_does(client: FlaskClient, town: Town, tmp_path: Path) -> None:
    town.here.desk.phone, desk = "0571-87654321", town.here.desk
    org.desk_of(town.here.community).phone = "0571-81234567"
    org.desk_of(town.elsewhere.community).phone = "0571-80000000"
    db.session.commit()
    file = tmp_path / "away.html"

    said = CliRunner().invoke(commands, ["away-page", "--unit", "330106", "--file", str(file)], catch_exceptions=False)

    page = file.read_text(encoding="utf-8")
    assert said.exit_code == 0
    called = set(re.findall(r'href="(tel:[^"]+)"', page))
    assert called >= CALLS | {"tel:12345", "tel:057187654321", "tel:057181234567"}
    assert "tel:057180000000" not in called, "of another district"
    assert f"有 {page.count('<a href') - 1} 个电话" in said.stdout
    assert desk.name in page
    assert re.findall(r'(?:src|href)="(?!tel:)|url\(|@import|<script|<link|<img', page) == [], "it needs nothing else"
    assert len(page.encode()) < 20_000
    refused = CliRunner().invoke(commands, ["away-page", "--unit", "999999", "--file", str(file)])
    assert (refused.exit_code, file.read_text(encoding="utf-8")) == (1, page)


def test_a_name_in_the_file_is_a_name_and_nothing_else() -> None:
    page = away_page([("<b>甲</b>", '"><script>', "0571-1;x=1")])  # type: ignore[list-item]

    assert "<script" not in page
    assert "<b>" not in page
    assert 'href="tel:057111"' in page
