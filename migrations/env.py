"""Runs the migrations as the owner of the schema, gives up on a lock after three seconds, then grants the application
its rights: everything on ordinary tables, only reading and adding on append-only ones."""

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.engine import make_url

from butler.kit.database import Ltree, db, grant_application_role

config = context.config
target_metadata = db.metadata


def render(kind: str, item: object, autogen_context: AutogenContext) -> str | bool:
    """How our own column type is written in a migration."""
    if kind == "type" and isinstance(item, Ltree):
        autogen_context.imports.add("from butler.kit.database import Ltree")
        return "Ltree()"
    return False


def run(connection: Connection) -> None:
    connection.execute(text("SET lock_timeout = '3s'"))
    connection.execute(text("SET butler.system = 'migration'"))  # the owner, too, stands before the wall of `kit.sight`
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        compare_type=True,
        render_item=render,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    settings = current_app.extensions["settings"]
    grant_application_role(connection, make_url(settings.database_url).username)


if context.is_offline_mode():
    context.configure(url="postgresql+psycopg://", target_metadata=target_metadata, literal_binds=True)
    context.execute("SET lock_timeout = '3s'")
    context.execute("SET butler.system = 'migration'")
    with context.begin_transaction():
        context.run_migrations()
else:
    given = config.attributes.get("connection")
    if given is not None:
        run(given)
    else:
        url = current_app.extensions["settings"].database_owner_url
        engine = create_engine(url, poolclass=pool.NullPool)
        with engine.connect() as connection:
            run(connection)
        engine.dispose()
