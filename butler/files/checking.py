"""Whether every file that a row names is there and opens, asked of the whole database and the whole disk."""

import hashlib
import random
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select

from butler.files import envelopes
from butler.files.models import Attachment
from butler.files.states import FileState
from butler.kit import files
from butler.kit.database import db, unit_of_work
from butler.kit.envelopes import key_of_case, read_keys
from butler.kit.rekeying import BATCH, OF_THE_CASE, Opened
from butler.kit.sealing import Unreadable

SAMPLE = 200
"""How many files `flask butler keys check` opens without `--all`."""
OF_THE_FILE = "of the file"
"""How the key of a single file is called, which lies under that of its case."""


def violations(*, read: bool = False) -> Iterator[str]:
    """Rows whose file is not there or has another size, one line each; with `read` also another content (SHA-256),
    which reads everything on the disk."""
    kept = (
        select(Attachment.id, Attachment.file_name, Attachment.sealed_size, Attachment.sha256)
        .where(Attachment.state != FileState.DESTROYED)
        .order_by(Attachment.id)
    )
    for row in db.session.execute(kept.execution_options(yield_per=1000)):
        path = files.store().path(row.file_name)
        try:
            size = path.stat().st_size
            wrong = "has another size" if size != row.sealed_size else None
            if wrong is None and read and hashlib.sha256(path.read_bytes()).digest() != row.sha256:
                wrong = "has been altered"
        except FileNotFoundError:
            wrong = None if _destroyed_meanwhile(row.id) else "is not there"
        if wrong:
            yield f"attachment {row.id}: its file {wrong}"


def _destroyed_meanwhile(attachment_id: int) -> bool:
    state = db.session.scalar(select(Attachment.state).where(Attachment.id == attachment_id))
    return state == FileState.DESTROYED


def open_all(sample: int | None = None) -> Iterator[Opened]:
    """Open the key and the words of every file that is not destroyed, and the file itself: each, or so many at random."""
    key, words = Opened("attachments.sealed_key"), Opened("attachments.sealed_words")
    data = Opened("attachments (files)")
    with unit_of_work() as session:
        ids = session.scalars(select(Attachment.id).where(Attachment.sealed_key.is_not(None)).order_by(Attachment.id))
        known = list(ids)
    chosen = set(known if sample is None else random.sample(known, min(sample, len(known))))
    data.left_out = len(known) - len(chosen)
    for start in range(0, len(known), BATCH):
        with unit_of_work() as session:
            rows = session.scalars(select(Attachment).where(Attachment.id.in_(known[start : start + BATCH]))).all()
            read_keys({row.case_id for row in rows})
            for row in rows:
                _count(key, row, OF_THE_CASE, envelopes.own_key)
                _count(words, row, OF_THE_FILE, envelopes.open_words, row.sealed_words)
                if row.id in chosen:
                    _count(data, row, OF_THE_FILE, _open_file)
    yield from (key, words, data)


def _count(found: Opened, row: Attachment, under: str, open_it: Callable[..., Any], *sealed: Any) -> None:
    """Open one thing and count it; what has been destroyed is not looked for."""
    if row.sealed_key is None or key_of_case(row.case_id) is None:
        found.destroyed += 1
        return
    try:
        open_it(row.case_id, row.file_name, row.sealed_key, *sealed)
        found.by_key[under] += 1
    except Unreadable:
        if not _destroyed_meanwhile(row.id):
            found.unreadable.append(str(row.id))


def _open_file(case_id: int, name: str, key: bytes) -> None:
    """Open what is on the disk. Raises Unreadable, also when nothing is there."""
    sealed = files.store().get(name)
    if sealed is None:
        raise Unreadable("attachments: a file is not there")
    envelopes.open_data(case_id, name, key, sealed)
