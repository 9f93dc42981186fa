"""A daughter, her father, and calls over the API."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from apart import application_apart, bearer
from butler.dev.servers import Urls
from butler.identity.scope import Actor
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.kit.errors import Refusal
from butler.settings import Settings
from factories import Town, load_calendar, make_town

_KEYS = count()
Call = Callable[..., Any]


@dataclass(frozen=True)
class Family:
    """Two residents of one street."""

    child: Actor
    parent: Actor


@pytest.fixture
def family(town: Town, at: Callable[[str], None]) -> Family:
    """On a Monday morning."""
    at("2026-11-23 09:00")
    return Family(town.here.residents[0], town.here.residents[1])


@pytest.fixture
def call(client: FlaskClient) -> Call:
    """``call(actor, "POST", "/delegations", body)``: as a program does."""

    def send(actor: Actor, method: str, path: str, body: Any = None, **headers: str) -> Any:
        key = {"Idempotency-Key": f"families-key-{next(_KEYS):06}"}
        return client.open(
            f"/api/v1{path}",
            method=method,
            headers={**bearer(actor.person_id), **key, **headers},
            **({"json": body} if method == "POST" and body is not None else {}),
        )

    return send


@pytest.fixture(scope="package")
def apart(urls: Urls, settings: Settings) -> Iterator[tuple[ButlerFlask, Town]]:
    """A town whose rows are really committed."""
    with application_apart(urls, settings, "families", connections=4) as app:
        with app.app_context(), unit_of_work():
            load_calendar()
            town = make_town()
            db.session.flush()
            db.session.expunge_all()
        yield app, town


@pytest.fixture
def at_once(apart: tuple[ButlerFlask, Town]) -> Callable[..., list[str]]:
    """``at_once(deed, other)``: do them at the same moment on connections of their own; what became of each: ``done``,
    or the name of the refusal, or of the error PostgreSQL gave."""
    app, _ = apart

    def all_at_once(*deeds: Callable[[], Any]) -> list[str]:
        barrier = Barrier(len(deeds))

        def do(deed: Callable[[], Any]) -> str:
            with app.app_context():
                barrier.wait()
                try:
                    with unit_of_work():
                        deed()
                    return "done"
                except Refusal as refusal:
                    return type(refusal).__name__
                except OperationalError as error:
                    return type(error.orig).__name__
                finally:
                    db.session.remove()

        with ThreadPoolExecutor(len(deeds)) as pool:
            return list(pool.map(do, deeds))

    return all_at_once
