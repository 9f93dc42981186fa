"""The other side of the comparison: a bare Flask that gives bytes away, and files and claims with hand-written SQL.

It writes the same rows into the same tables in one transaction, behind the same wall between people, and answers with
the same fields. It asks only what any implementation has to ask (who is signed in, where the building is, who is on
duty, whom to tell) and leaves out everything else: no checks of what comes in, no calendar (due times are constants), no
log, no wake-up of a worker, no application in layers. Not an example of how to write this.
"""

import hashlib
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson
import psycopg
from flask import Flask, Response, request
from psycopg.rows import namedtuple_row
from psycopg.types.json import set_json_dumps

from bench import shapes
from bench.sql import (
    CLAIM,
    CLOCKS,
    DESKS,
    END_OF_LOOKS,
    HOP,
    HOPS,
    INSERT_CASE_KEY,
    INSERT_CLOCK,
    INSERT_CONSENT,
    INSERT_HOPS,
    INSERT_LOOK,
    INSERT_NOTICE,
    INSERT_OUTBOX,
    INSERT_STEP,
    KEEP_ANSWER,
    MEMBERS,
    PLACE,
    READ_KEY,
    SHOWN,
    SIGNED_IN,
    STOP_CLOCK,
    TAKE_KEY,
    insert_case,
)
from butler.kit.envelopes import new_key, unwrap, wrap
from butler.kit.sealing import Key, read_ring, ring

JSON = "application/json"
CHINA = timezone(timedelta(hours=8))
DUE_WHY = "从11月23日（周一）08:30上班起算，2小时（只算上班时间），最晚11月23日（周一）10:30"
HANDLING_WHY = "从11月22日（周日）起算，5个工作日，最晚11月27日（周五）17:30"
MATTER_REVISION, _, MATTER_NAME = os.environ.get("BENCH_MATTER", "- 异地就医备案").partition(" ")

set_json_dumps(orjson.dumps)
app = Flask(__name__)
_own = threading.local()
_bodies: dict[str, tuple[bytes, str]] = {}  # path → the bytes the application gives there, and their ETag


def load_bodies(directory: Path) -> None:
    """Take the bytes to give from files: an index of path → file and ETag."""
    for path, (name, etag) in orjson.loads((directory / "index.json").read_bytes()).items():
        _bodies[path] = ((directory / name).read_bytes(), etag)


if "BENCH_BODIES" in os.environ:
    load_bodies(Path(os.environ["BENCH_BODIES"]))
if "BUTLER_KEYS" in os.environ:
    app.extensions["ring"] = read_ring(
        os.environ["BUTLER_KEYS"], os.environ["BUTLER_INDEX_KEY"], secret_key="", production=True
    )


@app.get("/api/v1/matters/<code>")
@app.get("/api/v1/cards/<code>")
@app.get("/api/v1/catalogue")
def give(**_: str) -> Response:
    """The bytes of this address, or 304."""
    body, etag = _bodies[request.path]
    if request.headers.get("If-None-Match") == etag:
        return Response(status=304, headers={"ETag": etag})
    return Response(body, mimetype=JSON, headers={"ETag": etag})


