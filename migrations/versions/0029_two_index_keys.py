"""a second column for each index of people, so that the index key can be changed

Revision ID: 0029
Revises: 0028
"""

import click
import sqlalchemy as sa
from alembic import op

from butler.identity.hashing import plain_form
from butler.kit.sealing import ring

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

UNIQUE = ("phone", "wechat", "id_number")
BATCH = 1000


def upgrade() -> None:
    for name in (*UNIQUE, "name"):
        op.add_column("people", sa.Column(f"{name}_index_even", sa.LargeBinary(), nullable=True))
    for name in UNIQUE:
        op.create_unique_constraint(op.f(f"uq_people_{name}_index_even"), "people", [f"{name}_index_even"])
    op.create_index(op.f("ix_people_name_index_even"), "people", ["name_index_even"])
    op.alter_column("people", "name_index", nullable=True)
    _check("name", "name_index IS NOT NULL OR name_index_even IS NOT NULL", new=True)
    _check("phone", "(phone IS NULL) = (phone_index IS NULL AND phone_index_even IS NULL)")
    _check("wechat", "(wechat_openid IS NULL) = (wechat_index IS NULL AND wechat_index_even IS NULL)")


def downgrade() -> None:
    """The program before knows one key, whose indexes bear no number: everybody is indexed so under the first one."""
    for name in ("name", "phone", "wechat"):
        op.drop_constraint(op.f(f"ck_people_{name}_has_index"), "people", type_="check")
    if not op.get_context().as_sql and ring().index_keys[0].number != 1:
        _index_bare()
    op.create_check_constraint(op.f("ck_people_phone_has_index"), "people", "(phone IS NULL) = (phone_index IS NULL)")
    op.create_check_constraint(
        op.f("ck_people_wechat_has_index"), "people", "(wechat_openid IS NULL) = (wechat_index IS NULL)"
    )
    op.alter_column("people", "name_index", nullable=False)
    op.drop_index(op.f("ix_people_name_index_even"), table_name="people")
    for name in (*UNIQUE, "name"):
        op.drop_column("people", f"{name}_index_even")


def _check(name: str, rule: str, *, new: bool = False) -> None:
    if not new:
        op.drop_constraint(op.f(f"ck_people_{name}_has_index"), "people", type_="check")
    op.create_check_constraint(op.f(f"ck_people_{name}_has_index"), "people", rule)


def _index_bare() -> None:
    connection, first = op.get_bind(), ring().index_keys[0]
    sources = {"name": "name", "phone": "phone", "wechat": "wechat_openid"}
    update = sa.text(
        "UPDATE people SET id_number_index = NULL, name_index = :name, phone_index = :phone, wechat_index = :wechat "
        "WHERE id = :id"
    )
    query = sa.text("SELECT id, name, phone, wechat_openid FROM people WHERE id > :last ORDER BY id LIMIT :batch")
    last, done = 0, 0
    while rows := connection.execute(query, {"last": last, "batch": BATCH}).mappings().all():
        changed = []
        for row in rows:
            one = {"id": row["id"]}
            for index, source in sources.items():
                place, sealed = f"people.{source}", row[source]
                plain = None if sealed is None else plain_form(place, ring().open(place, bytes(sealed)).decode())
                one[index] = None if plain is None else first.index(place, plain.encode())[len(first.head) :]
            changed.append(one)
        connection.execute(update, changed)
        last, done = rows[-1]["id"], done + len(rows)
        click.echo(f"people: {done}", err=True)
