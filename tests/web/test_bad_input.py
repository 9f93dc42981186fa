"""Every line of the bad-input inventory: what must be answered, never a 500 and never a silent acceptance."""

import json
from contextlib import suppress
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from butler.kit.errors import Refusal
from butler.web.payload import parse_json
from tests.web.conftest import filled

CLEAN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
GOOD = {"summary": "帮我办", "count": 2}

BODIES: list[tuple[str, bytes, int, str, str | None]] = [
    # name, body, status, code, pointer
    ("many open brackets", b"[" * 100_000, 400, "json-too-deep", None),
    ("many open objects", b'{"a":' * 100_000, 400, "json-too-deep", None),
    ("33 levels", b'{"summary":' + b"[" * 32 + b"]" * 32 + b"}", 400, "json-too-deep", None),
    ("32 levels", b'{"summary":' + b"[" * 31 + b"]" * 31 + b"}", 422, "validation", "/summary"),
    ("integer of 5,000 digits", b'{"summary":"a","count":' + b"9" * 5000 + b"}", 400, "json-invalid", None),
    ("integer of 400 digits", b'{"summary":"a","count":1' + b"0" * 400 + b"}", 422, "validation", "/count"),
    ("integer beyond bigint", b'{"summary":"a","count":9223372036854775808}', 422, "validation", "/count"),
    ("NaN", b'{"summary":"a","count":NaN}', 400, "json-invalid", None),
    ("Infinity", b'{"summary":"a","count":Infinity}', 400, "json-invalid", None),
    ("minus Infinity", b'{"summary":"a","count":-Infinity}', 400, "json-invalid", None),
    ("1e999", b'{"summary":"a","count":1e999}', 400, "json-invalid", None),
    ("duplicate key", b'{"summary":"a","summary":"b"}', 400, "json-duplicate-key", None),
    ("duplicate key inside", b'{"summary":"a","answers":{"x":"1","x":"2"}}', 400, "json-duplicate-key", None),
    ("duplicate key, escaped", b'{"summary":"a","s\\u0075mmary":"b"}', 400, "json-duplicate-key", None),
    ("UTF-16", '{"summary":"a"}'.encode("utf-16"), 400, "json-invalid", None),
    ("UTF-16 without mark", '{"summary":"a"}'.encode("utf-16-le"), 400, "json-invalid", None),
    ("UTF-32", '{"summary":"a"}'.encode("utf-32"), 400, "json-invalid", None),
    ("UTF-8 with mark", b'\xef\xbb\xbf{"summary":"a"}', 400, "json-invalid", None),
    ("not UTF-8", b'{"summary":"\xff\xfe"}', 400, "json-invalid", None),
    ("GBK", '{"summary":"办事"}'.encode("gbk"), 400, "json-invalid", None),
    ("not JSON", b"summary=a", 400, "json-invalid", None),
    ("cut", b'{"summary":"a"', 400, "json-invalid", None),
    ("two values", b'{"summary":"a"}{}', 400, "json-invalid", None),
    ("comment", b'{"summary":"a"} // hello', 400, "json-invalid", None),
    ("raw line break in a string", b'{"summary":"a\nb"}', 400, "json-invalid", None),
    ("lone surrogate", b'{"summary":"\\ud800"}', 422, "text-invalid", "/summary"),
    ("lone low surrogate inside", b'{"summary":"a","answers":{"x":"\\udfff"}}', 422, "text-invalid", "/answers/x"),
    ("surrogate in a name", b'{"summary":"a","\\ud800":"b"}', 422, "text-invalid", ""),
    ("NUL", b'{"summary":"a\\u0000b"}', 422, "text-invalid", "/summary"),
    ("NUL in a list", b'{"summary":"a","consents":["ok","\\u0000"]}', 422, "text-invalid", "/consents/1"),
    ("control character", b'{"summary":"a\\u0007b"}', 422, "text-invalid", "/summary"),
    ("turned direction", '{"summary":"a\u202eb"}'.encode(), 422, "text-invalid", "/summary"),
    ("null", b"null", 422, "validation", ""),
    ("list", b"[]", 422, "validation", ""),
    ("string", b'"x"', 422, "validation", ""),
    ("number", b"7", 422, "validation", ""),
    ("true", b"true", 422, "validation", ""),
    ("unknown field", b'{"summary":"a","is_admin":true}', 422, "validation", "/is_admin"),
    (
        "unknown field inside",
        b'{"summary":"a","beneficiary":{"name":"x","id":1}}',
        422,
        "validation",
        "/beneficiary/id",
    ),
    ("unknown field that cannot be repeated", '{"summary":"a","<b>张三":1}'.encode(), 422, "validation", ""),
    ("object for text", b'{"summary":{}}', 422, "validation", "/summary"),
    ("text for object", b'{"summary":"a","beneficiary":"x"}', 422, "validation", "/beneficiary"),
    ("text for list", b'{"summary":"a","consents":"x"}', 422, "validation", "/consents"),
    ("only blanks", '{"summary":" \u3000\\n "}'.encode(), 422, "validation", "/summary"),
    ("missing", b"{}", 422, "validation", "/summary"),
    ("null text", b'{"summary":null}', 422, "validation", "/summary"),
    ("too long", orjson.dumps({"summary": "长" * 101}), 422, "validation", "/summary"),
    ("hundred kilobytes", orjson.dumps({"summary": "a" * 100_000}), 422, "validation", "/summary"),
    ("more than half a megabyte", orjson.dumps({"summary": "a" * 525_000}), 413, "too-large", None),
]