@app.post("/api/v1/cases")
def file() -> Response:
    """File an errand for a building: signed in, idempotent, routed, clocked, written down, told."""
    wish, now = orjson.loads(request.data), _now()
    with _transaction() as cursor:
        person = _signed_in(cursor, now)
        route = "POST /api/v1/cases"
        if (done := _take_key(cursor, person.id, route, now)) is not None:
            return Response(done, 201, mimetype=JSON)
        place = cursor.execute(PLACE, (int(wish["building_id"]),)).fetchone()
        route_of = {"codes": place.path.split("."), "own": place.desk_id, "now": now, "today": now.date()}
        desks = cursor.execute(DESKS, route_of).fetchall()
        desk = next(one for one in reversed(desks) if one.on_duty)
        number = secrets.token_hex(6).upper()
        begin, key = hashlib.sha256(number.encode()).digest(), new_key()
        due = now + timedelta(hours=2)
        why = f"{desk.name}负责这栋楼"
        words = key.seal("cases.sealed_words", orjson.dumps({"summary": wish["summary"], "answers": {}}))
        said = key.seal(
            "case_steps.sealed_words", orjson.dumps({"note": wish["summary"], "data": {"consents": ["hand_over@1"]}})
        )
        line = [1, "filed", "waiting", "requested", person.id, desk.id, now.isoformat(), said.hex()]
        head = _chain(begin, line)
        case = {
            "number": number, "district": place.district, "kind": "errand", "mode": "daytime", "urgency": "normal",
            "urgency_rank": 1, "stage": "waiting", "state": "requested", "outcome": None, "version": 1,
            "matter_code": wish["matter_code"], "matter_name": MATTER_NAME, "matter_revision": MATTER_REVISION,
            "sealed_words": words, "sealed_why": key.seal("cases.sealed_why", orjson.dumps(why)),
            "asker_id": person.id, "beneficiary_id": person.id,
            "recorder_id": person.id, "unit_id": place.unit_id, "unit_path": place.path,
            "building_id": place.building_id, "desk_id": desk.id, "accountable_desk_id": desk.id,
            "holder_id": None, "lease_epoch": 0, "lease_until": None,
            "resolver_id": None, "paused_until": None, "pause_reason": None, "due_at": due, "due_why": DUE_WHY,
            "next_alarm_at": due, "created_at": now, "resolved_at": None, "closed_at": None, "closed_level": None,
            "origin_id": None, "last_seq": 1, "head_hash": head,
        }  # fmt: skip
        (case_id,) = cursor.execute(insert_case(tuple(case)), case).fetchone()
        cursor.execute(INSERT_CASE_KEY, (case_id, wrap(case_id, key)))
        cursor.execute(INSERT_CONSENT, (person.id, case_id, person.id, now))
        hops = [
            (case_id, seq, one.id, "down", key.seal("case_hops.sealed_why", orjson.dumps(f"按地址转到{one.name}")), now)
            for seq, one in enumerate(desks, start=1)
        ]
        cursor.execute(INSERT_HOPS.format(", ".join([HOP] * len(hops))), [value for hop in hops for value in hop])
        cursor.execute(INSERT_CLOCK, (case_id, "response", now, 2, "working_hours", due, DUE_WHY, ""))
        step = (case_id, place.district, 1, "filed", "waiting", "requested", person.id, "resident")
        cursor.execute(INSERT_STEP, (*step, desk.id, now, said, head))
        people = [row.person_id for row in cursor.execute(MEMBERS, (desk.id, now.date(), now.date()))]
        text = f"【管家通】新办件等您接：{MATTER_NAME}，单号{number}。请尽快接单。"
        _tell(cursor, case_id, key, "filed", people, text, now)
        body = orjson.dumps(
            shapes.answer(
                case,
                wish["summary"],
                why,
                place=f"{place.community} {place.estate} {place.building}",
                desk=shapes.desk(desk),
                path=[shapes.hop(seq, one, f"按地址转到{one.name}", now) for seq, one in enumerate(desks, start=1)],
                clocks=[shapes.clock("response", due, DUE_WHY, running=True)],
                asker=_person(person.name, person.phone),
                holder=None,
                steps=["note", "urge", "cancel"],
            )
        )
        location = f"/api/v1/cases/{number}"
        _keep_answer(cursor, person.id, route, body, {"Location": location, "ETag": '"1"'}, 201)
    return Response(body, 201, {"Location": location, "ETag": '"1"'}, mimetype=JSON)


@app.post("/api/v1/queue/claim-next")
def claim() -> Response:
    """Take the most urgent case that waits: one `SKIP LOCKED` statement, and the rows that go with it."""
    now = _now()
    with _transaction() as cursor:
        person = _signed_in(cursor, now)
        route = "POST /api/v1/queue/claim-next"
        if (done := _take_key(cursor, person.id, route, now)) is not None:
            return Response(done, mimetype=JSON)
        due = now + timedelta(days=5)
        case = cursor.execute(CLAIM, (person.id, due, due, HANDLING_WHY, due, person.desk_id)).fetchone()
        if case is None:
            return Response(status=204)
        head = _chain(case.head_hash, [case.last_seq, "claim", "in_hand", case.state, person.id, now.isoformat()])
        cursor.execute("UPDATE cases SET head_hash = %s WHERE id = %s", (head, case.id))
        cursor.execute(STOP_CLOCK, (now, case.id))
        cursor.execute(INSERT_CLOCK, (case.id, "handling", now, 5, "working_days", due, HANDLING_WHY, ""))
        step = (case.id, case.district, case.last_seq, "claim", "in_hand", case.state, person.id, person.role)
        cursor.execute(INSERT_STEP, (*step, case.desk_id, now, None, head))
        shown = cursor.execute(SHOWN, (case.id,)).fetchone()
        key = unwrap(case.id, shown.wrapped)
        who = f"{_open('people.name', person.name).decode()[:1]}管家"
        text = f"【管家通】{who}接单了：{case.matter_name}，单号{case.number}。接下来会联系您。"
        _tell(cursor, case.id, key, str(case.last_seq), [case.asker_id], text, now)
        hops = cursor.execute(HOPS, (case.id,)).fetchall()
        clocks = cursor.execute(CLOCKS, (case.id,)).fetchall()
        body = orjson.dumps(
            shapes.answer(
                case._asdict(),
                _say(key, "cases.sealed_words", case.sealed_words)["summary"],
                _say(key, "cases.sealed_why", case.sealed_why),
                place=f"{shown.community} {shown.estate} {shown.building}",
                desk={"id": str(case.desk_id), "kind": shown.kind, "name": shown.desk, "phone": shown.desk_phone},
                path=[
                    shapes.hop(hop.seq, hop, _say(key, "case_hops.sealed_why", hop.sealed_why), hop.at) for hop in hops
                ],
                clocks=[shapes.clock(one.kind, one.due_at, one.why, running=one.stopped_at is None) for one in clocks],
                asker=_person(shown.asker, shown.asker_phone),
                holder=who,
                steps=["authorise", "resolve", "release", "refer_up", "pause", "note"],
            )
        )
        _note_look(cursor, person, case, now)
        _keep_answer(cursor, person.id, route, body, {"ETag": f'"{case.version}"'}, 200)
    return Response(body, headers={"ETag": f'"{case.version}"'}, mimetype=JSON)


