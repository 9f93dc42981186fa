"""Browsers tell us here when the content security policy stopped something on a page of ours (CSP level 3, §5).

Each report is one line of the log with the rule that was broken and nothing else: addresses may hold tokens, and what
stood in a page may be about people. Nobody needs to be signed in, nothing is kept, and too many are refused like any
other request.
"""

from collections.abc import Iterator
from typing import Any

import structlog
from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from butler.kit.errors import Refusal, TooLarge, UnsupportedMedia
from butler.web.guard import API_PREFIX, public
from butler.web.payload import parse_json

log = structlog.get_logger(__name__)

ADDRESS = f"{API_PREFIX}v1/csp-reports"
LARGEST = 16 * 1024  # bytes
_KINDS = ("application/csp-report", "application/reports+json")
_DIRECTIVES = frozenset(
    {
        *("default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem"),
        *("style-src-attr", "img-src", "connect-src", "font-src", "frame-src", "media-src", "object-src"),
        *("manifest-src", "worker-src", "form-action", "base-uri", "frame-ancestors"),
    }
)

pages = Blueprint("reports", __name__)


@pages.post(ADDRESS)
@public
def take() -> ResponseReturnValue:
    """Note what was stopped: `application/csp-report` (one) or `application/reports+json` (a list). 204."""
    if request.mimetype not in _KINDS:
        raise UnsupportedMedia("这里只收浏览器自动发来的报告。")
    if len(request.get_data(cache=True)) > LARGEST:
        raise TooLarge("报告太大了，没有收下。")
    for directive in _directives(parse_json(request.get_data())):
        log.warning("csp.stopped", directive=directive)
    return "", 204


def _directives(sent: Any) -> Iterator[str]:
    reports = sent if isinstance(sent, list) else [sent]
    for report in reports[:20]:
        body = report.get("csp-report", report.get("body")) if isinstance(report, dict) else None
        if not isinstance(body, dict):
            raise Refusal("这份报告读不懂，没有收下。", code="json-invalid")
        named = body.get("effective-directive") or body.get("effectiveDirective") or body.get("violated-directive")
        word = str(named).partition(" ")[0]
        yield word if word in _DIRECTIVES else "unknown"
