"""`docs/fields.md` says of every field what it means and what it takes, as the code has it (ASVS 2.1.1)."""

import inspect
import re
from pathlib import Path

import marshmallow as ma
import pytest

from butler import fieldwords
from butler.fieldbook import addresses, checks_of_all, draw_fields, innermost, meaning_of, schemas
from butler.kit.database import ButlerFlask

PAGE = Path(__file__).parents[1] / "docs" / "fields.md"
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_file_is_that_of_the_code(app: ButlerFlask, page: str) -> None:
    assert page == draw_fields(app), "fields have changed: run `flask butler fields` and look at the difference"


def test_no_field_lacks_a_meaning(app: ButlerFlask) -> None:
    fields = [
        (title, field.data_key or name, schema)
        for title, schema in schemas(addresses(app)).items()
        for name, field in schema.load_fields.items()
    ]
    assert len(fields) > 200
    assert [(title, name) for title, name, schema in fields if not meaning_of(schema, name)] == []


def test_no_meaning_is_of_a_field_that_is_not_there(app: ButlerFlask) -> None:
    there = set()
    for schema in schemas(addresses(app)).values():
        for name, field in schema.load_fields.items():
            there |= {field.data_key or name}
            there |= {f"{kind.__name__}.{field.data_key or name}" for kind in type(schema).__mro__}
    assert set(fieldwords.FIELDS) - there == set()


def test_every_check_is_said_in_words(app: ButlerFlask) -> None:
    """A function that checks a field, or several, has words; the page says nothing of a check it does not know."""
    of = schemas(addresses(app)).values()
    checks = {
        check.__name__
        for schema in of
        for field in schema.load_fields.values()
        for check in (*field.validators, *innermost(field).validators)
        if inspect.isfunction(check)
    }
    assert checks == set(fieldwords.CHECKS)
    assert {check for schema in of for check in checks_of_all(schema)} == set(fieldwords.TOGETHER)
    kinds = {
        type(check)
        for schema in of
        for field in schema.load_fields.values()
        for check in (*field.validators, *innermost(field).validators)
        if not inspect.isfunction(check)
    }
    assert kinds == {ma.validate.Length}


def test_everybody_is_answered_in_chinese(page: str) -> None:
    """The last column: what is said when a value is not taken. It found sentences of the library in English."""
    said = [
        sentence
        for row in re.findall(r"^\| `[^`]+` \| .+ \| (?:必填|可以不填)[^|]* \| (.*) \|$", page, flags=re.MULTILINE)
        for sentence in row.split("；")
    ]
    assert len(said) > 400
    assert {one for one in said if not CHINESE.search(one) or "{" in one} == set()


def test_every_address_that_takes_something_is_on_the_page(app: ButlerFlask, page: str) -> None:
    """Counted from the other side: the description of the API."""
    described = app.test_client().get("/api/v1/openapi.json").get_json()["paths"]
    with_body = {
        (method.upper(), path)
        for path, methods in described.items()
        for method, operation in methods.items()
        if isinstance(operation, dict) and "requestBody" in operation
    }
    listed = {
        (method, re.sub(r"<(?:[^:<>]*:)?(\w+)>", r"{\1}", path))
        for method, path in re.findall(r"^\| `([A-Z]+) (\S+)` \|", page, flags=re.MULTILINE)
    }
    assert len(with_body) >= 40
    assert with_body - listed == set()
