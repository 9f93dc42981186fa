"""The chain of a history: each line's hash covers the line before it. Pure."""

import hashlib
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson


class Line(Protocol):
    """What a line of a history says."""

    seq: Any
    step: Any
    stage: Any
    state: Any
    actor_id: Any
    actor_role: Any
    desk_id: Any
    at: Any
    sealed_words: Any


def first_hash(number: str) -> bytes:
    """Where the chain of a case begins."""
    return hashlib.sha256(number.encode()).digest()


def chain(before: bytes, line: Line) -> bytes:
    """The hash of a line: SHA-256 over the hash before it and everything the line says; of its words the sealed bytes, so
    that it can be checked by who may not read them, and when nobody can any more."""
    at: datetime = line.at
    said = orjson.dumps(
        [
            line.seq,
            line.step,
            line.stage,
            line.state,
            line.actor_id,
            line.actor_role,
            line.desk_id,
            at.astimezone(UTC).isoformat(),
        ],
    )
    return hashlib.sha256(before + said + (line.sealed_words or b"")).digest()
