"""One transaction a deed (ASVS 2.3.3): whatever table fails while a deed is done, nothing of the deed is left, and who
asked hears so honestly. The faults are triggers of the database: each fails after the table was written."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import Settled
from flask.testing import FlaskClient
from matrix.scene import taken_back
from matrix.test_reading import rows
from outside.errand import DEEDS, Errand
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from butler.dev.servers import Urls
from butler.kit.database import ButlerFlask, db
from factories import Town
from figures import Show
from statements import statements

STATES = {"P0001": (500, "internal"), "57014": (503, "overloaded"), "53100": (507, "storage-full")}
"""What PostgreSQL says of a fault, and what we say then: a bug, a statement that took too long, a full disk."""
FUNCTION = """
CREATE FUNCTION butler_fault() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('butler.fault', true) = TG_TABLE_NAME THEN
        RAISE EXCEPTION 'a fault on purpose' USING ERRCODE = current_setting('butler.fault_state');
    END IF;
    RETURN NULL;
END $$"""


@pytest.fixture(scope="module")
def tables(app: ButlerFlask, urls: Urls, settled: Settled) -> Iterator[tuple[str, ...]]:
    """All tables, each with a trigger that fails when it is told to."""
    database = settled.engine.url.database  # where the town of the tests is
    engine = create_engine(make_url(urls.superuser_url).set(database=database))
    with app.app_context():
        names = tuple(table.name for table in db.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(FUNCTION))
        for name in names:
            connection.execute(text(
                f"CREATE TRIGGER butler_fault AFTER INSERT OR UPDATE OR DELETE ON {name} "
                "FOR EACH STATEMENT EXECUTE FUNCTION butler_fault()"
            ))  # fmt: skip
    yield names
    with engine.begin() as connection:
        connection.execute(text("DROP FUNCTION butler_fault() CASCADE"))
    engine.dispose()


def test_a_fault_in_any_table_leaves_nothing_of_the_deed(
    app: ButlerFlask, tables: tuple[str, ...], client: FlaskClient, town: Town, at: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch, show: Show,
) -> None:  # fmt: skip
    at("2026-11-23 09:00")
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)  # answered, as in life
    errand, wrong, faults, hit = Errand(client, town), [], 0, set()
    for deed in DEEDS:
        with taken_back(), statements() as sent:
            assert errand.send(deed).status_code < 400, deed
        written = [
            name
            for name in tables
            if any(re.search(rf"\b(INSERT INTO|UPDATE|DELETE FROM) {name}\b", one) for one in sent)
        ]
        before = rows()
        for place, name in enumerate(written):
            state = list(STATES)[(place + len(hit)) % len(STATES)]
            with taken_back(), statements() as sent:
                fail(name, state)
                answer = errand.send(deed)
                fail("", state)
                left = [table for table, found in rows().items() if found != before[table]]
            asked = "\n".join(sent)
            if answer.status_code < 400 and not re.search(rf"\b(INTO|UPDATE|DELETE FROM) {name}\b", asked):
                continue  # written once and remembered from then on, as the key of a day is
            faults += 1
            hit.add(name)
            if (answer.status_code, answer.json.get("code")) != STATES[state]:
                wrong.append(f"{deed}, {name} {state}: {answer.status_code} {answer.text}")
            if left:
                wrong.append(f"{deed}, {name}: {left} are changed")
        errand.really(deed)

    show(
        "P1", "a fault in each table a deed writes", deeds=len(DEEDS), faults=faults, tables=len(hit), wrong=len(wrong)
    )
    assert wrong == []
    assert {
        "cases",
        "case_steps",
        "case_clocks",
        "outbox",
        "notices",
        "mandates",
        "originals",
        "handovers",
        "ratings",
    } <= hit
    assert faults > 60


def fail(name: str, state: str) -> None:
    """From now on let every writing of this table fail; none: of no table."""
    connection: Any = db.engines[None]  # the test's own
    query = text("SELECT set_config('butler.fault', :name, false), set_config('butler.fault_state', :state, false)")
    connection.execute(query, {"name": name, "state": state})
