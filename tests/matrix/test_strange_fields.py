"""T20: the names of our columns in the body of every operation: each is refused by name, and nothing is different."""

import copy
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from matrix.scene import NOBODY, WHERE, Scene, read_matrix, routes_of
from sqlalchemy import update

from butler.identity.models import SignIn
from butler.kit.database import Base, ButlerFlask, db
from factories import Town
from figures import Show
from fuzz.watching import fingerprint, operations, step_fields

AT_ONCE = 15
"""An answer names twenty mistakes: these, and those that a body may have besides."""
GOOD: dict[str, Any] = {
    "kind": "errand", "matter_code": "M012", "mode": "daytime", "summary": "帮我办一下", "urgency": "normal",
    "consents": [], "phone": "10010600100", "username": "nobody", "password": "not the right one", "note": "好",
    "reason": "contact", "beneficiary": {"delegation": "1"}, "until": "2026-12-01T09:00:00+08:00",
    "by": "phone", "text": "10010600100", "items": [{"name": "照片", "copies": 1, "condition": "完好"}],
    "fields": ["phone"], "words": "居民打电话来催，要回电", "why": "离职了，停用", "role": "butler", "name": "新人",
    "token": "x" * 43, "answers": {}, "tags": [], "grade": 5,
}  # fmt: skip


@dataclass(frozen=True)
class Body:
    """One operation, asked by somebody who may, with what it would take."""

    what: str
    method: str
    path: str
    who: str
    fields: frozenset[str]
    sent: dict[str, Any]


def test_no_body_takes_a_name_it_does_not_know(
    app: ButlerFlask, client: FlaskClient, town: Town, at: Callable[[str], None], show: Show
) -> None:
    at("2026-11-23 09:00")
    scene = Scene(app, client, town)
    db.session.execute(update(SignIn).values(proved_at=SignIn.created_at + timedelta(seconds=1)))
    names = column_names()
    before, requests, added, wrong = fingerprint(), 0, 0, []
    found = list(bodies(scene))
    for body in found:
        for place, sent, known in places(body):
            for some in in_groups(sorted(names - known)):
                requests, added = requests + 1, added + len(some)
                sent.update(dict.fromkeys(some, 1))
                answer = client.open(
                    body.path, method=body.method, json=body.sent,
                    headers=scene.tokens.get(body.who, {}) | {"Idempotency-Key": secrets.token_hex(16), "If-Match": '"1"'},
                )  # fmt: skip
                for name in some:
                    del sent[name]
                told = (
                    {error["pointer"] for error in answer.json.get("errors", [])}
                    if answer.status_code == 422
                    else set()
                )
                if taken := {f"{place}/{name}" for name in some} - told:
                    wrong.append(f"{body.what} as {body.who}: {answer.status_code}, not refused: {sorted(taken)}")
        if (now := fingerprint()) != before:
            wrong.append(f"{body.what}: changed {[table for table in now if now[table] != before[table]]}")
            before = now

    show(
        "T20", "every column's name in every JSON body is refused by name", bodies=len(found), names=len(names),
        requests=requests, added=added, wrong=len(wrong),
    )  # fmt: skip
    assert wrong == []


def in_groups(names: list[str]) -> Iterator[list[str]]:
    """So many as one answer can name."""
    for start in range(0, len(names), AT_ONCE):
        yield names[start : start + AT_ONCE]


def column_names() -> set[str]:
    """Every name a column or attribute of a model has."""
    return {
        name
        for mapper in Base.registry.mappers
        for name in [*mapper.attrs.keys(), *(column.name for column in mapper.columns)]
    }


def bodies(scene: Scene) -> Iterator[Body]:
    """Every operation with a JSON body, every step of a case by itself."""
    rules, matrix = routes_of(scene.app), read_matrix()
    described = {
        (method, path): fields for method, path, fields in operations(scene.client.get("/api/v1/openapi.json").json)
    }
    for route, line in matrix.items():
        method, path = route.split(" ", 1)
        key = method, re.sub(r"<(?:[^>:]+:)?([^>]+)>", r"{\1}", path)
        steps = path.endswith("/steps/<step>")
        if key not in described and not (steps and method == "POST" and "/api/" in path):
            continue
        may = (who for who, letters in line.expected.items() if "Y" in letters and who != NOBODY)
        who = next(may, "resident")  # what is only for those who have just proved themselves again
        letters = line.expected[who].ljust(4, line.expected[who][-1])
        things = scene.things_at(who, WHERE[max(letters.find("Y"), 0)])
        each = step_fields().items() if steps else [("", described.pop(key))]
        for step, fields in each:
            asked = replace(line, about=step or line.about)
            sent = {name: copy.deepcopy(GOOD[name]) for name in fields if name in GOOD} | scene.filled(
                line.send if not steps else {}, things
            )
            yield Body(f"{route} {step}", method, scene.path(asked, rules[route], things), who, frozenset(fields), sent)
    assert described == {}, "operations the matrix does not know"


def places(body: Body) -> Iterator[tuple[str, dict[str, Any], set[str]]]:
    """(pointer, object, the names that belong there): the body itself, and the objects in it."""
    yield "", body.sent, set(body.fields)
    for name, value in body.sent.items():
        inner, pointer = (value[0], f"/{name}/0") if isinstance(value, list) and value else (value, f"/{name}")
        if isinstance(inner, dict) and inner:
            yield pointer, inner, set(inner)
