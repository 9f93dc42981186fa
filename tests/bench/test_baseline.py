"""The bare program that the application is measured against does the same work: else the ratios would flatter us."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from apart import application_apart, bearer
from bench import baseline
from butler.dev.servers import Urls
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.looks.actions import Seen, record_looks
from butler.looks.states import LookKind
from butler.settings import Settings
from factories import ERRAND_MATTER, HAND_OVER, Town, load_calendar, make_town
from statements import statements

Rows = dict[str, int]


@pytest.fixture
def apart(urls: Urls, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[ButlerFlask]:
    with application_apart(urls, settings, "bench", connections=2) as app:
        monkeypatch.setenv("DATABASE_URL", app.config["SQLALCHEMY_DATABASE_URI"])
        monkeypatch.setitem(baseline.app.extensions, "ring", app.extensions["ring"])
        yield app
        baseline.close()


def test_baseline_writes_as_many_rows_and_answers_with_the_same_fields(apart: ButlerFlask) -> None:
    with apart.app_context(), unit_of_work():
        load_calendar()
        town = make_town()
        wish = _wish(town)
        record_looks(town.here.butler, LookKind.LIST, [Seen(None, None)])  # the taker's day has begun on both sides
        asker, taker = bearer(town.here.residents[0].person_id), bearer(town.here.butler.person_id)
    written: dict[str, list[tuple[Rows, list[str]]]] = {"filed": [], "claimed": []}
    for program in (apart, baseline.app):
        client = program.test_client()
        for deed, path, content, caller in (
            ("filed", "/api/v1/cases", wish, asker),
            ("claimed", "/api/v1/queue/claim-next", {}, taker),
        ):
            written[deed].append(_rows_of(apart, lambda: _post(client, path, content, caller)))  # noqa: B023

    for deed, (ours, theirs) in written.items():
        assert ours == theirs, deed
    assert written["filed"][0][0] == {
        "cases": 1,
        "case_clocks": 1,
        "case_hops": 5,
        "case_keys": 1,
        "case_steps": 1,
        "consents": 1,
        "idempotency_keys": 1,
        "notices": 1,
        "outbox": 1,
    }


def test_baseline_gives_the_first_answer_again(apart: ButlerFlask) -> None:
    with apart.app_context(), unit_of_work():
        load_calendar()
        town: Town = make_town()
        wish = {"matter_code": ERRAND_MATTER, "building_id": str(town.here.buildings[0].id), "summary": ""}
        asker = bearer(town.here.residents[0].person_id)
    client, key = baseline.app.test_client(), uuid.uuid4().hex

    first, again = (_post(client, "/api/v1/cases", wish, asker, key) for _ in range(2))

    assert first == again


def test_filing_and_claiming_take_few_statements(apart: ButlerFlask) -> None:
    """By hand it is 14 and 15."""
    with apart.app_context(), unit_of_work():
        load_calendar()
        town = make_town()
        wish = _wish(town)
        asker, taker = bearer(town.here.residents[0].person_id), bearer(town.here.butler.person_id)
    client, counts = apart.test_client(), []
    _post(client, "/api/v1/cases", wish, asker)  # the calendar is read, the day of looks begun
    _post(client, "/api/v1/queue/claim-next", {}, taker)

    for path, content, caller in (("/api/v1/cases", wish, asker), ("/api/v1/queue/claim-next", {}, taker)):
        with statements() as sent:
            _post(client, path, content, caller)
        counts.append(len(sent))

    assert counts == [12, 12]


def _wish(town: Town) -> dict[str, Any]:
    return {
        "kind": "errand",
        "mode": "daytime",
        "matter_code": ERRAND_MATTER,
        "building_id": str(town.here.buildings[0].id),
        "summary": "请帮我办一张优待证",
        "consents": [HAND_OVER],
    }


def _post(client: FlaskClient, path: str, content: Any, caller: dict[str, str], key: str | None = None) -> Any:
    answer = client.post(path, json=content, headers=caller | {"Idempotency-Key": key or uuid.uuid4().hex})
    assert answer.status_code in (200, 201), answer.text
    return json.loads(answer.text)


def _rows_of(app: ButlerFlask, act: Callable[[], dict[str, Any]]) -> tuple[Rows, list[str]]:
    """How many rows came into each table, and which fields the answer has."""
    before = _counts(app)
    fields = list(act())
    after = _counts(app)
    return {table: after[table] - before[table] for table in after if after[table] != before[table]}, fields


def _counts(app: ButlerFlask) -> Rows:
    with app.app_context():
        tables = db.metadata.sorted_tables
        counted = {table.name: db.session.scalar(select(func.count()).select_from(table)) for table in tables}
        db.session.remove()
    return counted
