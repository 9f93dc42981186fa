"""`docs/openapi.json` describes the API as it is."""

import json
from pathlib import Path

from butler.kit.database import ButlerFlask


def test_the_file_is_that_of_the_code(app: ButlerFlask) -> None:
    written = json.loads((Path(__file__).parents[1] / "docs" / "openapi.json").read_text(encoding="utf-8"))

    served = app.test_client().get("/api/v1/openapi.json").get_json()

    assert written == served, "the API has changed: run `make openapi` and look at the difference"
