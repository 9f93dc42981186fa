"""seal the words of cases

What people said in a case is sealed with its key, in one transaction: interrupted, it has not happened and is run
again. The hash of each line of a history now covers the sealed bytes. So that this cannot hide that somebody changed a
history before, each is checked against its old hashes first; one that does not fit stops the migration.

Revision ID: 0012
Revises: 0011
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from itertools import groupby
from typing import Any

import click
import orjson
import sqlalchemy as sa
from alembic import op

from butler.kit.envelopes import GONE, new_key, seal_under, unwrap
from butler.kit.sealing import Key

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BATCH = 500  # cases
SEALED: tuple[tuple[str, str, str | dict[str, str]], ...] = (
    ("cases", "sealed_words", {"summary": "text", "answers": "jsonb"}),
    ("cases", "sealed_why", "routed_why"),
    ("case_steps", "sealed_words", {"note": "text", "data": "jsonb"}),
    ("case_hops", "sealed_why", "why"),
    ("originals", "sealed_words", {"name": "text", "condition": "text"}),
    ("notices", "sealed_text", "text"),
    ("ratings", "sealed_comment", "comment"),
)


def upgrade() -> None:
    for table, sealed, _ in SEALED:
        op.add_column(table, sa.Column(sealed, sa.LargeBinary(), nullable=True))
    for keys in _batches():
        _rehash(keys, _plain_said, _sealed_said, sealing=True)
        for table, sealed, plain in SEALED:
            if table != "case_steps":
                _seal(table, sealed, plain, keys)
    for table, _, plain in SEALED:
        for column in _columns(plain):
            op.drop_column(table, column)


def downgrade() -> None:
    for table, _, plain in SEALED:
        for column, kind in _columns(plain).items():
            empty = "'{}'::jsonb" if kind == "jsonb" else "''"
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} NOT NULL DEFAULT {empty}")
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT")
    for keys in _batches():
        for table, sealed, plain in SEALED:
            _open(table, sealed, plain, keys)
        _rehash(keys, _sealed_said, _plain_said, sealing=False)
    for table, sealed, _ in SEALED:
        op.drop_column(table, sealed)


def _columns(plain: str | dict[str, str]) -> dict[str, str]:
    return {plain: "text"} if isinstance(plain, str) else plain


def _batches() -> Iterator[dict[int, Key | None]]:
    """The keys of all cases, so many at a time."""
    if op.get_context().as_sql:
        return
    connection = op.get_bind()
    last, done, total = 0, 0, connection.scalar(sa.text("SELECT count(*) FROM case_keys"))
    after = sa.text("SELECT case_id, wrapped FROM case_keys WHERE case_id > :last ORDER BY case_id LIMIT :batch")
    while rows := connection.execute(after, {"last": last, "batch": BATCH}).all():
        yield {case_id: wrapped and unwrap(case_id, wrapped) for case_id, wrapped in rows}
        last, done = rows[-1].case_id, done + len(rows)
        click.echo(f"cases: {done}/{total}", err=True)


def _rows(table: str, columns: Sequence[str], keys: Mapping[int, Key | None]) -> Sequence[Mapping[str, Any]]:
    case_id = "id AS case_id" if table == "cases" else "case_id"
    query = sa.text(f"SELECT id, {case_id}, {', '.join(columns)} FROM {table} WHERE {case_id.split()[0]} = ANY(:ids)")
    return op.get_bind().execute(query, {"ids": list(keys)}).mappings().all()


def _write(table: str, values: Sequence[dict[str, Any]]) -> None:
    if values:
        setting = ", ".join(f"{name} = :{name}" for name in values[0] if name != "id")
        op.get_bind().execute(sa.text(f"UPDATE {table} SET {setting} WHERE id = :id"), values)


def _seal(table: str, sealed: str, plain: str | dict[str, str], keys: Mapping[int, Key | None]) -> None:
    changed = []
    for row in _rows(table, list(_columns(plain)), keys):
        words = row[plain] if isinstance(plain, str) else {name: row[name] for name in plain}
        changed.append({"id": row["id"], sealed: _sealed_with(keys, row["case_id"], f"{table}.{sealed}", words)})
    _write(table, changed)


def _sealed_with(keys: Mapping[int, Key | None], case_id: int, place: str, words: Any) -> bytes | None:
    # Destroyed before the way down: only the mark is left of it, and it stays destroyed under a key nobody keeps.
    return seal_under(keys[case_id] or new_key(), place, words)


def _open(table: str, sealed: str, plain: str | dict[str, str], keys: Mapping[int, Key | None]) -> None:
    changed = []
    for row in _rows(table, [sealed], keys):
        if row[sealed] is None:
            continue
        key = keys[row["case_id"]]
        words = key and orjson.loads(key.open(f"{table}.{sealed}", row[sealed]))
        said: dict[str, Any] = {"id": row["id"]}
        for name, kind in _columns(plain).items():
            value = (words if isinstance(plain, str) else words[name]) if key else ({} if kind == "jsonb" else GONE)
            said[name] = json.dumps(value, ensure_ascii=False) if kind == "jsonb" else value
        changed.append(said)
    _write(table, changed)


def _rehash(keys: Mapping[int, Key | None], old: Any, new: Any, *, sealing: bool) -> None:
    """Check each history against its hashes as they are, and give it those it has from now on."""
    query = sa.text(
        "SELECT case_steps.*, number, head_hash FROM case_steps JOIN cases ON cases.id = case_id "
        "WHERE case_id = ANY(:ids) ORDER BY case_id, seq"
    )
    lines, heads = [], []
    found = op.get_bind().execute(query, {"ids": list(keys)}).mappings()
    for case_id, history in groupby(found, key=lambda row: row["case_id"]):
        was = now = None
        for row in history:
            line = dict(row)
            if was is None:
                was = now = hashlib.sha256(line["number"].encode()).digest()
            if sealing:
                words = {"note": line["note"], "data": line["data"]}
                line["sealed_words"] = _sealed_with(keys, case_id, "case_steps.sealed_words", words)
            was, now = hashlib.sha256(was + old(line)).digest(), hashlib.sha256(now + new(line)).digest()
            if was != bytes(line["hash"]):
                raise RuntimeError(f"{line['number']}: line {line['seq']} does not fit its hash; flask butler check")
            lines.append({"id": line["id"], "hash": now} | ({"sealed_words": line["sealed_words"]} if sealing else {}))
        if was != bytes(line["head_hash"]):
            raise RuntimeError(f"{line['number']}: the head hash is not that of the last line; flask butler check")
        heads.append({"id": case_id, "head_hash": now})
    _write("case_steps", lines)
    _write("cases", heads)


def _said(line: Mapping[str, Any], *more: Any) -> bytes:
    at = line["at"].astimezone(UTC).isoformat()
    names = ("seq", "step", "stage", "state", "actor_id", "actor_role", "desk_id")
    return orjson.dumps([*(line[name] for name in names), at, *more], option=orjson.OPT_SORT_KEYS)


def _plain_said(line: Mapping[str, Any]) -> bytes:
    return _said(line, line["note"], line["data"])


def _sealed_said(line: Mapping[str, Any]) -> bytes:
    return _said(line) + bytes(line["sealed_words"] or b"")
