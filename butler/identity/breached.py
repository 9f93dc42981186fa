"""Whether a password stands in a list of breached ones, asked of a file on this machine and of nobody else (ASVS 6.2.12).

The file is what the downloader of Have I Been Pwned writes: one SHA-1 a line in hexadecimal, capital letters, sorted,
each with or without ``:count`` behind it. It has tens of gigabytes, so it is searched by halves where it lies; no such
file is shipped.
"""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO


def is_breached(password: str, file: Path) -> bool:
    """Whether the list holds it. Raises OSError when it cannot be read."""
    wanted = (
        hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    )  # how the list is keyed
    with file.open("rb") as lines:
        low, high = 0, os.fstat(lines.fileno()).st_size
        while low < high:  # the first line that begins at `low` or later and is not before what is wanted
            middle = (low + high) // 2
            found = _line_after(lines, middle)
            if found and found < wanted:
                low = middle + 1
            else:
                high = middle
        return _line_after(lines, low) == wanted


def _line_after(lines: BinaryIO, place: int) -> bytes:
    """The hash on the first line that begins at `place` or later; nothing at the end."""
    lines.seek(max(0, place - 1))
    if place:
        lines.readline(200)  # the rest of the line in which we landed
    return lines.readline(200).strip().partition(b":")[0].upper()
