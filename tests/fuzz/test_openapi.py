"""P9: schemathesis reads our description and tries every operation, with everything it can check."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import CHECKS, load_all_checks

from butler.kit.database import ButlerFlask
from factories import Town
from figures import Show
from fuzz.watching import EACH, ROUNDS, Watcher, says_what_is_away

UNSENT = ("authorization", "accept-encoding")  # who asks is ours to say, and answers are read as they are
JSON = "application/json"
LEFT_OUT = {
    # Refused for want of rights, state or version long before the body is looked at: that is no acceptance.
    "positive_data_acceptance",
    # Ours are answered with 428 and 400 of their own, as the contract says.
    "missing_required_header",
    # Sends the request again without a session; the matrix of permissions does that for every address and role.
    "ignored_auth",
}


@pytest.fixture(params=range(ROUNDS))
def watcher(
    request: pytest.FixtureRequest, app: ButlerFlask, client: FlaskClient, town: Town, at: Callable[[str], None]
) -> Watcher:
    """Everybody in place on a Monday morning."""
    at("2026-11-23 09:00")
    return Watcher(app, client, town, request.param)


def test_every_operation_answers_as_described(watcher: Watcher, show: Show) -> None:
    schema = schemathesis.openapi.from_dict(watcher.client.get("/api/v1/openapi.json").json)
    load_all_checks()
    checks = [check for check in CHECKS.get_all() if check.__name__ not in LEFT_OUT]
    operations = [result.ok() for result in schema.get_all_operations()]
    wrong: list[str] = []
    for place, operation in enumerate(operations):
        _try(operation, watcher, checks, max(2, EACH // 5 // len(operations)), watcher.seed + place, wrong)
    watcher.close(show, f"schemathesis over {len(operations)} operations")
    assert not wrong, "\n".join(wrong[:10])


def _try(operation: Any, watcher: Watcher, checks: list[Any], examples: int, with_seed: int, wrong: list[str]) -> None:
    people = list(watcher.people)

    @seed(with_seed)
    @given(case=operation.as_strategy())
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def one(case: Any) -> None:
        who = people[watcher.tally.requests % len(people)]
        sent = case.as_transport_kwargs(base_url="http://localhost")
        headers = {name: value for name, value in sent.get("headers", {}).items() if name.lower() not in UNSENT}
        # As bytes: numbers longer than ours are among what is tried.
        body = (
            {"data": json.dumps(sent["json"]), "content_type": JSON} if "json" in sent else {"data": sent.get("data")}
        )
        try:
            response = watcher.api(
                who, case.method, case.formatted_path, query_string=sent.get("params"),
                headers={name: str(value).encode("utf-8", "replace").decode("latin-1").replace("\n", "").replace("\r", "") for name, value in headers.items()},
                **body,
            )  # fmt: skip
        except (UnicodeEncodeError, ValueError):
            return  # what cannot be put on the wire at all
        if says_what_is_away(response):
            return  # nobody answers for WeChat here, and that is said as the description says
        try:
            case.validate_response(response, checks=checks)
        except BaseExceptionGroup as found:
            wrong.extend(f"{who} {case.method} {case.formatted_path}: {error}"[:600] for error in found.exceptions)

    one()
