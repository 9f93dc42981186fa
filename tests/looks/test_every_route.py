"""Walk every address: whatever shows somebody else's case or person to somebody at work has written it down."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule

from butler.cases.actions.alarms import ring_due
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Step
from butler.identity.scope import Actor
from butler.kit.database import ButlerFlask, db
from butler.looks.models import Look
from factories import Town, file_consult, file_errand
from surfing import browser_of
from tests.looks.conftest import bearer_of

_PART = re.compile(r"<(?:[^:<>]*(?:\([^)]*\))?:)?(\w+)>")
VALUES = {"step": "note", "name": "base.css", "code": "M012", "token": "x", "filename": "base.css"}


@pytest.fixture
def busy(town: Town, at: Any) -> Town:
    """Cases of another person: one that waits, one in hand with papers, one that came up because it is late."""
    at("2026-11-23 09:00")
    resident = town.here.residents[0]
    held = file_errand(resident, town.here)
    claim_next(town.here.butler)
    for step, data in (("authorise", {}), ("receive_originals", {"items": [{"name": "照片", "copies": 1}]})):
        db.session.refresh(held)
        loaded = STEP_INPUTS[Step(step)].load(data)
        take_step(town.here.butler, held.number, Step(step), loaded, version=held.version)
    file_errand(resident, town.here)
    file_consult(resident, town.here)
    at("2026-11-23 14:30")
    ring_due()
    db.session.commit()
    return town


def addresses(app: Flask, number: str, rules: Iterator[Rule] | None = None) -> list[str]:
    """Every address that can be read, filled in with something that is there."""
    found = []
    for rule in rules or app.url_map.iter_rules():
        if "GET" in (rule.methods or set()) and not rule.rule.startswith("/static"):
            values = {name: VALUES.get(name, number if "number" in name else "1") for name in rule.arguments}
            found.append(_PART.sub(lambda hit: values[hit[1]], rule.rule))  # noqa: B023 (called at once)
    return sorted(set(found))


def shown(body: str, town: Town) -> set[int]:
    """Ids of the cases of which this answer shows anything: the number, or who it is for."""
    cases = db.session.scalars(select(Case)).all()
    return {case.id for case in cases if case.number in body}


def test_no_view_without_a_row(app: ButlerFlask, client: FlaskClient, busy: Town) -> None:
    held = db.session.scalars(select(Case).where(Case.holder_id.is_not(None))).one()
    seen: set[tuple[str, str]] = set()
    missing = []
    staff: list[tuple[str, Actor]] = [
        (name, getattr(busy.here, name)) for name in ("butler", "grid_worker", "community_staff", "street_staff")
    ]
    for name, actor in [*staff, ("district_staff", busy.district_staff)]:
        browser, bearer = browser_of(client, actor.person_id), bearer_of(actor)
        db.session.commit()
        for path in addresses(app, held.number):
            if path.startswith("/demo"):
                continue  # shows every message to everybody, and is never there in production
            before = db.session.scalar(select(func.max(Look.id))) or 0
            headers = bearer if path.startswith("/api/") else {}
            answer = browser.client.get(path, headers=headers)
            readable = answer.status_code == 200 and answer.mimetype in ("text/html", "application/json")
            body = answer.get_data(as_text=True) if readable else ""
            rows = select(Look.case_id).where(Look.id > before, Look.looker_id == actor.person_id)
            written = set(db.session.scalars(rows))
            for case_id in shown(body, busy):
                seen.add((name, path.replace(held.number, "N")))
                if case_id not in written:
                    missing.append((name, path, case_id))

    assert missing == []
    assert {path for _, path in seen} >= {
        "/desk", "/desk/queue", "/desk/mine", "/desk/all", "/grid", "/desk/cases/N", "/desk/cases/N/receipt",
        "/desk/cases/N/mandate", "/desk/cases/N/steps/note", "/api/v1/queue", "/api/v1/escalations",
        "/api/v1/cases/N", "/grid/cases/N",
    }  # fmt: skip


def test_deeds_that_answer_with_a_case_write_it_down(client: FlaskClient, busy: Town) -> None:
    bearer = bearer_of(busy.here.butler)
    db.session.commit()

    answer = client.post("/api/v1/queue/claim-next", json={}, headers=bearer | {"Idempotency-Key": "k" * 20})
    number, version = answer.json["number"], answer.json["version"]
    client.post(
        f"/api/v1/cases/{number}/steps/note",
        json={"note": "明天来"},
        headers=bearer | {"Idempotency-Key": "l" * 20, "If-Match": f'"{version}"'},
    )
    client.get(f"/api/v1/cases/{number}/timeline", headers=bearer)

    rows = db.session.execute(select(Look.kind, Look.fields, Look.standing).order_by(Look.id)).all()
    full = ("full", ["name", "outline", "phone", "words"], "holder")
    assert [tuple(row) for row in rows] == [full, full, ("summary", ["outline", "words"], "holder")]
