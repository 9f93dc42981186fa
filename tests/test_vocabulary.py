"""`docs/vocabulary.md` has a table for each enum of the domain, with every word of it and no other."""

import inspect
import re
from enum import StrEnum
from pathlib import Path

import pytest

import butler.cards.states
import butler.cases.states
import butler.consents.states
import butler.families.states
import butler.files.states
import butler.identity.permissions
import butler.identity.states
import butler.looks.states
import butler.org.states
import butler.privacy.states

TEXT = (Path(__file__).parents[1] / "docs" / "vocabulary.md").read_text(encoding="utf-8")
ENUMS = {
    name: kind
    for module in (
        butler.org.states,
        butler.cases.states,
        butler.cards.states,
        butler.identity.permissions,
        butler.identity.states,
        butler.looks.states,
        butler.privacy.states,
        butler.files.states,
        butler.families.states,
        butler.consents.states,
    )
    for name, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, StrEnum) and kind.__module__ == module.__name__
}


def words_of(heading: str) -> list[str]:
    """The second column of the table under a heading."""
    section = re.split(r"^##+ ", TEXT, flags=re.MULTILINE)
    (body,) = [part for part in section if part.startswith(f"`{heading}`\n")]
    return re.findall(r"^\| [^|`]+ \| `([^`]+)` \|", body, flags=re.MULTILINE)


def test_every_table_is_of_an_enum() -> None:
    assert set(re.findall(r"^### `(\w+)`$", TEXT, flags=re.MULTILINE)) == ENUMS.keys()


@pytest.mark.parametrize("name", sorted(ENUMS))
def test_every_word_is_explained(name: str) -> None:
    assert words_of(name) == [word.value for word in ENUMS[name]]
