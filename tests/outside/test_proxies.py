"""T21: what a visitor writes into the headers of proxies has no effect: not on whom limits count, not on links, not on
the log; behind none, one and two proxies of ours."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from matrix.scene import read_matrix
from outside.production import in_production
from sqlalchemy import select

from butler.identity.actions.hashing import keyed_hash
from butler.identity.models import OneTimeCode
from butler.identity.rules import network_of
from butler.kit.database import ButlerFlask, db
from butler.settings import Settings
from factories import Town

VISITOR, NEIGHBOUR, FIRST, SECOND = "203.0.113.7", "203.0.113.8", "10.0.0.1", "10.0.0.2"
LIE = "198.51.100.66"
EVIL = "evil.example"
FORGED = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Prefix": f"/{EVIL}",
    "X-Forwarded-Port": "6666",
    "X-Forwarded-Server": EVIL,
    "Forwarded": f"for={LIE};host={EVIL};proto=http",
    "X-Real-IP": LIE,
    "X-Client-IP": LIE,
    "True-Client-IP": LIE,
    "X-Original-URL": "/demo/inbox",
    "X-Rewrite-URL": "/demo/inbox",
    "X-HTTP-Method-Override": "DELETE",
    "X-Remote-User": "admin",
}
"""Headers some server somewhere believes; X-Forwarded-For and -Proto are in the table below."""
EACH_TIME = re.compile(r'urn:butler:req:[0-9a-f]+|<b>[0-9A-Z]{6}</b>|name="(?:_key|csrf_token)" value="[^"]+"')

# proxies of ours, who connects to us, what X-Forwarded-For says by then ({} is what the visitor wrote), whom we count
CALLERS = [
    (0, VISITOR, "{}", VISITOR),
    (1, FIRST, "{}, " + VISITOR, VISITOR),
    (1, FIRST, VISITOR, VISITOR),
    (2, SECOND, "{}, " + VISITOR + ", " + FIRST, VISITOR),
    (2, SECOND, "{}, {}, {}, " + VISITOR + ", " + FIRST, VISITOR),
    (1, VISITOR, "", VISITOR),  # somebody who got past the proxy
    (2, VISITOR, "{}", VISITOR),  # and here the one entry is not enough to be believed
]
LIES = [LIE, "127.0.0.1", "::1", "unknown", f"{VISITOR}, {LIE}", "'; drop table people; --", "\t", ",,,", "1" * 4000]


@pytest.fixture
def behind(
    app: ButlerFlask, settings: Settings, town: Town, monkeypatch: pytest.MonkeyPatch, request: Any
) -> Iterator[ButlerFlask]:
    with in_production(app, settings, monkeypatch, proxies=request.param, limit_factor=0.02) as made:
        made.extensions["limits"].shared.storage.reset()
        yield made


@pytest.mark.parametrize("behind", [0, 1, 2], indirect=True)
def test_limits_count_who_really_calls(client: FlaskClient, behind: ButlerFlask) -> None:
    proxies = behind.extensions["settings"].proxies
    for counted, (_, peer, template, caller) in enumerate([line for line in CALLERS if line[0] == proxies]):
        behind.extensions["limits"].shared.storage.reset()
        browser = a_client(behind, client, peer)
        searches = [search(browser, template.replace("{}", lie)) for lie in LIES * 3]
        assert searches == [200] * 18 + [429] * (len(searches) - 18), f"line {counted}: a fiftieth of 900"
        neighbour = a_client(behind, client, NEIGHBOUR if peer == caller else peer)
        assert search(neighbour, template.replace("{}", VISITOR).replace(VISITOR, NEIGHBOUR)) == 200
        asked = browser.post(
            "/api/v1/auth/codes",
            json={"phone": f"1380000000{counted}"},
            headers=FORGED | {"X-Forwarded-For": template.replace("{}", LIE)},
        )
        assert asked.status_code == 202
        newest = select(OneTimeCode.asked_from).order_by(OneTimeCode.id.desc()).limit(1)
        with behind.app_context():
            assert db.session.scalar(newest) == keyed_hash("address", network_of(caller))


@pytest.mark.parametrize("behind", [0, 1, 2], indirect=True)
def test_no_answer_and_no_line_of_the_log_is_moved(client: FlaskClient, behind: ButlerFlask, capsys: Any) -> None:
    """Every public address: with all the forged headers it says what it says without them."""
    _, peer, template, _ = next(line for line in CALLERS if line[0] == behind.extensions["settings"].proxies)
    honest, liar = a_client(behind, client, peer), a_client(behind, client, peer)
    before = {"X-Forwarded-For": template.replace("{}", VISITOR), "X-Forwarded-Proto": "https"}
    forged = FORGED | {"X-Forwarded-For": template.replace("{}", LIE), "X-Forwarded-Proto": "http, https"}
    asked = 0
    for path in addresses():
        behind.extensions["limits"].shared.storage.reset()
        honest.get(path, headers=before).close()  # what is kept in memory says `Vary` from the second time on
        first, second = honest.get(path, headers=before), liar.get(path, headers=forged)
        assert EVIL not in second.text + str(second.headers), path
        assert told(second) == told(first), path
        asked += 1
    assert asked > 25
    lines = capsys.readouterr().err
    assert '"event":"request"' in lines
    ours = re.sub(r'"(?:request|name|at|ms)":[^,}]*', "", lines)  # made up or measured by us, of any digits
    assert [word for word in (EVIL, LIE, VISITOR, "6666", "drop table") if word in ours] == []


def a_client(behind: ButlerFlask, client: FlaskClient, peer: str) -> FlaskClient:
    made = type(client)(behind, behind.response_class, use_cookies=True)
    made.environ_base["REMOTE_ADDR"] = peer
    return made


def search(browser: FlaskClient, forwarded: str) -> int:
    return browser.get("/api/v1/search?q=M012", headers=FORGED | {"X-Forwarded-For": forwarded}).status_code


def addresses() -> Iterator[str]:
    """What anybody may open, what they are sent to sign in for, what is not there."""
    for route, line in read_matrix().items():
        method, _, path = route.partition(" ")
        if method == "GET" and "/demo" not in path and "health" not in path and "ready" not in path:
            if "<" not in path:
                yield f"{path}?{line.query}" if line.query and "{" not in line.query else path
            elif line.about and path.count("<") == 1 and line.expected["nobody"] == "Y":
                yield re.sub("<[^>]+>", line.about, path)
    yield from ("/nowhere", "/api/v1/nowhere", "/c/AAAAAAAAAAAAAAAAAAAAAAAAAA")


def told(answer: Any) -> tuple[int, str, list[tuple[str, str]]]:
    kept = [
        (name, value) for name, value in answer.headers if name not in ("X-Request-Id", "Set-Cookie", "Content-Length")
    ]
    text = EACH_TIME.sub("~", answer.text)
    answer.close()
    return answer.status_code, text, sorted(kept)
