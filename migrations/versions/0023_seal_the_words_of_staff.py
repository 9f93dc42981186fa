"""seal the words of staff

What staff write as their reason for looking, for a deed or an export, what residents ask about a look and what the answer
was: sealed where it stands, in one transaction with everything stopped. Interrupted, it has not happened.

Rows that are never changed again are sealed under the key of the day they were written on. The hashes of looks stay what
they were, since the heads of their days have left the house: a look of before is proven by opening its words
(`butler.looks.hashing.chain`). On the way down no row can be proven that way any more, so the way down writes the chains
anew, and the roots over them; what was sent to a second party meanwhile does not fit those.

Revision ID: 0023
Revises: 0022
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date
from itertools import groupby
from typing import Any

import click
import orjson
import sqlalchemy as sa
from alembic import op

from butler.kit.clock import CHINA
from butler.kit.daykeys import key_of, new_secret
from butler.kit.sealing import Key, key_id_of, ring

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BATCH = 1000
GROWING = (  # table, words in the open, sealed words, when it was said, whether there always are some
    ("looks", "words", "sealed_words", "at", False),
    ("reveals", "words", "sealed_words", "uncovered_at", True),
    ("look_reasons", "words", "sealed_words", "at", True),
    ("staff_deeds", "why", "sealed_why", "at", False),
)
CHANGING = (("findings", "doubt"), ("findings", "words"), ("exports", "words"), ("legal_holds", "reason"))
MAY_BE_EMPTY = ("findings",)


def upgrade() -> None:
    op.create_table(
        "day_keys",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_keys")),
    )
    for table, plain, sealed, at, always in GROWING:
        op.add_column(table, sa.Column(sealed, sa.LargeBinary(), nullable=True))
        for rows in _batches(table, plain, at, f"{plain} <> ''"):
            keys = _keys_of({_day(row["at"]) for row in rows})
            place = f"{table}.{sealed}"
            changed = [
                {"id": row["id"], sealed: keys[_day(row["at"])].seal(place, row["said"].encode())} for row in rows
            ]
            _write(table, changed)
        if always:
            op.alter_column(table, sealed, nullable=False)
    op.drop_constraint(op.f("ck_reveals_broken_glass_has_words"), "reveals", type_="check")
    op.drop_constraint(op.f("ck_look_reasons_has_words"), "look_reasons", type_="check")
    op.create_check_constraint(
        op.f("ck_reveals_broken_glass_has_words"), "reveals", "way <> 'break_glass' OR octet_length(sealed_words) >= 50"
    )
    op.create_check_constraint(op.f("ck_look_reasons_has_words"), "look_reasons", "octet_length(sealed_words) >= 50")
    for table, plain, *_ in GROWING:
        op.drop_column(table, plain)

    op.drop_constraint(op.f("ck_findings_settled_has_words"), "findings", type_="check")
    op.drop_constraint(op.f("ck_exports_has_words"), "exports", type_="check")
    op.drop_constraint(op.f("ck_legal_holds_has_a_reason"), "legal_holds", type_="check")
    for table, column in CHANGING:
        op.alter_column(table, column, nullable=table in MAY_BE_EMPTY)
        empty = f"nullif({column}, '')" if table in MAY_BE_EMPTY else column
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE bytea USING convert_to({empty}, 'UTF8')")
        for rows in _batches(table, column, None, f"{column} IS NOT NULL"):
            _write(
                table,
                [{"id": row["id"], column: ring().seal(f"{table}.{column}", bytes(row["said"]))} for row in rows],
            )
    op.create_check_constraint(
        op.f("ck_findings_settled_has_words"), "findings", "(verdict = 'open') = (words IS NULL)"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_findings_settled_has_words"), "findings", type_="check")
    for table, column in CHANGING:
        for rows in _batches(table, column, None, f"{column} IS NOT NULL"):
            _write(
                table,
                [{"id": row["id"], column: ring().open(f"{table}.{column}", bytes(row["said"]))} for row in rows],
            )
        op.execute(
            f"ALTER TABLE {table} ALTER COLUMN {column} TYPE text USING coalesce(convert_from({column}, 'UTF8'), '')"
        )
        op.alter_column(table, column, nullable=False)
    op.create_check_constraint(
        op.f("ck_findings_settled_has_words"), "findings", "verdict = 'open' OR length(words) >= 10"
    )
    op.create_check_constraint(op.f("ck_exports_has_words"), "exports", "length(words) >= 10")
    op.create_check_constraint(op.f("ck_legal_holds_has_a_reason"), "legal_holds", "length(reason) >= 4")

    for table, plain, sealed, *_ in GROWING:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {plain} text NOT NULL DEFAULT ''")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {plain} DROP DEFAULT")
        for rows in _batches(table, sealed, None, f"{sealed} IS NOT NULL"):
            texts = [bytes(row["said"]) for row in rows]
            keys = _keys_of({date.fromisoformat(key_id_of(text)) for text in texts})
            place = f"{table}.{sealed}"
            opened = [keys[date.fromisoformat(key_id_of(text))].open(place, text).decode() for text in texts]
            _write(table, [{"id": row["id"], plain: said} for row, said in zip(rows, opened, strict=True)])
    _chain_anew()
    op.drop_constraint(op.f("ck_reveals_broken_glass_has_words"), "reveals", type_="check")
    op.drop_constraint(op.f("ck_look_reasons_has_words"), "look_reasons", type_="check")
    op.create_check_constraint(
        op.f("ck_reveals_broken_glass_has_words"), "reveals", "way <> 'break_glass' OR length(words) >= 10"
    )
    op.create_check_constraint(op.f("ck_look_reasons_has_words"), "look_reasons", "length(words) >= 10")
    for table, _, sealed, *_ in GROWING:
        op.drop_column(table, sealed)
    op.drop_table("day_keys")


def _day(at: Any) -> date:
    return at.astimezone(CHINA).date()


def _batches(table: str, column: str, at: str | None, which: str) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Rows with something to change, so many at a time: `id`, `said`, `at`. Says how far it is."""
    if op.get_context().as_sql:
        return
    connection = op.get_bind()
    last, done = 0, 0
    total = connection.scalar(sa.text(f"SELECT count(*) FROM {table} WHERE {which}"))
    query = sa.text(
        f"SELECT id, {column} AS said, {at or 'NULL'} AS at FROM {table} WHERE {which} AND id > :last ORDER BY id LIMIT :n"
    )
    while rows := connection.execute(query, {"last": last, "n": BATCH}).mappings().all():
        yield rows
        last, done = rows[-1]["id"], done + len(rows)
        click.echo(f"{table}: {done}/{total}", err=True)


