"""The chain of looks: one per looker and day, so that nobody waits for anybody else. Pure."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, Protocol

import orjson


class Line(Protocol):
    """What a row of the log says."""

    looker_id: Any
    day: Any
    seq: Any
    at: Any
    role: Any
    desk_id: Any
    unit_id: Any
    kind: Any
    fields: Any
    standing: Any
    person_id: Any
    case_id: Any
    district: Any
    reason: Any
    sealed_words: Any
    refused: Any


def first_hash(looker_id: int, day: date) -> bytes:
    """Where the chain of a looker's day begins."""
    return hashlib.sha256(f"{looker_id} {day.isoformat()}".encode()).digest()


def chain(before: bytes, line: Line, words: str | None = None) -> bytes:
    """The hash of a row: SHA-256 over the hash before it and everything the row says; of its words the sealed bytes, so
    that it can be checked by who may not read them.

    With `words` as it was before words were sealed: over the words themselves. A row of that time keeps its hash, since
    the heads of its day have long left the house; so it is proven by opening it.
    """
    if words is None:
        words = f"sealed {line.sealed_words.hex()}" if line.sealed_words else ""
    at: datetime = line.at
    said = orjson.dumps(
        [
            line.looker_id,
            line.day.isoformat(),
            line.seq,
            at.astimezone(UTC).isoformat(),
            line.role,
            line.desk_id,
            line.unit_id,
            line.kind,
            list(line.fields),
            line.standing,
            line.person_id,
            line.case_id,
            line.district,
            line.reason,
            words,
            line.refused,
        ]
    )
    return hashlib.sha256(before + said).digest()


def root(before: bytes, day: date, heads: Iterable[tuple[int, int, bytes]]) -> bytes:
    """The head of a day: over the root of the day before and every looker's (id, rows, hash), in the order of ids."""
    whole = hashlib.sha256(before + day.isoformat().encode())
    for looker_id, rows, head in sorted(heads):
        whole.update(f"{looker_id} {rows} ".encode() + head)
    return whole.digest()
