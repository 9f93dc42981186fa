"""Every migration goes up, down and up again; models and database agree; the application's role may do what it needs
and no more."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine, NullPool, create_engine, inspect, text
from sqlalchemy.engine import make_url

from butler.app import create_app
from butler.dev.servers import Urls
from butler.kit.database import ButlerFlask, db
from butler.settings import Settings

MIGRATIONS = str(Path(__file__).parent.parent / "migrations")


@pytest.fixture(scope="module")
def fresh(urls: Urls, settings: Settings) -> Iterator[tuple[ButlerFlask, Engine]]:
    """An application on an empty database of its own, and a connection as the owner of its schema."""
    with create_engine(urls.superuser_url, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as server:
        server.execute(text("CREATE DATABASE upanddown OWNER butler_owner"))
    moved = {
        name: make_url(getattr(settings, name)).set(database="upanddown").render_as_string(hide_password=False)
        for name in ("database_url", "database_owner_url")
    }
    app = create_app(replace(settings, **moved))
    owner = create_engine(moved["database_owner_url"])
    yield app, owner
    owner.dispose()
    with app.app_context():
        db.engine.dispose()


def test_each_migration_goes_up_down_and_up(fresh: tuple[ButlerFlask, Engine]) -> None:
    app, owner = fresh
    revisions = [script.revision for script in ScriptDirectory(MIGRATIONS).walk_revisions()][::-1]
    assert len(revisions) == len(set(revisions))
    with app.app_context():
        for revision in revisions:
            upgrade(directory=MIGRATIONS, revision=revision)
            downgrade(directory=MIGRATIONS, revision="-1")
            upgrade(directory=MIGRATIONS, revision=revision)
        downgrade(directory=MIGRATIONS, revision="base")
        assert inspect(owner).get_table_names() == ["alembic_version"]
        upgrade(directory=MIGRATIONS)
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == revisions[-1]


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(MIGRATIONS).get_heads()) == 1


def test_models_and_database_agree(fresh: tuple[ButlerFlask, Engine]) -> None:
    app, owner = fresh
    with app.app_context():
        upgrade(directory=MIGRATIONS)
        with owner.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, db.metadata) == []


def test_checks_are_those_of_the_models(fresh: tuple[ButlerFlask, Engine]) -> None:
    """Alembic does not compare CHECKs, so a changed list of words would pass unseen."""
    app, owner = fresh
    with app.app_context():
        upgrade(directory=MIGRATIONS)
    inspector = inspect(owner)
    for table in db.metadata.sorted_tables:
        in_models = {
            str(constraint.name)
            for constraint in table.constraints
            if constraint.__visit_name__ in ("check_constraint", "table_or_column_check_constraint")
        }
        in_database = {str(check["name"]) for check in inspector.get_check_constraints(table.name)}
        assert in_database == in_models, table.name


def test_words_of_the_database_are_those_of_the_code(fresh: tuple[ButlerFlask, Engine]) -> None:
    app, owner = fresh
    with app.app_context():
        upgrade(directory=MIGRATIONS)
    inspector = inspect(owner)
    for table in db.metadata.sorted_tables:
        known = {str(check["name"]): check["sqltext"] for check in inspector.get_check_constraints(table.name)}
        for constraint in table.constraints:
            name = str(constraint.name)
            said = str(getattr(constraint, "sqltext", ""))
            if " IN ('" in said:
                in_code = set(re.findall(r"'([a-z_]+)'", said))
                in_database = set(re.findall(r"'([a-z_]+)'", known[name]))
                assert in_database == in_code, name


def test_the_application_owns_nothing(fresh: tuple[ButlerFlask, Engine], urls: Urls) -> None:
    app, owner = fresh
    with app.app_context():
        upgrade(directory=MIGRATIONS)
    role = make_url(urls.database_url).username
    with owner.connect() as connection:
        powers = connection.execute(
            text("SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = :role"),
            {"role": role},
        ).one()
        owned = connection.scalar(text("SELECT count(*) FROM pg_tables WHERE tableowner = :role"), {"role": role})
        changeable = {
            table.name
            for table in db.metadata.sorted_tables
            if connection.scalar(
                text("SELECT has_table_privilege(:role, :table, 'UPDATE,DELETE,TRUNCATE')"),
                {"role": role, "table": table.name},
            )
        }
    assert tuple(powers) == (False, False, False, False)
    assert owned == 0
    append_only = {table.name for table in db.metadata.sorted_tables if table.info.get("append_only")}
    assert append_only == {
        "case_steps", "case_hops", "handovers", "looks", "look_roots", "reveals", "look_reasons",
        "catalogue_revisions", "matter_versions", "staff_deeds", "ledger_days", "ledger_heads", "ledger_receipts",
        "phone_changes",
    }  # fmt: skip
    assert changeable == {table.name for table in db.metadata.sorted_tables} - append_only


def test_every_table_that_hangs_on_a_case_stands_behind_the_wall(fresh: tuple[ButlerFlask, Engine]) -> None:
    """A column `case_id`, or a foreign key to a walled table: call `kit.sight.protect` in the migration of a new one."""
    app, owner = fresh
    with app.app_context():
        upgrade(directory=MIGRATIONS)
    hanging: set[str] = set()
    more = {"cases"}
    while more:
        hanging |= more
        more = {
            table.name
            for table in db.metadata.sorted_tables
            if "case_id" in table.columns or any(key.column.table.name in hanging for key in table.foreign_keys)
        } - hanging
    with owner.connect() as connection:
        walled = set(
            connection.scalars(text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"))
        )
        policies = connection.execute(text("SELECT tablename, permissive, cmd, with_check FROM pg_policies")).all()
    assert hanging - walled == set()
    assert {row.tablename for row in policies} == walled
    assert {(row.permissive, row.cmd, row.with_check) for row in policies} == {("PERMISSIVE", "ALL", None)}
