"""Files on disk, outside of everything a web server shows: what was acknowledged is there, whole, or the row is not.

A file is written under a temporary name, flushed to the disk, given its own name, and the folder flushed too, all
before the transaction with its row commits. So a killed process leaves at worst a file without a row, which `sweep`
finds; never a row without its file. Names are random and made here; nothing a person sent is ever part of a path.
"""

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, current_app

from butler.kit.errors import StorageFull

MARGIN = 256 * 1024 * 1024  # bytes that stay free: the database and the log need them more
ORPHAN_AFTER = 3600.0  # seconds; a request that is still going on has a file and no row yet
_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)
_PART = ".part"


@dataclass(frozen=True)
class Stored:
    """A file that is safely on the disk."""

    name: str
    size: int  # bytes
    sha256: bytes  # of what is on the disk


class Store:
    """A folder of files, two levels deep by the beginning of their names."""

    def __init__(self, root: Path, *, margin: int = MARGIN) -> None:
        self.root, self.margin = root, margin

    def put(self, name: str, data: bytes) -> Stored:
        """Write a file; when this returns it survives a power cut. Raises StorageFull when the disk is nearly full."""
        path = self.path(name)
        self.check_room(len(data))
        part = path.with_suffix(_PART)
        try:
            _make_folders(path.parent, self.root)
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
            _flush_folder(path.parent)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise StorageFull() from error
        return Stored(name, len(data), hashlib.sha256(data).digest())

    def get(self, name: str) -> bytes | None:
        """What is in a file; None when it is not there."""
        try:
            return self.path(name).read_bytes()
        except FileNotFoundError:
            return None

    def destroy(self, name: str) -> bool:
        """Take a file away; tell whether it was there. Twice does no harm."""
        path = self.path(name)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        _flush_folder(path.parent)
        return True

    def check_room(self, size: int) -> None:
        """Raise StorageFull unless so many bytes more leave the margin free."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self.root).free < size + self.margin:
            raise StorageFull()

    def names(self) -> Iterator[str]:
        """The names of all files that are whole."""
        return (path.name for path in self._paths() if _NAME.fullmatch(path.name))

    def sweep(self, known: Callable[[Collection[str]], Collection[str]], *, older_than: float = ORPHAN_AFTER) -> int:
        """Take away what no row names and is older than so many seconds; returns how many.

        `known` is asked for the names that rows do name, of those given; the files are looked at first, so that a row
        that commits meanwhile is seen.
        """
        before = time.time_ns() / 1e9 - older_than
        old = [path for path in self._paths() if _changed_before(path, before)]
        swept = 0
        for start in range(0, len(old), 500):
            some = old[start : start + 500]
            kept = set(known([path.name for path in some if _NAME.fullmatch(path.name)]))
            for path in some:
                if path.name not in kept:
                    path.unlink(missing_ok=True)
                    swept += 1
        return swept

    def path(self, name: str) -> Path:
        """Where a file of this name is. Raises ValueError for a name that we did not make."""
        if not _NAME.fullmatch(name):
            raise ValueError("not a name of ours")
        return self.root / name[:2] / name[2:4] / name

    def _paths(self) -> Iterator[Path]:
        return (path for path in self.root.glob("??/??/*") if path.is_file())


def connect(app: Flask, root: Path) -> None:
    """Hang the store on the application."""
    app.extensions["files"] = Store(root)


def store() -> Store:
    """The store of this application."""
    found: Store = current_app.extensions["files"]
    return found


def new_name() -> str:
    """A name nobody can guess: 128 random bits."""
    return secrets.token_hex(16)


def _make_folders(folder: Path, root: Path) -> None:
    """Make the folders, each flushed into the one above: a new folder that is lost takes its files along."""
    missing = [one for one in (folder.parent, folder) if not one.is_dir()]
    for one in missing:
        one.mkdir(mode=0o700, exist_ok=True)
        _flush_folder(one.parent)
    if missing:
        _flush_folder(root)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _changed_before(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:
        return False
