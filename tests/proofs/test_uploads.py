"""P6: an upload that was acknowledged is there and unchanged, whenever the web process is killed.

`BUTLER_PROOF_RUNS` kills at random bytes (at most 40 a run), and one at each named point; then every file that a row
names is read and compared, past the application.
"""

import hashlib
import json
import os
import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from dying import POINTS
from figures import Show
from running import Running

KILLS = min(40, int(os.environ.get("BUTLER_PROOF_RUNS", "8")))
SEED = int(os.environ.get("BUTLER_PROOF_SEED", "20261122"))
SENDERS = 3
MOST_EACH = 36  # a case takes 40
DYING = Path(__file__).parents[1] / "dying.py"


class Sender(threading.Thread):
    """A resident on a bad line: sends photo after photo, each in many pieces, again with the same key until it is told
    that it is there."""

    def __init__(self, app: Running, token: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.app, self.dice, self.token = app, random.Random(seed), token
        self.http = app.client(20)
        self.headers = {"Authorization": f"Bearer {token}"}
        self.number = self._file()
        self.acknowledged: dict[str, dict[str, Any]] = {}  # by key
        self.keys = 0
        self.broken = 0
        self.stopping = threading.Event()
        self.complaint: str | None = None

    def run(self) -> None:
        while not self.stopping.is_set() and self.keys < MOST_EACH:
            key, picture = uuid.uuid4().hex, noise(self.dice)
            self.keys += 1
            while key not in self.acknowledged and self.complaint is None:
                self.send(key, picture)

    def send(self, key: str, picture: bytes) -> None:
        """Once; whatever is not an acknowledgement is tried again."""
        edge, body = multipart(picture)
        headers = self.headers | {
            "Idempotency-Key": key,
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "Content-Length": str(len(body)),
        }
        try:
            url = f"/api/v1/cases/{self.number}/attachments"
            answer = self.http.post(url, content=self._in_pieces(body), headers=headers)
        except httpx.TransportError:
            self.broken += 1
            time.sleep(0.3)
            return
        if answer.status_code == 201:
            self.acknowledged[key] = answer.json()
        elif answer.status_code in (400, 409, 502, 503):  # cut; still going on; not ready again
            self.broken += 1
            time.sleep(0.1)
        else:
            self.complaint = f"{answer.status_code} {answer.text[:300]}"

    def _in_pieces(self, body: bytes) -> Iterator[bytes]:
        place = 0
        while place < len(body):
            size = self.dice.choice((500, 5_000, 50_000))
            yield body[place : place + size]
            place += size
            time.sleep(self.dice.uniform(0, 0.004))

    def _file(self) -> str:
        wish = {"kind": "consult", "card_token": self.app.handbill["cards"][0]["token"], "summary": "楼道灯不亮"}
        headers = self.headers | {"Idempotency-Key": uuid.uuid4().hex}
        return str(self.http.post("/api/v1/cases", json=wish, headers=headers).raise_for_status().json()["number"])


@pytest.mark.proof
def test_uploads_survive_kills(whole: Running, show: Show, tmp_path: Path) -> None:
    app, dice = whole, random.Random(SEED)
    senders = [Sender(app, token, SEED + place) for place, token in enumerate(app.sign_in_residents(SENDERS))]
    with ExitStack() as connections:
        for sender in senders:
            connections.enter_context(closing(sender.http))
        prove(app, dice, senders, show, tmp_path)


def prove(app: Running, dice: random.Random, senders: list[Sender], show: Show, tmp_path: Path) -> None:
    """Kill, then compare."""
    for sender in senders:
        sender.start()
    kills = 0
    while kills < KILLS and any(sender.is_alive() for sender in senders):
        time.sleep(dice.uniform(0.3, 3))
        children = app.wait_for("web").children()
        if children and dice.random() < 0.7:
            children[0].kill()  # the process that serves people
        else:
            app.kill("web")
        kills += 1
        app.wait_until_ready()
    for sender in senders:
        sender.stopping.set()
    for sender in senders:
        sender.join(60)
    assert [sender.complaint for sender in senders] == [None] * SENDERS

    ends = die_and_try_again(app, senders[0], tmp_path / "picture.jpg")
    assert ends == ["killed"] * len(POINTS)

    folder = app.instance / "files"
    numbers = [sender.number for sender in senders]
    rows = {
        str(row[0]): row[1:]
        for row in app.ask(
            "SELECT attachments.id, file_name, sha256, sealed_size FROM attachments JOIN cases ON cases.id = case_id "
            "WHERE cases.number = ANY (%(numbers)s)",
            numbers=numbers,
        )
    }
    paths = {attachment: folder / name[:2] / name[2:4] / name for attachment, (name, _, _) in rows.items()}
    missing = [attachment for attachment, path in paths.items() if not path.is_file()]
    altered = [
        attachment
        for attachment, (_, sha256, size) in rows.items()
        if attachment not in missing
        and (hashlib.sha256(paths[attachment].read_bytes()).digest(), paths[attachment].stat().st_size)
        != (sha256, size)
    ]
    told = {one["id"] for sender in senders for one in sender.acknowledged.values()}
    lost, doubled = told - rows.keys(), rows.keys() - told
    unopened = [sender.number for sender in senders for one in sender.acknowledged.values() if not opens(sender, one)]
    orphans, left = sweep(app, folder)
    verified, checked = app.flask("butler", "files", "verify"), app.flask("butler", "check")
    show(
        "P6",
        "kill -9 of the web during uploads: what was acknowledged is there, unchanged, once",
        kills=kills,
        named_points=len(ends),
        seed=SEED,
        acknowledged=len(told),
        broken_off=sum(sender.broken for sender in senders),
        files_compared=len(rows),
        missing=len(missing),
        mismatched=len(altered),
        acknowledged_lost=len(lost),
        kept_twice=len(doubled),
        orphans=orphans,
        orphans_after_the_sweep=left,
    )
    assert (missing, altered, lost, doubled, unopened, left) == ([], [], set(), set(), [], 0)
    assert orphans >= 4  # the named points alone leave some: a sweep with nothing to sweep shows nothing
    assert (verified.returncode, verified.stdout) == (0, ""), verified.stderr
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout


def die_and_try_again(app: Running, sender: Sender, file: Path) -> list[str]:
    """Kill a process at each point, then send the same with the same keys as a telephone would; how each ended."""
    picture = noise(sender.dice)
    file.write_bytes(picture)
    keys = [uuid.uuid4().hex for _ in POINTS]
    died = app.python(str(DYING), sender.token, sender.number, str(file), *keys)
    assert died.returncode == 0, died.stderr[-1500:]
    for key in keys:
        for _ in range(50):
            sender.send(key, picture)
            if key in sender.acknowledged or sender.complaint:
                break
    assert sender.complaint is None
    return list(json.loads(died.stdout))


def opens(sender: Sender, one: dict[str, Any]) -> bool:
    """Whether a file that was acknowledged opens as what it was acknowledged as."""
    answer = sender.http.get(f"/api/v1/cases/{sender.number}/attachments/{one['id']}", headers=sender.headers)
    return answer.status_code == 200 and len(answer.content) == one["size"]


def sweep(app: Running, folder: Path) -> tuple[int, int]:
    """How many files no row named an hour later, before the sweep and after it."""
    named = {name for (name,) in app.ask("SELECT file_name FROM attachments WHERE state <> 'destroyed'")}
    for path in folder.glob("??/??/*"):
        os.utime(path, (time.time() - 3_700,) * 2)
    before = [path for path in folder.glob("??/??/*") if path.name not in named]
    swept = app.flask("butler", "files", "sweep")
    assert swept.returncode == 0, swept.stderr
    after = {path.name for path in folder.glob("??/??/*")}
    assert named <= after
    return len(before), len(after - named)


def noise(dice: random.Random) -> bytes:
    """A photo of some 100 to 700 kB that does not compress."""
    side = dice.randint(400, 1_000)
    out = BytesIO()
    Image.effect_noise((side, side), 60).convert("RGB").save(out, "JPEG", quality=92)
    return out.getvalue()


def multipart(picture: bytes) -> tuple[str, bytes]:
    """Boundary and body of the form."""
    edge = uuid.uuid4().hex
    part = f"--{edge}\r\nContent-Disposition: form-data; name="
    parts = [
        f'{part}"kind"\r\n\r\nphoto\r\n'.encode(),
        f'{part}"file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'.encode() + picture + b"\r\n",
        f'{part}"_end"\r\n\r\n1\r\n--{edge}--\r\n'.encode(),
    ]
    return edge, b"".join(parts)
