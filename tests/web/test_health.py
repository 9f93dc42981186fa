"""Alive and ready are two questions."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import NullPool, create_engine, delete, text

from butler.kit import clock, outbox
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.settings import Settings
from tests.web.conftest import make_app


@pytest.fixture
def ready(app: ButlerFlask, settings: Settings) -> Iterator[ButlerFlask]:  # app: migrates the database
    tiny = make_app(settings)
    yield tiny
    with tiny.app_context():
        db.session.execute(delete(outbox.OutboxMessage))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def test_alive_while_everything_else_is_down(browser: FlaskClient) -> None:
    answer = browser.get("/healthz")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


def test_not_ready_without_the_database(browser: FlaskClient) -> None:
    answer = browser.get("/readyz")

    assert answer.status_code == 503
    assert answer.get_json() == {"status": "down", "checks": {"valkey": "down", "database": "down"}}


def test_ready(ready: ButlerFlask) -> None:
    answer = ready.test_client().get("/readyz")

    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "ok",
        "checks": {"valkey": "ok", "database": "ok", "schema": "ok", "oldest_message_seconds": 0},
    }


def test_ready_but_degraded_without_valkey(settings: Settings, ready: ButlerFlask) -> None:
    lonely = make_app(replace(settings, redis_url="redis://127.0.0.1:1/0"))

    answer = lonely.test_client().get("/readyz")
    with lonely.app_context():
        db.engine.dispose()

    assert answer.status_code == 200
    assert (answer.get_json()["status"], answer.get_json()["checks"]["valkey"]) == ("degraded", "down")


@pytest.mark.parametrize(
    ("statement", "schema", "status", "code"),
    [
        ("UPDATE alembic_version SET version_num = 'of a later release'", "newer", "degraded", 200),
        ("DELETE FROM alembic_version", "older", "down", 503),
    ],
)
def test_schema_of_another_release(
    settings: Settings, ready: ButlerFlask, statement: str, schema: str, status: str, code: int
) -> None:
    owner = create_engine(settings.database_owner_url, poolclass=NullPool)
    with owner.begin() as connection:
        head = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text(statement))
    answer = ready.test_client().get("/readyz")
    with owner.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})

    assert answer.status_code == code
    assert (answer.get_json()["status"], answer.get_json()["checks"]["schema"]) == (status, schema)


def test_age_of_the_oldest_message_is_told(ready: ButlerFlask) -> None:
    with ready.app_context(), unit_of_work():
        outbox.put("code", "a test", {}, due_at=clock.now() - timedelta(minutes=3))
        outbox.put("code", "another", {}, due_at=clock.now() + timedelta(minutes=3))

    seconds = ready.test_client().get("/readyz").get_json()["checks"]["oldest_message_seconds"]

    assert 180 <= seconds < 200
