"""seal people and messages

Names, telephones, messages on their way and stored answers are sealed where they stand, in one transaction: interrupted,
it has not happened and is run again. It rewrites these tables, so nobody is served meanwhile.

Revision ID: 0004
Revises: 0003
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import click
import sqlalchemy as sa
from alembic import op

from butler.identity.hashing import code_phone_index, name_index, phone_index, username_index
from butler.kit.sealing import ring

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXTS = {"people": ("name", "phone"), "demo_messages": ("recipient", "text", "code")}
JSONS = {"outbox": ("payload",), "idempotency_keys": ("answer",)}
FOUND_BY = {"one_time_codes": ("phone", code_phone_index), "failed_sign_ins": ("username", username_index)}
BATCH = 1000


def upgrade() -> None:
    op.drop_constraint(op.f("ck_people_phone_is_mobile"), "people", type_="check")
    op.drop_constraint(op.f("uq_people_phone"), "people", type_="unique")
    op.add_column("people", sa.Column("name_index", sa.LargeBinary(), nullable=True))
    op.add_column("people", sa.Column("phone_index", sa.LargeBinary(), nullable=True))
    for table, columns in (TEXTS | JSONS).items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE bytea USING convert_to({column}::text, 'UTF8')")
    for table, (column, _) in FOUND_BY.items():
        op.drop_index(op.f(f"ix_{table}_{column}_{'created_at' if column == 'phone' else 'at'}"), table)
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE bytea USING convert_to({column}, 'UTF8')")
        op.alter_column(table, column, new_column_name=f"{column}_index")

    _change("people", ("name", "phone"), _seal_person, ("name_index", "phone_index"))
    _change("demo_messages", TEXTS["demo_messages"], lambda row: _sealed("demo_messages", row))
    for table, columns in JSONS.items():
        _change(table, columns, lambda row, table=table: _sealed(table, row))
    _change(
        "idempotency_keys", ("fingerprint",),
        lambda row: {"fingerprint": ring().index("idempotency_keys.fingerprint", row["fingerprint"])},
    )  # fmt: skip
    for table, (column, index) in FOUND_BY.items():
        name = f"{column}_index"
        _change(table, (name,), lambda row, name=name, index=index: {name: index(row[name].decode())})

    op.alter_column("people", "name_index", nullable=False)
    op.create_unique_constraint("uq_people_phone_index", "people", ["phone_index"])
    op.create_check_constraint(op.f("ck_people_phone_has_index"), "people", "(phone IS NULL) = (phone_index IS NULL)")
    op.create_index("ix_people_name_index", "people", ["name_index"])
    op.create_index("ix_one_time_codes_phone_index_created_at", "one_time_codes", ["phone_index", "created_at"])
    op.create_index("ix_failed_sign_ins_username_index_at", "failed_sign_ins", ["username_index", "at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_failed_sign_ins_username_index_at"), "failed_sign_ins")
    op.drop_index(op.f("ix_one_time_codes_phone_index_created_at"), "one_time_codes")
    op.drop_index(op.f("ix_people_name_index"), "people")
    op.drop_constraint(op.f("ck_people_phone_has_index"), "people", type_="check")
    op.drop_constraint(op.f("uq_people_phone_index"), "people", type_="unique")
    for table, (column, _) in FOUND_BY.items():  # an index leads nowhere back; these rows live for a day
        op.execute(f"DELETE FROM {table}")
        op.alter_column(table, f"{column}_index", new_column_name=column)
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE text USING ''")
        at = "created_at" if column == "phone" else "at"
        op.create_index(f"ix_{table}_{column}_{at}", table, [column, at])
    op.execute("DELETE FROM idempotency_keys")  # their fingerprints do not lead back either; three days at most
    for table, columns in (TEXTS | JSONS).items():
        _change(table, columns, lambda row, table=table: _opened(table, row))
        for column in columns:
            kind, cast = ("jsonb", "::jsonb") if table in JSONS else ("text", "")
            op.execute(
                f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING convert_from({column}, 'UTF8'){cast}"
            )
    op.drop_column("people", "phone_index")
    op.drop_column("people", "name_index")
    op.create_unique_constraint("uq_people_phone", "people", ["phone"])
    op.create_check_constraint(op.f("ck_people_phone_is_mobile"), "people", "phone IS NULL OR phone ~ '^1[0-9]{10}$'")


def _seal_person(row: Mapping[str, Any]) -> dict[str, Any]:
    phone = row["phone"] and row["phone"].decode()
    return _sealed("people", row) | {
        "name_index": name_index(row["name"].decode()),
        "phone_index": phone and phone_index(phone),
    }


def _sealed(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain and ring().seal(f"{table}.{name}", _compact(table, plain)) for name, plain in row.items()}


def _opened(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sealed and ring().open(f"{table}.{name}", sealed) for name, sealed in row.items()}


def _compact(table: str, plain: bytes) -> bytes:
    return json.dumps(json.loads(plain), ensure_ascii=False).encode() if table in JSONS else plain


def _change(
    name: str, read: tuple[str, ...], change: Callable[[Mapping[str, Any]], dict[str, Any]], more: tuple[str, ...] = ()
) -> None:
    """Change some columns of every row, and say how far it is."""
    if op.get_context().as_sql:
        return
    connection = op.get_bind()
    keys = ("actor", "route", "key") if name == "idempotency_keys" else ("id",)
    table = sa.table(
        name, *(sa.column(key) for key in keys), *(sa.column(one, sa.LargeBinary()) for one in read + more)
    )
    update = table.update().where(*(table.c[key] == sa.bindparam(f"of_{key}") for key in keys))
    columns = [table.c[one] for one in (*keys, *read)]
    done, total = 0, connection.scalar(sa.select(sa.func.count()).select_from(table))
    rows = connection.execute(sa.select(*columns).execution_options(yield_per=BATCH))
    for part in rows.mappings().partitions():
        changed = [{f"of_{key}": row[key] for key in keys} | change({one: row[one] for one in read}) for row in part]
        connection.execute(update, changed)
        done += len(changed)
        click.echo(f"{name}: {done}/{total}", err=True)
