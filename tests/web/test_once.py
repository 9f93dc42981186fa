"""The same key is one deed and one answer, on a real PostgreSQL: key, deed and answer are one transaction."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from flask import Blueprint as PageBlueprint
from flask import jsonify, redirect, request
from flask.testing import FlaskClient
from sqlalchemy import NullPool, create_engine, text

from butler.kit import sight
from butler.kit.database import ButlerFlask, db
from butler.kit.errors import Conflict
from butler.settings import Settings
from butler.web import guard
from butler.web.forms import fill_in_again
from butler.web.once import once
from butler.web.openapi import Blueprint
from butler.web.payload import read_form
from tests.web.conftest import THING, Somebody, make_app, token_of

KEY, OTHER_KEY = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture(scope="module")
def once_app(app: ButlerFlask, settings: Settings) -> Iterator[ButlerFlask]:  # app: migrates the database
    """The tiny application on a real database, with a table to count deeds in."""
    owner = create_engine(settings.database_owner_url, poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text("CREATE TABLE deeds (summary text NOT NULL)"))
        connection.execute(text("GRANT ALL ON deeds TO PUBLIC"))
    tiny = make_app(settings, register=_register)
    yield tiny
    with tiny.app_context():
        db.engine.dispose()
    with owner.begin() as connection:
        connection.execute(text("DROP TABLE deeds"))


@pytest.fixture
def program(once_app: ButlerFlask) -> Iterator[FlaskClient]:
    """A client of somebody who is signed in."""
    once_app.extensions["somebody"] = Somebody()
    yield once_app.test_client()
    with once_app.app_context(), db.engine.begin() as connection:
        sight.tell(connection, sight.present())
        connection.execute(text("DELETE FROM deeds"))
        connection.execute(text("DELETE FROM idempotency_keys"))


def test_repeated_request_is_one_deed_and_one_answer(program: FlaskClient) -> None:
    first = _send(program, {"summary": "甲", "count": 1})
    second = _send(program, {"count": 1, "summary": "甲"})  # the same content, in another order

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.data == first.data
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert [second.headers[name] for name in ("Location", "ETag", "Content-Type")] == [
        "/deeds/1",
        '"1"',
        "application/json",
    ]
    assert _deeds(program) == ["甲"]


def test_another_key_is_another_deed(program: FlaskClient) -> None:
    _send(program, {"summary": "甲"})
    _send(program, {"summary": "甲"}, key=OTHER_KEY)

    assert _deeds(program) == ["甲", "甲"]


def test_same_key_of_somebody_else_is_another_deed(program: FlaskClient) -> None:
    _send(program, {"summary": "甲"})
    program.application.extensions["somebody"] = Somebody(person_id=8)  # type: ignore[attr-defined]
    answer = _send(program, {"summary": "乙"})

    assert answer.status_code == 201
    assert _deeds(program) == ["甲", "乙"]


def test_same_key_for_another_thing_is_another_deed(program: FlaskClient) -> None:
    _send(program, {"summary": "甲"}, path="/api/v1/things/deeds/1")
    _send(program, {"summary": "甲"}, path="/api/v1/things/deeds/2")

    assert _deeds(program) == ["甲", "甲"]


def test_same_key_with_other_content_is_refused(program: FlaskClient) -> None:
    _send(program, {"summary": "甲"})
    answer = _send(program, {"summary": "乙"})

    assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency-key-reused")
    assert _deeds(program) == ["甲"]


@pytest.mark.parametrize("key", [None, "", "short", "a" * 65, "0123456789abcde１", "a b" * 8])
def test_key_that_is_missing_or_unreadable(program: FlaskClient, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key.encode().decode("latin-1")}

    answer = program.post("/api/v1/things/deeds", json={"summary": "甲"}, headers=headers)

    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency-key-missing")
    assert _deeds(program) == []


@pytest.mark.parametrize("refusal", ["refuse", "answer 409", "bug"])
def test_refusal_undoes_the_deed_and_frees_the_key(program: FlaskClient, refusal: str) -> None:
    refused = _send(program, {"summary": refusal})
    answer = _send(program, {"summary": "甲"})

    assert refused.status_code == {"bug": 500}.get(refusal, 409)
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers
    assert _deeds(program) == ["甲"]


def test_invalid_content_frees_the_key(program: FlaskClient) -> None:
    assert _send(program, {"summary": ""}).status_code == 422
    assert _send(program, {"summary": "甲"}).status_code == 201


def test_key_that_is_in_use_right_now(program: FlaskClient) -> None:
    with program.application.app_context(), db.engine.connect() as busy:
        sight.tell(busy, sight.present())
        busy.execute(
            text(
                "INSERT INTO idempotency_keys VALUES ('person:7', 'POST /api/v1/things/deeds', :key, '', NULL, now())"
            ),
            {"key": KEY},
        )
        answer = _send(program, {"summary": "甲"})
        busy.rollback()

    assert (answer.status_code, answer.get_json()["code"]) == (409, "idempotency-in-progress")
    assert answer.headers["Retry-After"] == "2"
    assert _send(program, {"summary": "甲"}).status_code == 201


def test_eight_at_once_are_one_deed(program: FlaskClient) -> None:
    answers: list[Any] = []
    threads = [Thread(target=lambda: answers.append(_send(program, {"summary": "甲"}))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} <= {201, 503}  # the pool is small: some may be told to wait
    assert len({answer.data for answer in answers if answer.status_code == 201}) == 1
    assert _deeds(program) == ["甲"]


def test_page_is_once_only_too(program: FlaskClient) -> None:
    token = token_of(program)
    first = program.post("/deeds", data=_form(token, summary="甲"))
    second = program.post("/deeds", data=_form(token_of(program), summary="甲"))  # the token differs, the deed does not

    assert [(answer.status_code, answer.headers["Location"]) for answer in (first, second)] == [(303, "/deeds/1")] * 2
    assert second.headers["Idempotency-Replayed"] == "true"
    assert _deeds(program) == ["甲"]


def test_page_that_is_filled_in_again_keeps_its_key(program: FlaskClient) -> None:
    token = token_of(program)
    wrong = program.post("/deeds", data=_form(token, summary=""))
    right = program.post("/deeds", data=_form(token, summary="甲"))

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert KEY in wrong.get_data(as_text=True)
    assert _deeds(program) == ["甲"]


def test_visitors_do_not_share_keys(program: FlaskClient) -> None:
    application = program.application
    application.extensions["somebody"] = None  # type: ignore[attr-defined]
    other = application.test_client()
    for visitor in (program, program, other):
        visitor.post("/deeds", data=_form(token_of(visitor), summary="甲"))

    assert _deeds(program) == ["甲", "甲"]


def test_program_without_sign_in_is_refused(program: FlaskClient) -> None:
    program.application.extensions["somebody"] = None  # type: ignore[attr-defined]

    assert _send(program, {"summary": "甲"}).status_code == 401


def _register(api: Blueprint, pages: PageBlueprint) -> None:
    def do(summary: str) -> None:
        db.session.execute(text("INSERT INTO deeds VALUES (:summary)"), {"summary": summary})
        if summary == "refuse":
            raise Conflict("别人先办了。")
        if summary == "bug":
            raise ZeroDivisionError

    @api.post("/deeds")
    @api.post("/deeds/<int:number>")
    @guard.public
    @once
    @api.arguments(THING)
    def make_deed(thing: dict[str, Any], number: int = 0) -> Any:
        do(thing["summary"])
        if thing["summary"] == "answer 409":
            return jsonify(refused=True), 409
        count = db.session.scalar(text("SELECT count(*) FROM deeds"))
        return jsonify(number=count), 201, {"Location": f"/deeds/{count}", "ETag": f'"{count}"'}

    @pages.get("/deeds")
    @guard.public
    def show() -> str:
        return str(request.form.get("_key"))

    @pages.post("/deeds")
    @guard.public
    @once
    @fill_in_again(show)
    def send() -> Any:
        do(read_form(THING)["summary"])
        return redirect("/deeds/1", 303)


def _send(program: FlaskClient, content: Any, *, key: str = KEY, path: str = "/api/v1/things/deeds") -> Any:
    return program.application.test_client().post(path, json=content, headers={"Idempotency-Key": key})


def _form(token: str, **values: str) -> dict[str, str]:
    return {**values, "csrf_token": token, "_key": KEY, "_end": "1"}


def _deeds(program: FlaskClient) -> list[str]:
    with program.application.app_context():
        return list(db.session.scalars(text("SELECT summary FROM deeds ORDER BY ctid")))
