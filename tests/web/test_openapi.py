"""The description of the API, and that the API is as described."""

import json
from pathlib import Path

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from butler.kit.database import ButlerFlask
from butler.web.openapi import Blueprint


def test_description(api: FlaskClient) -> None:
    spec = api.get("/api/v1/openapi.json").get_json()

    assert spec["openapi"] == "3.1.0"
    assert spec["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}
    assert set(spec["components"]["responses"]["DEFAULT_ERROR"]["content"]) == {"application/problem+json"}
    assert spec["components"]["schemas"]["Thing"]["additionalProperties"] is False
    assert spec["components"]["schemas"]["Thing"]["properties"]["mode"] == {
        "type": "string",
        "enum": ["daytime", "off_hours"],
    }
    assert spec["components"]["schemas"]["Thing"]["properties"]["count"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 99,
    }
    assert spec["paths"]["/api/v1/things"]["post"]["summary"] == "Make a thing."


def test_description_is_written_to_a_file(edge: ButlerFlask, tmp_path: Path) -> None:
    target = tmp_path / "openapi.json"

    result = edge.test_cli_runner().invoke(args=["openapi", "write", str(target)])

    assert result.exit_code == 0
    assert json.loads(target.read_text())["info"]["title"] == "Butler · 管家通"


@pytest.mark.parametrize(
    ("given", "prefix"), [("", "/api/v1"), ("/cases", "/api/v1/cases"), ("/api/v1/cases", "/api/v1/cases")]
)
def test_prefix_of_the_api(given: str, prefix: str) -> None:
    assert Blueprint("cases", __name__, url_prefix=given).url_prefix == prefix


def test_no_generated_request_breaks_the_edge(edge: ButlerFlask) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", edge)
    operations = schema.exclude(path_regex="/(bug|database)$").get_all_operations()

    for operation in operations:
        _try(operation.ok())


def _try(operation: object) -> None:
    @given(case=operation.as_strategy())  # type: ignore[attr-defined]
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def one(case: object) -> None:
        response = case.call()  # type: ignore[attr-defined]
        case.validate_response(response, checks=[not_a_server_error])  # type: ignore[attr-defined]

    one()
