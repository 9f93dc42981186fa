"""What every answer in production says of itself, and what its cookies are: over every address there is."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from matrix.scene import NOBODY, Scene, read_matrix, routes_of
from outside.production import FROM_OUTSIDE, in_production, visitor
from werkzeug.test import TestResponse

from butler.identity import actions
from butler.kit.database import ButlerFlask, db
from butler.settings import Settings
from factories import Town
from figures import Show
from surfing import Browser

EVIL = "https://evil.example"
PREFLIGHT = {"Origin": EVIL, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
UNSAFE_WORDS = ("unsafe-inline", "unsafe-eval", "unsafe-hashes", "strict-dynamic", "*", "http:", "https:")


@pytest.fixture
def production(
    app: ButlerFlask, settings: Settings, town: Town, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ButlerFlask]:
    with in_production(app, settings, monkeypatch) as made:
        yield made


def test_headers_of_every_address(production: ButlerFlask, client: FlaskClient, town: Town, show: Show) -> None:
    scene = Scene(production, visitor(production, type(client)), town)
    for browser in scene.browsers.values():
        browser.environ_base |= FROM_OUTSIDE | {"HTTP_ORIGIN": EVIL}  # GET is answered, what would change is refused
    rules, asked, wrong = routes_of(production), 0, []
    for route, line in read_matrix().items():
        if route not in rules:
            assert "/demo" in route, "only the demo is missing in production"
            continue
        answers = [scene.ask(line, rules[route], who, "own")[1] for who in ("butler", NOBODY)]
        path = scene.path(line, rules[route], scene.things_at("butler", "own"))
        answers.append(scene.browsers[NOBODY].options(path, headers=PREFLIGHT))
        asked += len(answers)
        wrong += [f"{route} {answer.status_code}: {fault}" for answer in answers for fault in faults(answer)]

    show("P26", "headers of production, over every address", addresses=len(rules), asked=asked, wrong=len(wrong))
    assert asked > 3 * 170
    assert wrong == []


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/api/v1/nowhere", {}, 404),
        ("DELETE", "/matters", {}, 405),
        ("POST", "/sign-in", {"Origin": EVIL}, 403),
        ("GET", "/?a=%00", {}, 400),
        ("GET", "/", {"Host": "evil.example"}, 400),
        ("GET", "/static/no.css", {}, 404),
        ("OPTIONS", "/nowhere", PREFLIGHT, 404),
        ("OPTIONS", "/api/v1/cases", PREFLIGHT, 200),
    ],
)
def test_headers_of_refusals(
    production: ButlerFlask, client: FlaskClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = visitor(production, type(client)).open(path, method=method, headers=headers)

    assert (answer.status_code, list(faults(answer))) == (status, [])


def test_cookies_are_ours_alone(production: ButlerFlask, client: FlaskClient, town: Town) -> None:
    """Each cookie we set, on the way of a resident, of staff, of whoever wants larger letters, and of who leaves."""
    actions.add_staff_member(name="演示", username="evening", password="correct horse battery staple")
    db.session.commit()
    seen: dict[str, set[str]] = {}

    class Noting(type(client)):  # type: ignore[misc]
        def open(self, *args: object, **kwargs: object) -> TestResponse:
            answer: TestResponse = super().open(*args, **kwargs)
            for link in (*answer.history, answer):
                for line in link.headers.getlist("Set-Cookie"):
                    seen.setdefault(line.partition("=")[0], set()).add(line)
            return answer

    browser = Browser(visitor(production, Noting))
    browser.open("/sign-in/staff").press("登录工作台", username="evening", password="correct horse battery staple")
    assert browser.status == 200
    browser.open("/text-size")
    size = browser.page.forms[0]
    browser.send(next(iter(size.buttons.values())), browser.filled_in(size))
    browser.open("/sign-out").press("退出登录")

    assert seen.keys() >= {"__Host-butler", "__Host-butler-device"}
    for name, lines in seen.items():
        for line in lines:
            assert name.startswith("__Host-"), line
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; ")), line
            assert "domain=" not in line.lower(), line


def faults(answer: TestResponse) -> Iterator[str]:
    """What an answer of production does not say, or should not."""
    said = {name.lower(): value for name, value in answer.headers}
    for name, value in (
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
    ):
        if said.get(name) != value:
            yield f"{name}: {said.get(name)}"
    age = re.fullmatch(r"max-age=(\d+); includeSubDomains", said.get("strict-transport-security", ""))
    if age is None or int(age[1]) < 365 * 24 * 3600:
        yield "no HSTS for a year"
    yield from (name for name in said if name.startswith("access-control-"))
    csp = dict(part.strip().partition(" ")[::2] for part in said.get("content-security-policy", "").split(";"))
    for directive in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        if csp.get(directive, csp.get("default-src") if directive == "object-src" else None) != "'none'":
            yield f"CSP {directive}: {csp.get(directive)}"
    yield from (f"CSP says {word}" for word in UNSAFE_WORDS for value in csp.values() if word in value.split())
    yield from (f"CSP says {value}" for value in csp.values() if "'unsafe" in value or "nonce-" in value)