VALUES: list[tuple[str, Any]] = [
    *[
        ("count", value)
        for value in ("12", "１２", "١٢", "1_000", " 12\n", 12.9, 12.0, True, False, 0, 100, -1, [], {})
    ],
    *[("agreed", value) for value in ("on", 1, 0, "true", "yes", [])],
    *[("born", value) for value in ("20240101", "2024-W01-1", "2023-02-29", "1899-12-31", "2101-01-01", "0000-00-00")],
    *[("born", value) for value in ("2024-01-01\n", "２024-01-01", "2024-1-1", "2024-01-01T00:00", 20240101)],
    *[("visit_at", value) for value in ("2026-11-25T09:30:00", "2026-11-25", "2026-11-25 09:30:00+08:00", 1, "now")],
    *[("visit_at", value) for value in ("2026-11-25T24:00:00+08:00", "2026-11-25T23:59:60+08:00")],
    *[("visit_at", value) for value in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")],
    *[("visit_at", value) for value in ("2026-11-25T09:30:00+99:00", "2026-02-30T09:30:00Z")],
    *[("mode", value) for value in ("DAYTIME", "", "daytime ", 1, None)],
    *[("phone", value) for value in ("1380013800", "138001380001", "12800138000", "057187654321", 13800138000, "")],
    *[("slot_id", value) for value in (7, "0", "07", "-1", "９", "9223372036854775808", "1 ", "1\n")],
]


@given(st.binary() | st.text('[]{}",:0123456789eE.-+ \\untrfalsNIiy\u0000\ufeff').map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(Refusal):
        parse_json(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | CLEAN,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(CLEAN, inner, max_size=4),
        max_leaves=20,
    )
)
def test_clean_json_is_read_as_it_was_written(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(("name", "body", "status", "code", "pointer"), BODIES, ids=[line[0] for line in BODIES])
def test_body_is_refused(api: FlaskClient, name: str, body: bytes, status: int, code: str, pointer: str | None) -> None:
    answer = api.post("/api/v1/things", data=body, content_type="application/json")

    problem = _problem(answer, status, code)
    assert [error["pointer"] for error in problem.get("errors", [])] == ([] if pointer is None else [pointer])


@pytest.mark.parametrize(("field", "value"), VALUES, ids=[f"{field}={value!a}" for field, value in VALUES])
def test_value_is_refused_at_its_pointer(api: FlaskClient, field: str, value: Any) -> None:
    answer = api.post("/api/v1/things", json={**GOOD, field: value})

    problem = _problem(answer, 422, "validation")
    assert [error["pointer"] for error in problem["errors"]] == [f"/{field}"]
    assert problem["title"] == "有 1 处需要修改"


def test_naive_moment_says_what_is_missing(api: FlaskClient) -> None:
    answer = api.post("/api/v1/things", json={**GOOD, "visit_at": "2026-11-25T09:30:00"})

    assert answer.get_json()["errors"][0]["message"] == "时间后面缺少时区，比如 +08:00。"


def test_good_values_arrive(api: FlaskClient) -> None:
    sent = {
        "summary": "办社保",
        "count": 99,
        "agreed": True,
        "born": "1948-02-29",
        "visit_at": "2026-11-25T01:30:00Z",
        "mode": "off_hours",
        "phone": "+86 138-0013-8000",
        "slot_id": "9223372036854775807",
        "beneficiary": {"name": "古丽·阿依"},
        "answers": {"who": "自己"},
        "consents": ["papers"],
    }

    answer = api.post("/api/v1/things", json=sent)

    assert answer.status_code == 201
    assert answer.get_json() == {**sent, "visit_at": "2026-11-25T09:30:00+08:00", "phone": "13800138000"}


def test_never_more_than_twenty_errors_and_no_value_repeated(api: FlaskClient) -> None:
    answer = api.post("/api/v1/things", json={f"field_{n}": "13800138000" for n in range(57)})

    problem = _problem(answer, 422, "validation")
    assert problem["title"] == "有 58 处需要修改"
    assert len(problem["errors"]) == 20
    assert "13800138000" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-Type": "text/plain"}, 415, "unsupported-media"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported-media"),
        ({"Content-Type": "application/json; charset=utf-16"}, 415, "unsupported-media"),
        ({"Content-Type": "application/json; charset=gbk"}, 415, "unsupported-media"),
        ({"Content-Type": "application/vnd.thing+json"}, 415, "unsupported-media"),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415, "unsupported-media"),
        ({"Content-Type": "application/json; charset=UTF-8", "Content-Encoding": "identity"}, 201, ""),
    ],
)
def test_content_type_and_encoding(api: FlaskClient, headers: dict[str, str], status: int, code: str) -> None:
    answer = api.post("/api/v1/things", data=b'{"summary":"a"}', headers=headers)

    if code:
        _problem(answer, status, code)
    else:
        assert answer.status_code == status


