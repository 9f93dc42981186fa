"""Web processes that die, one at each named point of keeping a file: ``dying.py TOKEN NUMBER FILE KEY...``, a key for
each point. Prints a JSON list: how each ended.

They are the application itself, each called once; only that somebody pulls the plug. It is loaded once and forked, for
loading takes seconds.
"""

import json
import os
import signal
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from butler.app import create_app
from butler.kit import idempotency
from butler.kit.database import ButlerFlask
from butler.kit.files import Store

POINTS = (
    "the file is written, not flushed",
    "the file is flushed, without its name",
    "the file has its name",
    "the file is safe, without a row",
    "the row is written, without an answer",
    "everything is written, not committed",
    "everything is committed, nobody told",
)


def die() -> None:
    """Without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
    """Let the process die when it comes to the point."""
    put, flush, rename, settle = Store.put, os.fsync, Path.rename, idempotency.settle
    kept: list[str] = []
    place = POINTS.index(point)

    def fsync(descriptor: int) -> None:
        if place == 0 and os.readlink(f"/proc/self/fd/{descriptor}").endswith(".part"):
            die()
        flush(descriptor)

    def renamed(path: Path, target: Any) -> Any:
        if place == 1:
            die()
        done = rename(path, target)
        if place == 2:
            die()
        return done

    def stored(store: Store, name: str, data: bytes) -> Any:
        done = put(store, name, data)
        kept.append(name)
        if place == 3:
            die()
        return done

    def settled(**answer: Any) -> None:
        if place == 4:
            die()
        settle(**answer)

    def committing(_: Session) -> None:
        if place == 5 and kept:
            die()

    def committed(_: Session) -> None:
        if place == 6 and kept:
            die()

    os.fsync, Path.rename, Store.put, idempotency.settle = fsync, renamed, stored, settled  # type: ignore[assignment,method-assign]
    event.listen(Session, "before_commit", committing)
    event.listen(Session, "after_commit", committed)


def send(app: ButlerFlask, token: str, number: str, file: Path, key: str) -> str:
    """Send the file as a telephone would; what came of it."""
    answer = app.test_client().post(
        f"/api/v1/cases/{number}/attachments",
        data={"kind": "photo", "file": (BytesIO(file.read_bytes()), "a.jpg"), "_end": "1"},
        content_type="multipart/form-data",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
    )
    return f"{answer.status_code} {answer.get_data(as_text=True)}"


def let_die(app: ButlerFlask, point: str, token: str, number: str, file: Path, key: str) -> str:
    """In a process of its own; "killed", or what it still said."""
    told, tell = os.pipe()
    if (child := os.fork()) == 0:
        arm(point)
        os.write(tell, send(app, token, number, file, key)[:500].encode())
        os._exit(0)
    os.close(tell)
    with open(told, "rb") as words:
        said = words.read().decode()
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else f"{status} {said}"


if __name__ == "__main__":
    token, number, file, *keys = sys.argv[1:]
    app = create_app()
    ends = [let_die(app, point, token, number, Path(file), key) for point, key in zip(POINTS, keys, strict=True)]
    print(json.dumps(ends))
