"""What goes with every answer: a request id, the security headers, one line in the log."""

import secrets
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

from butler.kit.numbers import request_name

log = structlog.get_logger(__name__)

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
_HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def install(app: Flask) -> None:
    """Hang the first and the last thing of every request on the application."""
    always = (*_HEADERS, _HSTS) if app.extensions["settings"].production else _HEADERS

    @app.before_request
    def name_request() -> None:
        g.started = time.perf_counter()
        g.request_id = secrets.token_hex(10)  # always ours: a name given from outside could forge lines of the log
        clear_contextvars()
        bind_contextvars(request=g.request_id, name=request_name(g.request_id))

    @app.after_request
    def complete(response: Response) -> Response:
        headers = response.headers
        headers["X-Request-Id"] = g.request_id
        for name, value in always:
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")
        if response.mimetype == "text/html":
            headers.setdefault("Content-Language", "zh-CN")
        _log_request(response)
        return response


def _log_request(response: Response) -> None:
    """One line a request. The pattern of the route, not the path: paths hold tokens and numbers."""
    if request.endpoint == "web.static":
        return
    actor: Any = g.get("actor")
    log.info(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        ms=round((time.perf_counter() - g.started) * 1000, 1),
        person=actor.person_id if actor else None,
    )
