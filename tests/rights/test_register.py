"""Every column and every question is in the register; a new one that is not makes this fail."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from butler.cases.schemas import STEP_INPUTS
from butler.kit.database import ButlerFlask, db
from butler.rights.register import CLASSES, GROUNDS, READERS, register

POINTS_AT_SOMEBODY = ("person_id", "verified_by", "looker_id", "published_by", "invited_by", "by_id", "settler_id")


@pytest.fixture(scope="module")
def columns(app: ButlerFlask) -> dict[str, Any]:
    """Every column by ``table.column``."""
    return {f"{table.name}.{column.name}": column for table in db.metadata.sorted_tables for column in table.columns}


def is_personal(column: Any) -> bool:
    """What a machine can tell: it is sealed, or it leads to somebody."""
    sealed = type(column.type).__name__ in ("Sealed", "CaseSealed", "DaySealed")
    leads = any(key.column.table.name == "people" for key in column.foreign_keys) or column.name in POINTS_AT_SOMEBODY
    return sealed or leads


def test_every_personal_column_is_registered(columns: dict[str, Any]) -> None:
    missing = [
        name
        for name, column in columns.items()
        if is_personal(column) and name not in register().columns and column.table.name not in register().tables
    ]
    assert missing == []


def test_nothing_is_registered_that_is_not_there(columns: dict[str, Any]) -> None:
    assert [name for name in register().columns if name not in columns] == []
    tables = {column.table.name for column in columns.values()}
    assert [name for name in register().tables if name not in tables] == []


def test_every_table_is_placed(columns: dict[str, Any]) -> None:
    placed = {name.partition(".")[0] for name in register().columns} | set(register().tables)
    assert {column.table.name for column in columns.values()} - placed == set()


def test_entries_use_the_words_of_the_register() -> None:
    for name, one in register().columns.items():
        assert one.ground in GROUNDS, name
        assert one.kind in CLASSES, name
        assert one.kept in register().periods, name
        assert set(one.sees) <= set(READERS), name
        assert one.purpose, name


def test_texts_of_people_are_sealed(columns: dict[str, Any]) -> None:
    """What is sensitive, and what somebody is called or reached by, is not readable in the database."""
    readable = [
        name
        for name, one in register().columns.items()
        if one.kind == "sensitive" and columns[name].type.python_type is str
    ]
    assert readable == ["cases.matter_code"], "which matter it is drives the queues; what was said about it is sealed"


def test_what_people_write_is_sealed(columns: dict[str, Any]) -> None:
    """No answer to a question of ours can be read in the database but words to choose from, and a user name."""
    readable = {
        name
        for leads in register().asked.values()
        for name in leads
        if columns[name].type.python_type is str and not is_personal(columns[name])
    }
    assert readable == {"people.username", "cases.matter_code"}


def test_every_question_is_registered(client: FlaskClient) -> None:
    asked = _asked(client.get("/api/v1/openapi.json").json) | _asked_by_steps()
    assert asked - set(register().asked) == set()
    known = set(register().columns)
    assert [name for name, leads in register().asked.items() if not set(leads) <= known] == []


def _asked_by_steps() -> set[str]:
    names = set()
    for schema in STEP_INPUTS.values():
        for name, field in schema.load_fields.items():
            names.add(name)
            inner = getattr(field, "inner", field)
            names |= set(inner.schema.load_fields) if hasattr(inner, "schema") else set()
    return names


def _asked(spec: dict[str, Any]) -> set[str]:
    names: set[str] = set()

    def walk(schema: dict[str, Any]) -> None:
        if "$ref" in schema:
            schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        for name, part in schema.get("properties", {}).items():
            names.add(name)
            for inner in (part, part.get("items", {}), *part.get("allOf", []), *part.get("anyOf", [])):
                if "$ref" in inner:
                    walk(inner)

    for methods in spec["paths"].values():
        for operation in methods.values():
            for content in (
                operation.get("requestBody", {}).get("content", {}).values() if "responses" in operation else ()
            ):
                walk(content["schema"])
    return names