@contextmanager
def _transaction() -> Iterator[psycopg.Cursor]:
    """A cursor of this thread's connection, inside a transaction that is committed at the end of the block."""
    if not hasattr(_own, "connection"):
        url = os.environ["DATABASE_URL"].replace("+psycopg", "")
        _own.connection = psycopg.connect(url, row_factory=namedtuple_row, autocommit=True)
    with _own.connection.transaction(), _own.connection.cursor() as cursor:
        yield cursor


def close() -> None:
    """Close this thread's connection."""
    if hasattr(_own, "connection"):
        _own.connection.close()
        del _own.connection


def _now() -> datetime:
    return datetime.now(UTC)


def _signed_in(cursor: psycopg.Cursor, now: datetime) -> tuple:
    token = request.headers["Authorization"].removeprefix("Bearer ")
    hashed = hashlib.sha256(token.encode()).hexdigest()
    return cursor.execute(SIGNED_IN, (now.date(), now.date(), hashed, now)).fetchone()


def _take_key(cursor: psycopg.Cursor, person_id: int, route: str, now: datetime) -> str | None:
    """None: go ahead. Else the answer that was given before."""
    key, said = request.headers["Idempotency-Key"], hashlib.sha256(request.data).digest()
    fingerprint = ring().index("idempotency_keys.fingerprint", said)
    actor = f"person:{person_id}"
    if cursor.execute(TAKE_KEY, (actor, route, key, fingerprint, now)).fetchone() is not None:
        return None
    (answer,) = cursor.execute(READ_KEY, (actor, route, key)).fetchone()
    return orjson.loads(_open("idempotency_keys.answer", answer))["body"]


def _keep_answer(
    cursor: psycopg.Cursor, person_id: int, route: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    kept = {"status": status, "body": body.decode(), "headers": {"Content-Type": JSON, **headers}}
    key = request.headers["Idempotency-Key"]
    cursor.execute(
        KEEP_ANSWER, (_seal("idempotency_keys.answer", orjson.dumps(kept)), f"person:{person_id}", route, key)
    )


def _tell(
    cursor: psycopg.Cursor, case_id: int, key: Key, happening: str, people: list[int], text: str, now: datetime
) -> None:
    sealed = key.seal("notices.sealed_text", orjson.dumps(text))
    for person_id in people:
        dedupe_id = f"case:{case_id}:{happening}:{person_id}"
        (notice_id,) = cursor.execute(INSERT_NOTICE, (dedupe_id, person_id, case_id, sealed, now)).fetchone()
        payload = _seal("outbox.payload", orjson.dumps({"notice_id": notice_id}))
        cursor.execute(INSERT_OUTBOX, ("notice", dedupe_id, payload, now, now))


def _note_look(cursor: psycopg.Cursor, person: tuple, case: tuple, now: datetime) -> None:
    """That somebody now sees name and telephone of who asked."""
    day = now.astimezone(CHINA).date()
    rows, head = cursor.execute(END_OF_LOOKS, (person.id, day, b"")).fetchone()
    look = {
        "day": day, "looker": person.id, "seq": rows + 1, "at": now.isoformat(), "role": person.role,
        "desk": person.desk_id, "unit": case.unit_id, "person": case.asker_id, "case": case.id,
        "district": case.district,
    }  # fmt: skip
    cursor.execute(INSERT_LOOK, look | {"hash": _chain(head, [str(value) for value in look.values()])})


def _seal(place: str, plain: bytes) -> bytes:
    return ring().seal(place, plain)


def _open(place: str, sealed: bytes) -> bytes:
    return ring().open(place, sealed)


def _say(key: Key, place: str, sealed: bytes) -> Any:
    return orjson.loads(key.open(place, sealed))


def _chain(before: bytes, said: list) -> bytes:
    return hashlib.sha256(before + orjson.dumps(said)).digest()


def _person(name: bytes, phone: bytes) -> dict:
    return {
        "name": _open("people.name", name).decode(), "phone": _open("people.phone", phone).decode(),
        "no_calls": False, "no_texts": False, "reach": None, "sees_case": True,
    }  # fmt: skip