def test_five_megabytes_are_too_large(api: FlaskClient, browser: FlaskClient, token: str) -> None:
    body = b'{"summary":"' + b"a" * 5_000_000 + b'"}'

    problem = _problem(api.post("/api/v1/things", data=body, content_type="application/json"), 413, "too-large")
    assert "1 MB" in problem["detail"]
    page = browser.post("/things", data=filled(token, summary="a" * 5_000_000))
    assert (page.status_code, page.mimetype) == (413, "text/html")
    assert "内容太大了" in page.get_data(as_text=True)


def test_empty_body_counts_as_an_empty_object(api: FlaskClient) -> None:
    answer = api.post("/api/v1/things")

    assert [error["pointer"] for error in _problem(answer, 422, "validation")["errors"]] == ["/summary"]


@pytest.mark.parametrize(
    "path",
    [
        "99999999999999999999999999",
        "１",
        "٣",
        "-1",
        "+1",
        "1.0",
        "007",
        "1%00",
        "%EF%BC%91",
        "%FF",
        "1%0A",
        "0x1",
        "1e3",
    ],
)
def test_path_that_is_not_a_plain_number_is_not_found(api: FlaskClient, path: str) -> None:
    _problem(api.get(f"/api/v1/things/{path}"), 404, "not-found")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("7K3M-2QWX-9A4", 404),
        ("7K3M-2QWX-0000", 404),
        ("", 404),
        ("' OR 1=1 --xxxx", 404),
        ("00000000000０", 404),
    ],
)
def test_public_number_that_cannot_be_one_is_not_found(api: FlaskClient, given: str, status: int) -> None:
    assert api.get(f"/api/v1/things/numbers/{given}").status_code == status


