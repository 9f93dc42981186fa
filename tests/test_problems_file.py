"""`docs/problems.md` is the registry of problem types, no more and no less."""

import re
from pathlib import Path

from butler.kit.errors import REGISTRY
from butler.web.problems import WORDS


def test_the_table_is_the_registry() -> None:
    text = (Path(__file__).parents[1] / "docs" / "problems.md").read_text(encoding="utf-8")

    rows = re.findall(r"^\| `([^`]+)` \| (\d+) \| (.+) \| (.+) \|$", text, flags=re.MULTILINE)

    assert rows == [(code, str(status), *WORDS[code]) for code, status in REGISTRY.items()]
