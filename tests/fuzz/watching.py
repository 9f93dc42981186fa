"""Who calls, what may be called, and whether an answer was right: never a 500, always a problem, nothing changed."""

import os
import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from apart import bearer
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Step
from butler.identity.scope import Actor
from butler.kit.database import ButlerFlask, db
from factories import Town, file_consult, file_errand
from figures import Show
from surfing import browser_of

WANTED = int(os.environ.get("BUTLER_FUZZ", "600"))
"""Requests of a whole run, shared among its parts."""
SEED = int(os.environ.get("BUTLER_FUZZ_SEED", "3"))
ROUNDS = max(1, WANTED // 3000)
"""A round begins with a new town in a new transaction: one transaction of many thousand savepoints gets slow."""
EACH = WANTED // ROUNDS
"""Requests of a round."""
COUNTED = frozenset({"failed_sign_ins", "one_time_codes", "sign_ins", "alembic_version"})
"""Tables in which a refused attempt is itself what has to be remembered, and sign-ins, which are seen again."""
GLANCES = frozenset({"looks", "look_days", "searches"})
"""Tables that remember who looked: an answer that refuses a form may show a case first."""


@dataclass
class Tally:
    """What was asked and how it was answered."""

    requests: int = 0
    refused: int = 0
    looked_at: int = 0  # refusals and safe requests after which the whole database was compared with before
    broken: list[str] = field(default_factory=list)  # 500 and above
    untyped: list[str] = field(default_factory=list)  # refused without a problem, or a page that is none of ours
    changed: list[str] = field(default_factory=list)  # refused, and yet something is different
    statuses: Counter[int] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Count what another round found to this."""
        self.requests += other.requests
        self.refused += other.refused
        self.looked_at += other.looked_at
        self.broken += other.broken
        self.untyped += other.untyped
        self.changed += other.changed
        self.statuses += other.statuses

    def figures(self) -> dict[str, Any]:
        """For `show`."""
        return {
            "seed": SEED,
            "rounds": ROUNDS,
            "requests": self.requests,
            "refused": self.refused,
            "statuses": dict(sorted(self.statuses.items())),
            "500 and above": len(self.broken),
            "without problem type": len(self.untyped),
            "compared with before": self.looked_at,
            "changed after refusal": len(self.changed),
        }

    def check(self) -> None:
        """Fail with the first few that were wrong."""
        wrong = [*self.broken[:5], *self.untyped[:5], *self.changed[:5]]
        assert not wrong, "\n".join(wrong)


_TALLIES: defaultdict[str, Tally] = defaultdict(Tally)
"""Of all rounds of a test so far."""


class Watcher:
    """Sends requests as several people and watches every answer. All happens inside the test's transaction."""

    def __init__(self, app: ButlerFlask, client: FlaskClient, town: Town, round_: int) -> None:
        self.seed, self.last = SEED + 10_000 * round_, round_ == ROUNDS - 1
        self.app, self.client, self.town, self.tally = app, client, town, Tally()
        db.session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # inventing a case can take long
        here = town.here
        self.case = file_errand(here.residents[0], here)
        self.other = file_consult(here.residents[1], here)
        self.people: dict[str, Actor | None] = {
            "resident": here.residents[0], "butler": here.butler, "community": here.community_staff,
            "district": town.district_staff, "nobody": None,
        }  # fmt: skip
        self.headers = {who: bearer(actor.person_id) if actor else {} for who, actor in self.people.items()}
        self.browsers = {who: self._browser(actor) for who, actor in self.people.items()}
        db.session.commit()
        self._before = fingerprint()
        self._since: list[str] = []

    def _browser(self, actor: Actor | None) -> FlaskClient:
        client = type(self.client)(self.app, self.app.response_class, use_cookies=True)
        if actor is not None:
            browser_of(client, actor.person_id)
        return client

    def api(self, who: str, method: str, path: str, **kwargs: Any) -> TestResponse:
        """One request to the API, with a fresh idempotency key and the present version unless said otherwise."""
        headers = {
            "Idempotency-Key": secrets.token_hex(12), "If-Match": f'"{self._version()}"', **self.headers[who], **kwargs.pop("headers", {}),
        }  # fmt: skip
        return self._seen(
            self.client.open(path, method=method, headers=headers, **kwargs), f"{who} {method} {path}", **kwargs
        )

    def page(self, who: str, method: str, path: str, **kwargs: Any) -> TestResponse:
        """One request of a browser."""
        return self._seen(self.browsers[who].open(path, method=method, **kwargs), f"{who} {method} {path}", **kwargs)

    def _version(self) -> int:
        return db.session.scalar(text("SELECT version FROM cases WHERE id = :id"), {"id": self.case_id}) or 1

    @property
    def case_id(self) -> int:
        """Of the case in the middle of it all."""
        return self.__dict__.setdefault("_case_id", self.case.id)

    def _seen(self, response: TestResponse, what: str, **sent: Any) -> TestResponse:
        tally, status = self.tally, response.status_code
        tally.requests += 1
        tally.statuses[status] += 1
        told = f"{status} {what} {str(sent)[:200]}"
        if status >= 500 and not says_what_is_away(response):
            tally.broken.append(told)
        if status < 400 and response.request.method not in ("GET", "HEAD", "OPTIONS"):
            # What it changed was asked for; what came just before it can no longer be told from it.
            self._before, self._since = fingerprint(), []
            return response
        if status >= 400:
            tally.refused += 1
            if not _is_problem(response):
                tally.untyped.append(told)
        self._since.append(told)
        if len(self._since) >= 25:
            self.settle()
        return response

    def settle(self) -> None:
        """Nothing that was refused or only looked at since the last comparison may have left a trace."""
        if self._since:
            now = fingerprint()
            if now != self._before:
                tables = sorted(name for name in now if now[name] != self._before.get(name))
                self.tally.changed.append(f"{tables} after one of {self._since}")
                self._before = now
            self.tally.looked_at += len(self._since)
            self._since = []

    def close(self, show: Show, words: str) -> None:
        """Say at the end of the last round what all rounds found, and fail with whatever was wrong in this one."""
        self.settle()
        found = _TALLIES[words]
        found.add(self.tally)
        if self.last:
            show("P9", words, **found.figures())
        self.tally.check()

    def addresses(self) -> dict[str, str]:
        """What stands for each part of an address."""
        return {
            "number": self.case.number, "token": self.town.here.card.token, "code": "M012", "string:code": self.town.here.community.code,
            "step": "note",
        }  # fmt: skip


def fingerprint() -> dict[str, tuple[int, int]]:
    """Of each table: how many rows, and a sum over all that is in them."""
    names = [table.name for table in db.metadata.sorted_tables if table.name not in COUNTED | GLANCES]
    parts = [
        f"SELECT '{name}' AS t, count(*), coalesce(sum(hashtextextended(r::text, 0)::numeric), 0) FROM {name} r"
        for name in names
    ]
    return {name: (count, int(total)) for name, count, total in db.session.execute(text(" UNION ALL ".join(parts)))}


def filled(rule: str, given: dict[str, str]) -> str:
    """An address of the URL map with something real in each of its parts."""

    def one(match: re.Match[str]) -> str:
        converter, _, name = match[1].rpartition(":")
        if converter.startswith("any("):
            return converter[4:-1].split(",")[0].strip()
        return given.get(match[1]) or given.get(name) or "1"

    return re.sub(r"<([^>]+)>", one, rule)


def step_fields() -> dict[Step, list[str]]:
    """The fields of each step's body."""
    return {step: list(schema.load_fields) for step, schema in STEP_INPUTS.items()}


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """(method, path, fields of its JSON body) of every operation of the description that has a body."""
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
            if "application/json" in content:
                yield method.upper(), path, sorted(_properties(content["application/json"]["schema"], spec))


def _properties(schema: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        found |= _properties(part, spec)
    return found


def _is_problem(response: TestResponse) -> bool:
    """A problem document with a type, or a page of ours: an error with its number, or the page again with what was wrong
    (the form, or where it is not open any more, the case). HEAD has no body."""
    if response.request.method == "HEAD":
        return response.mimetype in ("application/problem+json", "text/html")
    if response.mimetype == "application/problem+json":
        return bool(response.json.get("type") and response.json.get("code"))
    if response.mimetype != "text/html" or 'lang="zh-CN"' not in response.text:
        return False
    own = response.status_code in (404, 410) and "<h1" in response.text  # a page of its own says what is gone
    again = response.status_code in (400, 401, 409, 412, 422, 429) and (
        "<form" in response.text or 'role="alert"' in response.text
    )
    return "出错编号" in response.text or own or again


def says_what_is_away(response: TestResponse) -> bool:
    """An honest 503: here nobody answers for WeChat."""
    return response.mimetype == "application/problem+json" and response.json.get("code") == "dependency-down"
