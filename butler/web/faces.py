"""Every error, answered once: a problem document (RFC 9457) for programs, a plain page for people.

What people read says what happened, what is safe and what to do, and carries the six characters (出错编号) by which the
log finds it again. No value that was sent, no class name and no stack ever leaves.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, render_template, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed

from butler.kit.errors import REGISTRY, NotFound, Refusal, Unavailable
from butler.web import forgery, headers, layout, payload, uploads
from butler.web.converters import Digits, Number
from butler.web.guard import asks_for_json, local_path
from butler.web.jsons import OrjsonProvider
from butler.web.openapi import PROBLEM
from butler.web.payload import MOST_ERRORS
from butler.web.problems import WORDS

log = structlog.get_logger(__name__)

_CODES: Mapping[int, str] = {
    401: "unauthenticated", 403: "forbidden", 404: "not-found", 405: "method-not-allowed", 406: "not-acceptable",
    409: "state-conflict", 410: "gone", 412: "edited-elsewhere", 413: "too-large", 414: "query-invalid",
    415: "unsupported-media", 422: "validation", 428: "precondition-required", 429: "rate-limited",
    431: "too-large", 503: "overloaded", 507: "storage-full",
}  # fmt: skip
_NOT_TYPED = payload.PROOF | {"csrf_token", "_end"}
_BUSY = ("55P03", "57014", "40001", "40P01", "53300")  # lock or statement timeout, serialization, deadlock, connections
_FULL = "53100"


def install(app: Flask) -> None:
    """Make an application answer as above, and hang the strict edge before its views."""
    app.json = OrjsonProvider(app)
    app.url_map.converters.update(int=Digits, number=Number)
    app.logger.disabled = True  # it would write raw paths; what happened is logged below
    headers.install(app)
    app.before_request(_check_request)
    uploads.install(app)
    forgery.install(app)
    layout.install(app)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http_refused)
    app.register_error_handler(DBAPIError, _database_failed)
    app.register_error_handler(PoolTimeout, _database_failed)


def _check_request() -> None:
    if "\x00" in request.path or "\ufffd" in request.path:
        raise NotFound()
    payload.check_query(request)
    payload.check_encoding(request)


def _refused(refusal: Refusal) -> Response:
    return _answer(
        refusal.status,
        refusal.code,
        title=refusal.title,
        detail=refusal.detail or WORDS[refusal.code].detail,
        refusal=refusal,
    )


def _http_refused(error: HTTPException) -> Response:
    """What Flask and Werkzeug refuse; and, as InternalServerError, our own bugs."""
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    if isinstance(error, InternalServerError):
        log.error("request.failed", exc_info=error.original_exception or error)
    status = error.code
    code = _CODES.get(status) or _unnamed(status)
    response = _answer(status, code)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _unnamed(status: int) -> str:
    if status >= 500:
        return "internal"
    return "json-invalid" if asks_for_json() and request.method not in ("GET", "HEAD") else "query-invalid"


def _database_failed(error: DBAPIError | PoolTimeout) -> Response:
    """The database is away, slow or full: 503 or 507, said honestly. Anything else it refuses is our bug."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    if state == _FULL:
        failed = Unavailable(code="storage-full", title=WORDS["storage-full"].title)
        failed.status = REGISTRY["storage-full"]
    elif state in _BUSY or isinstance(error, PoolTimeout):
        failed = Unavailable(code="overloaded", title=WORDS["overloaded"].title, headers={"Retry-After": "5"})
    elif getattr(error, "connection_invalidated", False) or _lost_connection(error, state):
        failed = Unavailable(headers={"Retry-After": "10"})
    else:
        raise error
    log.warning("database.failed", error=type(error).__name__, sqlstate=state, answer=failed.code)
    return _refused(failed)


def _lost_connection(error: DBAPIError | PoolTimeout, state: str | None) -> bool:
    """Class 08: connection exception, 57P: operator intervention, 25006: a standby; no state: never reached it."""
    name = type(getattr(error, "orig", None)).__name__
    return (state is None and name in ("OperationalError", "ConnectionTimeout")) or bool(
        state and (state.startswith(("08", "57P")) or state == "25006")
    )


def _answer(
    status: int, code: str, *, title: str | None = None, detail: str | None = None, refusal: Refusal | None = None
) -> Response:
    words = WORDS[code]
    title, detail = title or words.title, detail or words.detail
    if asks_for_json():
        response = current_app.response_class(
            current_app.json.dumps(_problem(status, code, title, detail, refusal)), mimetype=PROBLEM
        )
    else:
        page = render_template(
            "web/error.html",
            status=status,
            code=code,
            title=title,
            detail=detail,
            errors=refusal.errors[:MOST_ERRORS] if refusal else (),
            facts=refusal.facts if refusal else {},
            typed=_typed() if status not in (400, 404, 405, 413, 415) else [],
            again=status in (401, 429, 500, 503, 507),
            came_from=_came_from() if status in (409, 412, 428) else None,
        )
        response = current_app.response_class(page, mimetype="text/html")
    response.status_code = status
    response.headers["Content-Language"] = "zh-CN"
    response.headers["Cache-Control"] = "no-store"
    if refusal is not None:
        response.headers.extend(refusal.headers)
    return response


def _problem(status: int, code: str, title: str, detail: str, refusal: Refusal | None) -> dict[str, Any]:
    base_url: str = current_app.extensions["settings"].base_url
    problem: dict[str, Any] = {
        "type": f"{base_url}/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:butler:req:{g.request_id}",
        "code": code,
    }
    if refusal is not None:
        if refusal.errors:
            problem["errors"] = [
                {"pointer": error.pointer, "code": error.code, "message": error.message}
                for error in refusal.errors[:MOST_ERRORS]
            ]
        problem.update({name: fact for name, fact in refusal.facts.items() if name not in problem})
    return problem


def _came_from() -> str | None:
    """The page of ours on which somebody pressed a button, to look at it afresh."""
    came_from = urlsplit(request.referrer or "")
    return local_path(came_from.path) if came_from.netloc == request.host else None


def _typed() -> list[tuple[str, str]]:
    """What somebody had filled in when a checked form failed, to show or send again. Never secrets, never files."""
    if not g.get("csrf_valid") or any(name in request.form for name in ("password", "code", "phone_code")):
        return []
    return [(name, text) for name, text in request.form.items(multi=True) if name not in _NOT_TYPED]
