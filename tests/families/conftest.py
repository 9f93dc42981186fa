"""A daughter, her father, and calls over the API."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from flask.testing import FlaskClient

from apart import bearer
from butler.identity.scope import Actor
from factories import Town

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