def _write(table: str, values: Sequence[dict[str, Any]]) -> None:
    if values:
        setting = ", ".join(f"{name} = :{name}" for name in values[0] if name != "id")
        op.get_bind().execute(sa.text(f"UPDATE {table} SET {setting} WHERE id = :id"), values)


def _keys_of(days: set[date]) -> dict[date, Key]:
    """The keys of these days, made where there is none."""
    connection = op.get_bind()
    place = "day_keys.secret"
    made = [{"day": day, "secret": ring().seal(place, new_secret().encode())} for day in sorted(days)]
    if made:
        connection.execute(sa.text("INSERT INTO day_keys VALUES (:day, :secret) ON CONFLICT DO NOTHING"), made)
    found = connection.execute(sa.text("SELECT day, secret FROM day_keys WHERE day = ANY(:days)"), {"days": list(days)})
    return {row.day: key_of(row.day, ring().open(place, bytes(row.secret)).decode()) for row in found}


def _chain_anew() -> None:
    """Chains and roots as they would be, had the words always been in the open."""
    if op.get_context().as_sql:
        return
    connection = op.get_bind()
    query = sa.text("SELECT * FROM looks ORDER BY looker_id, day, seq")
    found = connection.execute(query, execution_options={"yield_per": BATCH}).mappings()
    hashes, heads = [], []
    for (looker_id, day), lines in groupby(found, key=lambda line: (line["looker_id"], line["day"])):
        head, changed = hashlib.sha256(f"{looker_id} {day.isoformat()}".encode()).digest(), False
        for line in lines:
            head = hashlib.sha256(head + _said(line)).digest()
            if head != bytes(line["hash"]):
                changed = True
                hashes.append({"id": line["id"], "hash": head})
        if changed:
            heads.append({"looker": looker_id, "day": day, "head": head})
    _write("looks", hashes)
    if not heads:
        return
    connection.execute(sa.text("UPDATE look_days SET head = :head WHERE looker_id = :looker AND day = :day"), heads)
    before = b"\x00" * 32
    for day in connection.scalars(sa.text("SELECT day FROM look_roots ORDER BY day")).all():
        ends = sa.text("SELECT looker_id, rows, head FROM look_days WHERE day = :day AND rows > 0 ORDER BY looker_id")
        whole = hashlib.sha256(before + day.isoformat().encode())
        for end in connection.execute(ends, {"day": day}):
            whole.update(f"{end.looker_id} {end.rows} ".encode() + bytes(end.head))
        before = whole.digest()
        connection.execute(sa.text("UPDATE look_roots SET root = :root WHERE day = :day"), {"root": before, "day": day})


def _said(line: Mapping[str, Any]) -> bytes:
    names = ("role", "desk_id", "unit_id", "kind", "fields", "standing", "person_id", "case_id", "district", "reason")
    at = line["at"].astimezone(UTC).isoformat()
    said = [line["looker_id"], line["day"].isoformat(), line["seq"], at, *(line[name] for name in names)]
    return orjson.dumps([*said, line["words"], line["refused"]])
