"""An index of the search kept in a file, so that a process reads in a moment what takes seconds to make.

The first line of the file is JSON: what the index was made of, how long each part is, and the SHA-256 of the parts behind
it. The parts are the bytes of the numbers of `search.Index` and its tokens, one a line; nothing in it can be executed.
A file that is not there, damaged, or made of other words or by another program is not used: the index is made anew and
kept. The hash finds damage, not malice: whoever may write into the folder may also write a sound file.
"""

import fcntl
import hashlib
import json
import os
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from itertools import accumulate, chain, pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from .indexing import build_index, small_print
from .model import Catalogue
from .search import Index

FORMAT = 1
KEPT = 4  # files: what is shown, what was shown before, and room for one more program beside
_PROGRAM = ("indexing.py", "kept.py", "meanings.py", "search.py", "tokens.py")
_NUMBERS = (("starts", "I"), ("places", "I"), ("worths", "f"), ("rarity", "d"), ("spoken", "I"), ("ends", "I"))


def index_of(catalogue: Catalogue, folder: Path | None) -> Index:
    """The index of the catalogue: the one kept in `folder` if it fits, else made now and kept there.

    Several processes make it once: the others wait for the first. A folder that cannot be written costs time, no more.
    """
    if folder is None:
        return build_index(catalogue)
    made_of = words_of(catalogue)
    file = folder / f"{made_of[:16]}.index"
    if kept := _read(file, made_of, catalogue):
        return kept
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            index = _read(file, made_of, catalogue)
            if index is None:
                index = build_index(catalogue)
                with suppress(OSError):
                    _write(file, pack(index, made_of))
            return index
    except OSError:
        return build_index(catalogue)


def words_of(catalogue: Catalogue) -> str:
    """SHA-256 in hex of all the words that are indexed and of the program that does it."""
    words = [
        [
            [code, matter.name, matter.colloquial, matter.life_event, list(small_print(matter))]
            for code, matter in catalogue.matters.items()
        ],
        [[code, [ask.text for ask in asks]] for code, asks in catalogue.asks.items()],
        [[topic, list(asks)] for topic, asks in catalogue.elsewhere.items()],
    ]
    return hashlib.sha256(_program() + json.dumps(words).encode()).hexdigest()


def pack(index: Index, made_of: str) -> bytes:
    """The file of an index made of the words with this hash."""
    spoken = array("I", chain.from_iterable(sorted(index.rows[token] for token in said) for said in index.sayings))
    ends = array("I", accumulate(map(len, index.sayings), initial=0))
    numbers = {**vars(index), "spoken": spoken, "ends": ends}
    parts = [array(kind, numbers[name]).tobytes() for name, kind in _NUMBERS]
    parts.append("\n".join(index.rows).encode())
    body = b"".join(parts)
    head = {
        "format": FORMAT,
        "order": sys.byteorder,
        "made_of": made_of,
        "lengths": [len(part) for part in parts],
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    return json.dumps(head).encode() + b"\n" + body


def unpack(content: bytes, made_of: str, catalogue: Catalogue) -> Index | None:
    """The index in the content of a file; None when it is damaged, or was made of other words than these."""
    line, _, body = content.partition(b"\n")
    try:
        head = json.loads(line)
        lengths = head.pop("lengths")
    except (ValueError, TypeError, AttributeError, KeyError):
        return None
    sound = {"format": FORMAT, "order": sys.byteorder, "made_of": made_of, "sha256": hashlib.sha256(body).hexdigest()}
    if head != sound:
        return None
    bounds = list(pairwise(accumulate(lengths, initial=0)))
    numbers: dict[str, Any] = {
        name: array(kind, body[start:end]) for (name, kind), (start, end) in zip(_NUMBERS, bounds, strict=False)
    }
    start, end = bounds[-1]
    tokens = body[start:end].decode().splitlines()
    spoken = numbers.pop("spoken")
    said = tuple(frozenset(tokens[row] for row in spoken[begin:end]) for begin, end in pairwise(numbers.pop("ends")))
    return Index(catalogue, rows={token: row for row, token in enumerate(tokens)}, sayings=said, **numbers)


@cache
def _program() -> bytes:
    here = Path(__file__).parent
    return version("pypinyin").encode() + b"".join((here / name).read_bytes() for name in _PROGRAM)


def _read(file: Path, made_of: str, catalogue: Catalogue) -> Index | None:
    try:
        return unpack(file.read_bytes(), made_of, catalogue)
    except OSError:
        return None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other process makes an index in this folder meanwhile; the lock goes with a process that dies."""
    with (folder / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(file: Path, content: bytes) -> None:
    with NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        part.write(content)
    os.replace(part.name, file)
    oldest_last = sorted(file.parent.glob("*.index"), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in [*oldest_last[KEPT:], *file.parent.glob("*.part")]:
        old.unlink(missing_ok=True)
