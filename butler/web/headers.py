"""What goes with every answer: a request id, the security headers, one line in the log.

The headers are added below Flask, in the WSGI layer: no answer leaves without them, and it costs next to nothing.
"""

import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from flask import Flask, Response, g, request

from butler.web.reports import ADDRESS as REPORTS

log = structlog.get_logger(__name__)

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    f"report-uri {REPORTS}; report-to csp"
)
HEADERS = (
    ("Cache-Control", "no-store"),  # a view that shows nothing personal says otherwise
    ("Content-Security-Policy", CSP),
    ("Reporting-Endpoints", f'csp="{REPORTS}"'),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
_CONTENT_LANGUAGE = ("Content-Language", "zh-CN")
_REQUEST_ID = "butler.request_id"


def install(app: Flask) -> None:
    """Hang the first and the last thing of every request on the application."""
    production = app.extensions["settings"].production
    app.wsgi_app = _Headers(app.wsgi_app, (*HEADERS, HSTS) if production else HEADERS)  # type: ignore[method-assign]
    app.before_request(_name_request)
    app.after_request(_log_request)


class _Headers:
    """A WSGI layer that adds headers to every answer that does not carry them already."""

    def __init__(self, application: Callable[..., Iterable[bytes]], headers: tuple[tuple[str, str], ...]) -> None:
        self.application, self.headers = application, headers

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            present = dict(headers)
            headers = [*headers, *(header for header in self.headers if header[0] not in present)]
            if present.get("Content-Type", "").startswith("text/html"):
                headers.append(_CONTENT_LANGUAGE)
            if request_id := environ.get(_REQUEST_ID):
                headers.append(("X-Request-Id", request_id))
            return start_response(status, headers, exc_info)

        return self.application(environ, start)


def _name_request() -> None:
    g.started = time.perf_counter()
    # Always ours: an id given from outside could forge lines of the log.
    g.request_id = request.environ[_REQUEST_ID] = secrets.token_hex(10)


def _log_request(response: Response) -> Response:
    """One line a request. The pattern of the route, not the path: paths hold tokens and numbers."""
    if request.endpoint != "web.static":
        actor: Any = g.get("actor")
        log.info(
            "request",
            method=request.method,
            route=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            ms=round((time.perf_counter() - g.started) * 1000, 1),
            person=actor.person_id if actor else None,
        )
    return response
