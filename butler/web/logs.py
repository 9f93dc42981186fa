"""The log: one JSON object a line on standard error. No phone, no name, no query string, no token ever goes in.

Exceptions are written as their types and places, without their messages, because messages quote what people typed
(`Key (phone)=(138…) already exists`). Only in development are messages shown.
"""

import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import structlog
from flask import g, has_request_context
from structlog.typing import EventDict, WrappedLogger

from butler.kit import clock
from butler.kit.numbers import request_name
from butler.settings import Settings

_HERE = Path(__file__).parents[2]
_FRAMES = 30


def configure(settings: Settings) -> None:
    """Set up structlog for this process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _add_time_and_request,
            _ExceptionPlaces(with_messages=settings.env == "development"),
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=True,
    )


class _Lines:
    """Writes whole lines at once, to whatever standard error is at that moment."""

    def msg(self, line: str) -> None:
        sys.stderr.write(line + "\n")

    debug = info = warning = error = critical = exception = msg


class _ExceptionPlaces:
    """Replaces `exc_info` by what is safe to write down."""

    def __init__(self, *, with_messages: bool) -> None:
        self.with_messages = with_messages

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        given = event.pop("exc_info", None)
        error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
        if error is not None:
            event["exceptions"] = [self._describe(link) for link in _chain(error)]
        return event

    def _describe(self, error: BaseException) -> dict[str, Any]:
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        described: dict[str, Any] = {
            "type": f"{type(error).__module__}.{type(error).__qualname__}",
            "frames": [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
        }
        diagnosis = getattr(error, "diag", None)  # of psycopg: names of our own tables and constraints, never values
        for name in ("sqlstate", "constraint_name", "table_name"):
            if found := getattr(diagnosis, name, None):
                described[name] = found
        if self.with_messages:
            described["message"] = str(error)
        return described


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_HERE)) if path.is_relative_to(_HERE) else "/".join(path.parts[-2:])


def _add_time_and_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event["at"] = clock.now().isoformat(timespec="milliseconds")
    request_id = g.get("request_id") if has_request_context() else None
    if request_id:
        event["request"], event["name"] = request_id, request_name(request_id)
    return event


def _dump(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()
