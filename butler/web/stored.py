"""Public answers that are the same for everybody, given again from memory before Flask wakes up.

A view that has just made such an answer says so with `keep`; until it is too old, the same bytes with the same headers
are the answer to the same address on the same host. Whatever differs in the least (a query string, another method, an
unknown tag in If-None-Match) goes the whole way. Each process has its own memory.

What is worth it is kept compressed as well and given so to whoever accepts gzip, under a tag of its own.
"""

import gzip
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, request

from butler.kit.numbers import request_name
from butler.web.etag import GZIP_TAG

log = structlog.get_logger(__name__)

MOST = 2_000  # answers; then all are forgotten and made anew
_Start = tuple[str, list[tuple[str, str]]]  # the status line and the headers
_KEEP, _FORGET, _ROUTE = "butler.keep", "butler.forget", "butler.route"
_OWN = ("X-Request-Id",)  # differs from request to request
_OF_A_BODY = ("Content-Type", "Content-Length", "Content-Language", "Content-Encoding")
WORTH_PACKING = 1_000  # bytes; below, the headers are most of it


def install(app: Flask) -> None:
    """Put the memory in front of an application. Last, so that what is kept is complete."""
    app.extensions["stored"] = layer = _Stored(app.wsgi_app, lasting_only=app.testing)
    app.wsgi_app = layer  # type: ignore[method-assign]


def keep(*, seconds: float | None = None) -> None:
    """Give this answer again for so long (None: as long as the process lives), if it turns out to be a plain 200.

    Only for answers that depend on nothing but the address: not on who asks, a cookie or a header.
    """
    assert request.url_rule is not None
    request.environ[_KEEP], request.environ[_ROUTE] = seconds, request.url_rule.rule


def forget(path: str) -> None:
    """Drop what is kept for a path in this process as soon as this request has been committed."""
    request.environ[_FORGET] = path


def forget_all(app: Flask) -> None:
    """Drop everything this process keeps, also what is being made at this moment: what it was made from has changed."""
    app.extensions["stored"].forget_all()


@dataclass(frozen=True, slots=True)
class _Face:
    """The bytes in one encoding, and their headers; `etag` as it stands in the header."""

    body: bytes
    headers: list[tuple[str, str]]
    etag: str | None


@dataclass(frozen=True, slots=True)
class _Kept:
    plain: _Face
    packed: _Face | None
    until: float
    route: str


class _Stored:
    """The WSGI layer."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, lasting_only: bool) -> None:
        # Tests change things and look again at once: what would only last a while is not kept for them at all.
        self.application, self.lasting_only = application, lasting_only
        self.kept: dict[tuple[str, str], _Kept] = {}
        self.age = 0  # how often everything was forgotten

    def forget_all(self) -> None:
        """Drop everything, and what is being made from older things."""
        self.age += 1
        self.kept = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING"):
            return self._ask(environ, start_response)
        kept = self.kept.get((environ.get("HTTP_HOST", ""), environ["PATH_INFO"]))
        tag = environ.get("HTTP_IF_NONE_MATCH")
        if kept is None or kept.until < time.monotonic():
            return self._ask(environ, start_response)
        packed = kept.packed if _accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")) else None
        face = packed or kept.plain
        if tag not in (None, face.etag):
            return self._ask(environ, start_response)
        return _give(kept.route, face, start_response, changed=tag is None)

    def _ask(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        begun: list[_Start] = []
        age = self.age

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            begun.append((status, headers))
            return start_response(status, headers, exc_info)

        answer = self.application(environ, start)
        if path := environ.get(_FORGET):
            for key in [key for key in list(self.kept) if key[1] == path]:
                self.kept.pop(key, None)
        asked = (environ["REQUEST_METHOD"], environ.get("QUERY_STRING", ""))
        if _KEEP not in environ or asked != ("GET", "") or age != self.age:
            return answer
        return self._remember(environ, begun[-1], answer)

    def _remember(self, environ: dict[str, Any], begun: _Start, answer: Iterable[bytes]) -> Iterable[bytes]:
        status, headers = begun
        seconds: float | None = environ[_KEEP]
        names = {name for name, _ in headers}
        if not status.startswith("200") or "Set-Cookie" in names or (self.lasting_only and seconds is not None):
            return answer
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        if len(self.kept) >= MOST:
            self.kept = {}
        plain = _Face(
            body,
            [header for header in headers if header[0] not in _OWN],
            next((value for name, value in headers if name == "ETag"), None),
        )
        packed = _packed(plain)
        if packed:
            plain.headers.append(("Vary", "Accept-Encoding"))
        self.kept[environ.get("HTTP_HOST", ""), environ["PATH_INFO"]] = _Kept(
            plain,
            packed,
            float("inf") if seconds is None else time.monotonic() + seconds,
            environ[_ROUTE],
        )
        return [body]


def _accepts_gzip(header: str) -> bool:
    """Whether gzip is named without being refused (`gzip;q=0`); `*` alone gets the plain bytes."""
    for part in header.split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _packed(plain: _Face) -> _Face | None:
    """The same compressed, when that saves something; another encoding is another tag (RFC 9110, 8.8.3)."""
    names = {name for name, _ in plain.headers}
    packed = gzip.compress(plain.body, 9, mtime=0)
    if len(plain.body) < WORTH_PACKING or len(packed) > len(plain.body) * 0.9 or "Content-Encoding" in names:
        return None
    etag = plain.etag and f'{plain.etag[:-1]}{GZIP_TAG}"'
    own = {"Content-Length": str(len(packed)), **({"ETag": etag} if etag else {})}
    headers = [(name, own.get(name, value)) for name, value in plain.headers if name != "Vary"]
    return _Face(packed, [*headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")], etag)


def _give(route: str, kept: _Face, start_response: Callable[..., Any], *, changed: bool) -> Iterable[bytes]:
    """The kept answer (or 304), with a request id and a line in the log of its own."""
    begun, request_id = time.perf_counter(), secrets.token_hex(10)
    headers = kept.headers if changed else [header for header in kept.headers if header[0] not in _OF_A_BODY]
    start_response("200 OK" if changed else "304 NOT MODIFIED", [*headers, ("X-Request-Id", request_id)])
    log.info(
        "request",
        method="GET",
        route=route,
        status=200 if changed else 304,
        ms=round((time.perf_counter() - begun) * 1000, 1),
        person=None,
        stored=True,
        request=request_id,
        name=request_name(request_id),
    )
    return [kept.body] if changed else []
