"""The hashes of a day. Pure: anybody can compute them from the rows with SHA-256 (FIPS 180-4)."""

import hashlib
from collections.abc import Iterable
from datetime import date

NO_ROOT = bytes(32)
"""What the first day covers."""


def digest_of_cases(heads: Iterable[tuple[str, int, bytes]]) -> bytes:
    """Over the (number, line, hash of that line) of every history that grew, in the order of numbers."""
    whole = hashlib.sha256(b"cases")
    for number, seq, head in heads:
        whole.update(f" {number} {seq} ".encode() + head)
    return whole.digest()


def digest_of_looks(heads: Iterable[tuple[date, int, int, bytes]]) -> bytes:
    """Over every looker's (day, id, rows, hash of the last row), in the order of days and ids."""
    whole = hashlib.sha256(b"looks")
    for day, looker_id, rows, head in heads:
        whole.update(f" {day.isoformat()} {looker_id} {rows} ".encode() + head)
    return whole.digest()


def root_of(before: bytes, day: date, cases_digest: bytes, looks_digest: bytes) -> bytes:
    """The head of a day: over the one before, so that each proves all days before it."""
    return hashlib.sha256(b"day" + before + day.isoformat().encode() + cases_digest + looks_digest).digest()
