"""Reports of browsers about our content security policy: one line each, and nothing of what they quote."""

from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from butler.web.reports import ADDRESS, LARGEST

PHONE = "13800001111"
OLD = {"csp-report": {"document-uri": "/c/TOKEN", "violated-directive": "script-src 'self'", "script-sample": PHONE}}
NEW = [{"type": "csp-violation", "url": "/c/TOKEN", "body": {"effectiveDirective": "img-src", "sample": PHONE}}]
FORGED = {"csp-report": {"violated-directive": 'x"\n{"event":"forged"}'}}


@pytest.mark.parametrize(
    ("kind", "report", "directive"),
    [
        ("application/csp-report", OLD, "script-src"),
        ("application/reports+json", NEW, "img-src"),
        ("application/csp-report", FORGED, "unknown"),
    ],
    ids=["old", "new", "forged"],
)
def test_a_report_is_one_line_without_what_it_quotes(
    client: FlaskClient, capsys: Any, kind: str, report: Any, directive: str
) -> None:
    assert client.post(ADDRESS, data=orjson.dumps(report), content_type=kind).status_code == 204
    lines = [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["directive"] for line in lines if line["event"] == "csp.stopped"] == [directive]
    assert not any(word in str(lines) for word in ("TOKEN", "13800001111", "forged"))


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("text/plain", b"{}", 415),
        ("application/csp-report", b"", 400),
        ("application/csp-report", b"[1]", 400),
        ("application/csp-report", b"nonsense", 400),
        ("application/csp-report", b"[" * 10_000, 400),
        ("application/csp-report", b'{"csp-report": []}', 400),
        ("application/csp-report", b"x" * (LARGEST + 1), 413),
    ],
)
def test_anything_else_is_refused(client: FlaskClient, kind: str, body: bytes, status: int) -> None:
    answer = client.post(ADDRESS, data=body, content_type=kind)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_every_answer_says_where_reports_go(client: FlaskClient) -> None:
    for path in ("/", "/api/v1/bundles", "/nowhere"):
        headers = client.get(path).headers
        assert f"report-uri {ADDRESS}" in headers["Content-Security-Policy"]
        assert headers["Reporting-Endpoints"] == f'csp="{ADDRESS}"'
