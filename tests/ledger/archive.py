"""A second party on a port of its own, which also lies, hangs and errs; and an installation that sends to it."""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from standing_in import Handler, standing_in

from butler.kit.database import ButlerFlask
from butler.ledger.deliveries import deliver_head
from butler.settings import Settings

KEY = "2026:" + base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
OLDER = "2025:" + base64.urlsafe_b64encode(bytes(range(100, 132))).decode().rstrip("=")
PARTY = "街道档案室"


class Archive:
    """What it has taken, as letters, one a line; `mood` is how it answers. Like life, it keeps what it has read even when
    its answer gets lost."""

    def __init__(self) -> None:
        self.mood: str = "well"
        self.letters: list[dict[str, Any]] = []
        self.keys: list[str] = []

    def answer(self, letter: dict[str, Any]) -> bytes:
        said = {"day": letter["statement"]["day"], "root": letter["statement"]["root"], "receipt": "档-7"}
        match self.mood:
            case "lies":
                said["root"] = "0" * 64
            case "another day":
                said["day"] = "2020-01-01"
            case "chats":
                return "已收到，谢谢".encode()
            case "a list":
                return b"[]"
            case "nothing":
                return b""
        return json.dumps(said).encode()

    def file(self) -> bytes:
        """What it would hand out when somebody asks."""
        return b"\n".join(json.dumps(letter).encode() for letter in self.letters)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Archive, int]]:
    archive = Archive()

    class Desk(Handler):
        def do_POST(self) -> None:
            letter = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            archive.letters.append(letter)
            archive.keys.append(self.headers["Idempotency-Key"])
            if archive.mood == "hangs":
                time.sleep(2)
            body = archive.answer(letter)
            try:
                self.send_response({"errs": 500, "refuses": 403, "moved": 302}.get(archive.mood, 200))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                return

    with standing_in(Desk) as port:
        yield archive, port


@pytest.fixture
def archive(server: tuple[Archive, int]) -> Archive:
    """The second party in a good mood, with empty shelves."""
    server[0].__init__()  # type: ignore[misc]
    return server[0]


def sends_to(app: ButlerFlask, port: int, patch: pytest.MonkeyPatch) -> Settings:
    """Have an application send to the second party; its settings from now on."""
    known = app.extensions["settings"]
    settings = replace(known, ledger_parties=f"{PARTY}=http://127.0.0.1:{port}/heads", ledger_key=f"{KEY},{OLDER}")
    patch.setitem(app.extensions, "settings", settings)
    deliveries = app.extensions["deliveries"] | {"ledger": deliver_head(settings)}
    patch.setitem(app.extensions, "deliveries", deliveries)
    return settings
