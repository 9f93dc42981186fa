"""One error, two faces: a problem document and a page, with the same code and the same care."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import g
from flask.testing import FlaskClient
from psycopg import errors as pg
from sqlalchemy.exc import IntegrityError, OperationalError

from butler.kit.errors import REGISTRY
from butler.kit.numbers import request_name
from butler.web import faces
from butler.web.problems import WORDS
from tests.web.conftest import Somebody, filled

DOCUMENT = Path(__file__).parents[2] / "docs" / "problems.md"
NEVER_SAID = (
    "Error",
    "Exception",
    "Traceback",
    "psycopg",
    "sqlalchemy",
    "None",
    "13800001111",
    "张三",
    "系统繁忙",
    "非法",
)


def test_every_problem_has_words() -> None:
    assert list(WORDS) == list(REGISTRY)


def test_every_problem_is_documented() -> None:
    rows = [f"| `{code}` | {status} | {' | '.join(WORDS[code])} |" for code, status in REGISTRY.items()]

    assert [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")] == rows


@pytest.mark.parametrize("words", WORDS.values(), ids=list(WORDS))
def test_words_are_plain(words: tuple[str, str]) -> None:
    for text in words:
        assert text
        assert not re.search(r"[,;:!?()]|您好|亲|错误码|参数|非法|操作失败|系统", text)


@pytest.mark.parametrize(("status", "code"), sorted(faces._CODES.items()))
def test_code_of_a_status_is_in_the_registry(status: int, code: str) -> None:
    assert REGISTRY[code] in {status, 400, 413}


@pytest.mark.parametrize("status", [400, 403, 404, 405, 406, 409, 410, 412, 413, 414, 415, 428, 431, 500, 503])
def test_same_error_for_programs_and_people(browser: FlaskClient, status: int) -> None:
    page = browser.get(f"/no/{status}")
    problem = browser.get(f"/no/{status}", headers={"Accept": "application/problem+json"})

    html = page.get_data(as_text=True)
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert (problem.status_code, problem.mimetype) == (status, "application/problem+json")
    assert problem.get_json()["title"] in html
    assert problem.get_json()["detail"] in html
    assert request_name(page.headers["X-Request-Id"]) in html
    assert html.count("<h1") == 1


def test_refusal_keeps_its_headers(browser: FlaskClient) -> None:
    page = browser.get("/no/429")

    assert (page.status_code, page.headers["Retry-After"]) == (429, "60")
    assert "请一分钟后再试。" in page.get_data(as_text=True)


def test_stale_version_carries_the_present_state(api: FlaskClient) -> None:
    answer = api.post("/api/v1/things/3/steps/claim", headers={"If-Match": '"2"'})

    assert (answer.status_code, answer.get_json()["current"]) == (412, {"version": 3})


@pytest.mark.parametrize("path", ["/api/v1/things/bug", "/bug"])
def test_bug_tells_nothing_but_its_number(browser: FlaskClient, capsys: pytest.CaptureFixture[str], path: str) -> None:
    answer = browser.get(path)

    body = answer.get_data(as_text=True)
    log = capsys.readouterr().err
    assert answer.status_code == 500
    assert [word for word in NEVER_SAID if word in body] == []
    assert request_name(answer.headers["X-Request-Id"]) in (body if path == "/bug" else log)
    assert answer.headers["X-Request-Id"] in log
    assert '"type":"builtins.ZeroDivisionError"' in log
    assert "13800001111" not in log


@pytest.mark.parametrize("path", ["/api/v1/things/database", "/database"])
def test_database_away_is_said_honestly(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "暂时连不上" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (pg.LockNotAvailable(), 503, "overloaded"),
        (pg.QueryCanceled(), 503, "overloaded"),
        (pg.SerializationFailure(), 503, "overloaded"),
        (pg.DeadlockDetected(), 503, "overloaded"),
        (pg.TooManyConnections(), 503, "overloaded"),
        (pg.AdminShutdown(), 503, "dependency-down"),
        (pg.ConnectionFailure(), 503, "dependency-down"),
        (pg.CannotConnectNow(), 503, "dependency-down"),
        (pg.ReadOnlySqlTransaction(), 503, "dependency-down"),
        (pg.DiskFull(), 507, "storage-full"),
    ],
)
def test_what_the_database_says(api: FlaskClient, error: Exception, status: int, code: str) -> None:
    with api.application.test_request_context("/api/v1/things"):
        g.request_id = "x"

        answer = faces._database_failed(OperationalError("SELECT 1", {}, error))

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_broken_constraint_is_our_bug(api: FlaskClient) -> None:
    broken = IntegrityError("INSERT", {}, pg.UniqueViolation())

    with pytest.raises(IntegrityError):
        faces._database_failed(broken)


def test_not_there_and_not_yours_are_the_same_page(browser: FlaskClient, actor: Callable[[Somebody], None]) -> None:
    actor(Somebody())  # a resident on a page for staff

    hidden, absent = browser.get("/desk"), browser.get("/nope")

    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert _without_number(hidden.get_data(as_text=True)) == _without_number(absent.get_data(as_text=True))


def test_form_that_failed_can_be_sent_again_with_the_same_key(browser: FlaskClient, token: str) -> None:
    page = browser.post("/things", data=filled(token, summary="查库", count="2"))

    html = page.get_data(as_text=True)
    assert page.status_code == 503
    assert '<input type="hidden" name="summary" value="查库">' in html
    assert '<input type="hidden" name="count" value="2">' in html
    assert html.count('name="_key" value="0123456789abcdef"') == 1
    assert "再提交一次" in html


def test_what_was_typed_is_shown_when_somebody_else_was_first(browser: FlaskClient, token: str) -> None:
    page = browser.post(
        "/things", data=filled(token, summary="变了"), headers={"Referer": "http://localhost/things?x=1"}
    )

    html = page.get_data(as_text=True)
    assert page.status_code == 409
    assert '<p class="copy">变了</p>' in html
    assert 'href="/things"' in html


@pytest.mark.parametrize("referer", ["https://evil.example/things", "http://localhost//evil.example", "x"])
def test_no_way_back_to_strangers(browser: FlaskClient, token: str, referer: str) -> None:
    page = browser.post("/things", data=filled(token, summary="变了"), headers={"Referer": referer})

    assert "看最新的情况" not in page.get_data(as_text=True)


def test_form_is_shown_again_with_what_was_typed(browser: FlaskClient, token: str) -> None:
    page = browser.post("/things", data=filled(token, summary="帮<b>我", count="十二", **{"beneficiary.name": ""}))

    html = page.get_data(as_text=True)
    assert page.status_code == 422
    assert "<title>需要修改：" in html
    assert "有 2 处需要修改" in html
    assert '<a href="#f-count">' in html
    assert '<a href="#f-beneficiary-name">姓名：这一项要填。</a>' in html
    assert "帮&lt;b&gt;我</textarea>" in html
    assert 'value="十二"' in html
    assert 'aria-describedby="f-count-wrong" aria-invalid="true"' in html


def _without_number(html: str) -> str:
    return re.sub(r"<b>[0-9A-Z]{6}</b>|next=[^\"]+", "", html)