@pytest.mark.parametrize("query", ["q=a&q=b", "page=1&page=1", "q=%00", "q=%FF", "q=%ED%A0%80", "%FF=1", "x=%C0%80"])
def test_query_string_that_cannot_be_read(api: FlaskClient, browser: FlaskClient, query: str) -> None:
    _problem(api.get(f"/api/v1/things?{query}"), 400, "query-invalid")

    page = browser.get(f"/search?{query}")
    assert (page.status_code, page.mimetype) == (400, "text/html")


@pytest.mark.parametrize("query", ["page=１２", "page=12.0", "page=0", "page=1000", "page=a", "q=" + "长" * 41])
def test_query_value_that_is_not_allowed(api: FlaskClient, browser: FlaskClient, query: str) -> None:
    problem = _problem(api.get(f"/api/v1/things?{query}"), 422, "validation")

    assert [error["pointer"] for error in problem["errors"]] == [f"/{query.split('=')[0]}"]
    assert browser.get(f"/search?{query}").status_code == 422


def test_query_string_that_is_fine(api: FlaskClient, browser: FlaskClient) -> None:
    query = "q=%E7%A4%BE%E4%BF%9D+%2527&tag=a&tag=b&page=12&from=singlemessage"
    read = {"q": "社保 %27", "tag": ["a", "b"], "page": 12}

    assert api.get(f"/api/v1/things?{query}").get_json() == read
    assert browser.get(f"/search?{query}").get_json() == read


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", ""])
def test_bad_host_is_refused(api: FlaskClient, host: str) -> None:
    _problem(api.get("/api/v1/things", headers={"Host": host}), 400, "query-invalid")
    page = api.get("/things", headers={"Host": host})
    assert (page.status_code, page.mimetype) == (400, "text/html")


def test_wrong_method(api: FlaskClient, browser: FlaskClient) -> None:
    answer = api.delete("/api/v1/things")

    _problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    page = browser.get("/my/nothing")
    assert (page.status_code, page.mimetype) == (404, "text/html")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"summary=%FF%FE&_end=1", "application/x-www-form-urlencoded", 400),
        ("summary=办事&_end=1".encode("gbk"), "application/x-www-form-urlencoded", 400),
        (b"summary=a%00b&_end=1", "application/x-www-form-urlencoded", 400),
        (b"summary=a", "application/x-www-form-urlencoded", 400),
        (b"summary=a&_end=1&_end=1", "application/x-www-form-urlencoded", 400),
        (b"", "application/x-www-form-urlencoded", 400),
        (b"garbage", "multipart/form-data; boundary=x", 400),
        (b"garbage", "multipart/form-data", 400),
        (b'--x\r\nContent-Disposition: form-data; name="summary"\r\n\r\nhal', "multipart/form-data; boundary=x", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="summary"\r\n\r\na\r\n--x',
            "multipart/form-data; boundary=x",
            400,
        ),
        (b"summary=a&_end=1", "text/plain", 415),
        (b'{"summary":"a"}', "application/json", 415),
    ],
)
def test_form_that_did_not_arrive_whole(browser: FlaskClient, body: bytes, content_type: str, status: int) -> None:
    page = browser.post("/things", data=body, content_type=content_type)

    assert (page.status_code, page.mimetype) == (status, "text/html")


