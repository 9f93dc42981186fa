"""The log finds every request and tells nothing about anybody."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from butler.web.logs import _ExceptionPlaces
from tests.web.conftest import Somebody, filled

SECRETS = ("13899990000", "张三丰", "7K3M2QWX9A4F")


def test_one_line_a_request(browser: FlaskClient, actor: Callable[[Any], None], capsys: Any) -> None:
    actor(Somebody(person_id=17))

    answer = browser.get("/api/v1/things/5?q=1")

    (line,) = _lines(capsys)
    del line["ms"], line["at"], line["name"]
    assert line == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/api/v1/things/<int:thing_id>",
        "status": 200,
        "person": 17,
        "request": answer.headers["X-Request-Id"],
    }


def test_request_id_is_always_ours(browser: FlaskClient, capsys: Any) -> None:
    answer = browser.get("/healthz", headers={"X-Request-Id": "forged"})

    assert len(answer.headers["X-Request-Id"]) == 20
    assert "forged" not in capsys.readouterr().err


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_about_anybody(browser: FlaskClient, token: str, capsys: Any, secret: str) -> None:
    browser.get(f"/search?q={secret}")
    browser.get(f"/c/{secret}")
    browser.get(f"/api/v1/things/numbers/{secret}")
    browser.get("/my/things", headers={"User-Agent": secret, "Referer": f"http://localhost/{secret}"})
    browser.post("/things", data=filled(token, summary="a", phone=secret, **{secret: secret}))
    browser.post("/api/v1/things", json={"summary": secret, secret: secret})
    browser.get("/bug")

    log = capsys.readouterr().err
    assert log.count('"event":"request"') == 7
    assert [word for word in (secret, "张三", "13800001111") if word in log] == []


def test_broken_constraint_is_named_without_its_values() -> None:
    class Diagnosis:
        sqlstate, constraint_name, table_name = "23505", "uq_people_phone", "people"

    class ViolationError(Exception):
        diag = Diagnosis()

    try:
        try:
            raise ViolationError("Key (phone)=(13899990000) already exists")
        except ViolationError as cause:
            raise ValueError("13899990000") from cause
    except ValueError as error:
        event = _ExceptionPlaces(with_messages=False)(None, "error", {"exc_info": error})

    outer, inner = event["exceptions"]
    assert outer["type"] == "builtins.ValueError"
    assert (inner["sqlstate"], inner["constraint_name"], inner["table_name"]) == ("23505", "uq_people_phone", "people")
    assert outer["frames"][-1].startswith("tests/web/test_logs.py:")
    assert "13899990000" not in str(event)


def _lines(capsys: Any) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]
