"""How often one caller may call: by person, else by address; an emergency always gets through."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from butler.app import create_app
from butler.identity import limits
from butler.identity.limits import EMERGENCY, FILING, GUESSING, LANES, READING, SEARCHING, WRITING, lane_of
from butler.kit.database import ButlerFlask, db
from butler.settings import Settings

Open = Callable[..., FlaskClient]


@pytest.fixture
def limited(settings: Settings, app: ButlerFlask) -> Iterator[Open]:
    """An application of its own that counts: a twentieth of the usual numbers, so that a test can reach them."""
    opened = []

    def open_app(**changes: object) -> FlaskClient:
        made = create_app(replace(settings, limit_factor=0.05, **changes))
        if "redis_url" not in changes:
            made.extensions["limits"].shared.storage.reset()
        opened.append(made)
        return made.test_client()

    yield open_app
    for made in opened:
        with made.app_context():
            db.engine.dispose()


def _statuses(client: FlaskClient, path: str, times: int, **kwargs: object) -> list[int]:
    return [client.get(path, **kwargs).status_code for _ in range(times)]


@pytest.mark.parametrize("away", [False, True], ids=["Valkey", "without Valkey"])
def test_too_many_searches_from_one_address_wait(limited: Open, away: bool) -> None:
    client = limited(**({"redis_url": "redis://127.0.0.1:1/0"} if away else {}))
    statuses = _statuses(client, "/api/v1/search?q=养老", 60)
    assert statuses.count(200) == 45  # a twentieth of 900
    assert set(statuses[45:]) == {429}
    refused = client.get("/api/v1/search?q=养老")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.json["code"] == "rate-limited"
    assert "110" in refused.json["detail"]
    assert client.get("/api/v1/bundles").status_code == 200, "another lane is free"
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/api/v1/search?q=养老", environ_base=elsewhere).status_code == 200


def test_cards_that_are_not_there_cannot_be_guessed_for_long(limited: Open) -> None:
    client = limited()
    assert _statuses(client, "/c/AAAAAAAAAAAAAAAAAAAAAAAAAA", 5) == [404, 404, 404, 429, 429]
    assert client.get("/api/v1/cards/AAAAAAAAAAAAAAAAAAAAAAAAAA").status_code == 429, "the API does not count afresh"
    assert client.get("/api/v1/bundles").status_code == 200


def test_people_who_write_a_wrong_address_are_not_guessing(limited: Open) -> None:
    client = limited()
    assert _statuses(client, "/matters/M999", 5) == [404] * 5


def test_an_emergency_has_a_lane_of_its_own(limited: Open) -> None:
    client = limited()
    normal, urgent = {"kind": "repair", "urgency": "normal"}, {"kind": "repair", "urgency": "emergency"}
    statuses = [client.post("/api/v1/cases", json=normal).status_code for _ in range(14)]
    assert statuses == [401] * 10 + [429] * 4
    assert client.post("/api/v1/cases", json=urgent).status_code == 401, "heard, and refused only for want of a sign-in"
    assert [client.post("/api/v1/cases", json=urgent).status_code for _ in range(11)][-2:] == [429, 429]


def test_the_start_page_and_health_are_not_refused_to_a_searcher(limited: Open) -> None:
    client = limited()
    _statuses(client, "/api/v1/search?q=养老", 50)
    assert client.get("/healthz").status_code == 200
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("rule", "method", "lane"),
    [
        ("/matters", "GET", SEARCHING),
        ("/api/v1/search", "GET", SEARCHING),
        ("/api/v1/cases", "GET", READING),
        ("/api/v1/cases", "POST", FILING),
        ("/cases", "POST", FILING),
        ("/desk/queue", "GET", READING),
        ("/desk/claim-next", "POST", WRITING),
    ],
)
def test_the_lane_of_an_address(rule: str, method: str, lane: limits.Lane) -> None:
    assert lane_of(rule, method) is lane


def test_every_address_of_a_lane_exists(app: ButlerFlask) -> None:
    known = {rule.rule for rule in app.url_map.iter_rules()}
    assert {rule for lane in LANES for rule in lane.rules} <= known
    assert not EMERGENCY.rules
    assert GUESSING.per_person == GUESSING.per_address


def test_the_numbers_are_those_of_the_documents() -> None:
    text = (Path(__file__).parents[2] / "docs/deploy.md").read_text(encoding="utf-8")
    for lane in LANES:
        assert f"| {lane.name} | {lane.per_person} | {lane.per_address} |" in text