def test_multipart_text_that_is_not_utf8(browser: FlaskClient, token: str) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    fields = {b"summary": b"\xff\xfe", b"csrf_token": token.encode(), b"_end": b"1"}
    body = b"".join(part % pair for pair in fields.items()) + b"--x--\r\n"

    page = browser.post("/things", data=body, content_type="multipart/form-data; boundary=x")

    assert page.status_code == 400


def test_form_values_are_read_by_the_same_schema(browser: FlaskClient, token: str) -> None:
    form = filled(
        token,
        summary=" 办社保\r\n快一点 ",
        count="12",
        agreed="on",
        born="1948-02-29",
        visit_at="2026-11-25T09:30",
        mode="daytime",
        phone="１３８ 0013 8000",
        slot_id="9",
        consents=["a", "b"],
        **{"beneficiary.name": "王奶奶", "answers.who": "自己"},
    )

    answer = browser.post("/things", data=form)

    assert answer.get_json() == {
        "summary": "办社保\n快一点",
        "count": "12",
        "agreed": "True",
        "born": "1948-02-29",
        "visit_at": "2026-11-25 09:30:00+08:00",
        "mode": "daytime",
        "phone": "13800138000",
        "slot_id": "9",
        "beneficiary": "{'name': '王奶奶'}",
        "answers": "{'who': '自己'}",
        "consents": "['a', 'b']",
    }


@pytest.mark.parametrize("count", ["１２", "١٢", "1_000", "12.0", "0x1", "1e1", "--1", "1" * 30])
def test_form_takes_ascii_digits_only(browser: FlaskClient, token: str, count: str) -> None:
    page = browser.post("/things", data=filled(token, summary="a", count=count))

    assert page.status_code == 422


def test_form_with_a_field_nobody_asked_for(browser: FlaskClient, token: str) -> None:
    page = browser.post("/things", data=filled(token, summary="a", is_admin="1"))

    assert page.status_code == 422
    assert "没有这一项" in page.get_data(as_text=True)


def test_form_reads_numbered_rows_and_leaves_out_the_blank_ones(browser: FlaskClient, token: str) -> None:
    rows = {
        "papers.10.name": "照片",
        "papers.2.name": "户口簿",
        "papers.2.copies": "3",
        "papers.0.name": "",
        "papers.0.copies": " ",
    }

    answer = browser.post("/things", data=filled(token, summary="a", **rows))

    assert answer.get_json()["papers"] == "[{'name': '户口簿', 'copies': 3}, {'name': '照片'}]"


def test_form_message_points_at_the_row_that_was_filled_in(browser: FlaskClient, token: str) -> None:
    rows = {"papers.1.name": "照片", "papers.4.copies": "2"}

    page = browser.post("/things", data=filled(token, summary="a", **rows))

    assert page.status_code == 422
    assert 'href="#f-papers-1-name"' in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "name", ["papers", "papers.0", "papers.x.name", "papers.00.name", "papers.0.price", "papers.1000.name"]
)
def test_form_with_a_row_nobody_asked_for(browser: FlaskClient, token: str, name: str) -> None:
    page = browser.post("/things", data=filled(token, summary="a", **{name: "1"}))

    assert page.status_code == 422
    assert "没有这一项" in page.get_data(as_text=True)


def test_form_with_a_single_value_given_twice(browser: FlaskClient, token: str) -> None:
    assert browser.post("/things", data=filled(token, summary=["a", "b"])).status_code == 400


def test_empty_optional_field_counts_as_not_given(browser: FlaskClient, token: str) -> None:
    answer = browser.post("/things", data=filled(token, summary="a", count="", born="", visit_at=""))

    assert answer.get_json() == {"summary": "a"}


def _problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, checked against its form (RFC 9457)."""
    problem: dict[str, Any] = orjson.loads(answer.data)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.headers["Content-Language"] == "zh-CN"
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"http://localhost/problems/{code}"
    assert problem["instance"] == f"urn:butler:req:{answer.headers['X-Request-Id']}"
    assert problem["title"]
    assert problem["detail"]
    return problem
