"""Whether every file that a row names is there, asked of the whole database and the whole disk."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import select

from butler.files.models import Attachment
from butler.files.states import FileState
from butler.kit import files
from butler.kit.database import db


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
