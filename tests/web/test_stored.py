"""Finished public answers are given again without Flask, and never when they should not be."""

import gzip
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Blueprint as PageBlueprint
from flask import Response, request
from flask.testing import FlaskClient

from butler.kit.errors import NotFound
from butler.settings import Settings
from butler.web import stored
from butler.web.etag import not_modified
from butler.web.guard import public
from butler.web.headers import HEADERS
from butler.web.openapi import Blueprint
from tests.web.conftest import make_app


class Counter:
    """How often the views ran."""

    def __init__(self) -> None:
        self.runs = 0

    def register(self, api: Blueprint, _: PageBlueprint) -> None:
        """Views that keep their answer."""

        @api.get("/kept/<name>")
        @public
        def kept(name: str) -> Response:
            """Keep for ever."""
            self.runs += 1
            stored.keep()
            if name == "nothing":
                raise NotFound()
            response = not_modified("tag") or Response(f"{name} {request.query_string.decode()}", mimetype="text/plain")
            if name == "cookie":
                response.set_cookie("a", "b")
            return response

        @api.get("/brief")
        @public
        def brief() -> Response:
            """Keep for a moment."""
            self.runs += 1
            stored.keep(seconds=0.2)
            return Response(str(self.runs))

        @api.post("/change")
        @public
        def change() -> Response:
            """Change what is brief."""
            stored.forget("/api/v1/things/brief")
            return Response("changed")


Made = tuple[FlaskClient, Counter]


@pytest.fixture
def made(bare_settings: Settings) -> Callable[[str], Made]:
    """An application in an environment, and how often its views have run."""

    def make(env: str = "development") -> Made:
        counter = Counter()
        app = make_app(replace(bare_settings, env=env), register=counter.register)
        app.testing = env == "test"
        stored.install(app)
        return app.test_client(use_cookies=False), counter

    return make


def test_kept_answer_is_the_same_but_for_its_request_id(made: Callable[[], Made]) -> None:
    client, counter = made()

    first, again = (client.get("/api/v1/things/kept/a") for _ in range(2))

    assert counter.runs == 1
    assert (again.status, again.data) == (first.status, first.data)
    assert first.headers["X-Request-Id"] != again.headers["X-Request-Id"]
    assert [header for header in again.headers if header[0] != "X-Request-Id"] == [
        header for header in first.headers if header[0] != "X-Request-Id"
    ]
    assert {name for name, _ in HEADERS} <= {name for name, _ in again.headers}


def test_kept_answer_is_304_for_its_own_tag_only(made: Callable[[], Made]) -> None:
    client, counter = made()
    client.get("/api/v1/things/kept/a")

    same = client.get("/api/v1/things/kept/a", headers={"If-None-Match": '"tag"'})
    other = client.get("/api/v1/things/kept/a", headers={"If-None-Match": '"old"'})

    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", '"tag"')
    assert "Content-Length" not in same.headers
    assert (other.status_code, other.text, counter.runs) == (200, "a ", 2)


@pytest.mark.parametrize(
    ("path", "method", "host", "runs"),
    [
        ("kept/a", "GET", "localhost", 1),
        ("kept/a?x=1", "GET", "localhost", 2),
        ("kept/a", "HEAD", "localhost", 2),
        ("kept/b", "GET", "localhost", 2),
        ("kept/a", "GET", "evil.example", 1),
    ],
)
def test_anything_else_goes_the_whole_way(
    made: Callable[[], Made], path: str, method: str, host: str, runs: int
) -> None:
    client, counter = made()
    client.get("/api/v1/things/kept/a")

    answer = client.open(f"/api/v1/things/{path}", method=method, base_url=f"http://{host}")

    assert counter.runs == runs
    assert answer.status_code == (400 if host == "evil.example" else 200)


@pytest.mark.parametrize("name", ["nothing", "cookie"])
def test_refusals_and_cookies_are_not_kept(made: Callable[[], Made], name: str) -> None:
    client, counter = made()

    for _ in range(2):
        client.get(f"/api/v1/things/kept/{name}")

    assert counter.runs == 2


def test_brief_answers_grow_old(made: Callable[[], Made]) -> None:
    client, _ = made()

    texts = [client.get("/api/v1/things/brief").text for _ in range(2)]
    time.sleep(0.25)

    assert texts == ["1", "1"]
    assert client.get("/api/v1/things/brief").text == "2"


def test_brief_answers_are_forgotten_by_the_deed_that_changes_them(made: Callable[[], Made]) -> None:
    client, _ = made()
    client.get("/api/v1/things/brief")

    client.post("/api/v1/things/change", json={})

    assert client.get("/api/v1/things/brief").text == "2"


def test_brief_answers_are_not_kept_in_tests(made: Callable[[str], Made]) -> None:
    client, counter = made("test")

    for path in ("brief", "brief", "kept/a", "kept/a"):
        client.get(f"/api/v1/things/{path}")

    assert counter.runs == 3


def test_memory_is_bounded(made: Callable[[], Made], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MOST", 3)
    client, _ = made()

    for number in range(8):
        client.get(f"/api/v1/things/kept/{number}")

    assert len(client.application.wsgi_app.kept) == 2


def test_forget_all_drops_what_is_kept(made: Callable[[], Made]) -> None:
    client, counter = made()
    client.get("/api/v1/things/kept/a")
    stored.forget_all(client.application)
    client.get("/api/v1/things/kept/a")

    assert counter.runs == 2


@pytest.mark.parametrize(
    ("accepts", "packed"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, br", False),
        ("*", False),
        ("", False),
    ],
)
def test_what_is_kept_is_packed_for_those_who_accept_gzip(made: Callable[[], Made], accepts: str, packed: bool) -> None:
    client, _ = made()
    address = "/api/v1/things/kept/" + "long" * 400
    plain = client.get(address)

    again = client.get(address, headers={"Accept-Encoding": accepts})

    assert again.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert (gzip.decompress(again.data) if packed else again.data) == plain.data
    assert int(again.headers["Content-Length"]) == len(again.data)
    assert again.headers["Vary"] == "Accept-Encoding"
    assert again.headers["ETag"] == ('"tag-gz"' if packed else '"tag"')


@pytest.mark.parametrize("tag", ['"tag"', '"tag-gz"'])
@pytest.mark.parametrize("accepts", ["gzip", ""])
def test_either_tag_is_answered_with_304(made: Callable[[], Made], tag: str, accepts: str) -> None:
    client, _ = made()
    client.get("/api/v1/things/kept/" + "long" * 400)

    same = client.get("/api/v1/things/kept/" + "long" * 400, headers={"If-None-Match": tag, "Accept-Encoding": accepts})

    assert (same.status_code, same.data) == (304, b"")
    assert "Content-Encoding" not in same.headers
