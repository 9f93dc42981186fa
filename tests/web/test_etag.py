"""Versions over HTTP."""

import pytest
from flask.testing import FlaskClient

from butler.web.etag import etag_of


def test_etag_of_a_version_is_the_version() -> None:
    assert etag_of(7) == "7"
    assert etag_of("M001", 3) == "M001-3"


def test_etag_of_anything_else_is_short_and_plain() -> None:
    assert etag_of("事项", 1) != etag_of("事项", 2)
    assert len(etag_of("x" * 500)) == 32


@pytest.mark.parametrize(("sent", "status"), [('"5"', 304), ('W/"5"', 304), ('"4", "5"', 304), ('"4"', 200), ("", 200)])
def test_not_modified(api: FlaskClient, sent: str, status: int) -> None:
    answer = api.get("/api/v1/things/5", headers={"If-None-Match": sent} if sent else {})

    assert (answer.status_code, answer.headers["ETag"]) == (status, '"5"')
    assert answer.data == (b"" if status == 304 else b'{"id":"5"}')


@pytest.mark.parametrize(
    ("if_match", "status", "code"),
    [
        ('"3"', 200, None),
        ('"2"', 412, "edited-elsewhere"),
        (None, 428, "precondition-required"),
        ("*", 428, "precondition-required"),
        ("3", 400, "query-invalid"),
        ('W/"3"', 400, "query-invalid"),
        ('"３"', 400, "query-invalid"),
        ('"3", "4"', 400, "query-invalid"),
        ('"-3"', 400, "query-invalid"),
        ('"99999999999999999999"', 400, "query-invalid"),
        ("", 400, "query-invalid"),
    ],
)
def test_step_needs_the_version(api: FlaskClient, if_match: str | None, status: int, code: str | None) -> None:
    headers = {} if if_match is None else {"If-Match": if_match.encode().decode("latin-1")}

    answer = api.post("/api/v1/things/3/steps/claim", headers=headers)

    assert (answer.status_code, answer.get_json().get("code")) == (status, code)
