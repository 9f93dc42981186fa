"""A file comes in, is opened, and is destroyed. The file is on the disk before its row commits, and goes after."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import func, select

from butler.files import envelopes, queries, rules
from butler.files.examining import examine
from butler.files.models import Attachment
from butler.files.states import DestroyedWhy, FileKind, FileState
from butler.kit import clock, files
from butler.kit.database import db
from butler.kit.errors import Conflict, Gone, NotAllowed, Unavailable
from butler.kit.sealing import Unreadable
from butler.looks.states import Standing

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sent:
    """What somebody sends."""

    kind: FileKind
    purpose: str  # what it shows, or what it is for
    name: str  # what it was called where it comes from
    data: bytes


def keep(
    sent: Sent,
    *,
    case_id: int,
    case_is_open: bool,
    sender_id: int,
    sender_role: str,
    standings: Collection[Standing],
) -> Attachment:
    """Examine a file, seal it, keep it. When the transaction has committed, it is there and stays as it is.

    Raises NotAllowed and Conflict (closed) by `rules.SENDING`, TooLarge and RateLimited by its quotas, Invalid
    (``/file``) for what is neither a picture nor a PDF we take, StorageFull.
    """
    if not case_is_open:
        raise Conflict("这件事已经结束，不能再传照片和材料。还要办的话，请重新提交一件申请。")
    if not rules.may_send(standings, sent.kind, is_open=case_is_open):
        raise NotAllowed("接了单的人和居民本人才能传照片和材料。")
    _check_room(len(sent.data), case_id, sender_id)
    files.store().check_room(2 * len(sent.data))
    examined = examine(sent.data)
    # Again, and one after the other: two files sent at the same moment cannot both be the last one.
    _one_at_a_time(f"files of case {case_id}")
    _one_at_a_time(f"files of person {sender_id}")
    _check_room(len(sent.data), case_id, sender_id)
    name = files.new_name()
    sealed = envelopes.seal(case_id, name, examined.data, {"name": sent.name, "purpose": sent.purpose})
    stored = files.store().put(name, sealed.data)
    attachment = Attachment(
        case_id=case_id,
        uploader_id=sender_id,
        uploader_role=sender_role,
        kind=sent.kind,
        media_type=examined.media_type,
        width=examined.width,
        height=examined.height,
        pages=examined.pages,
        sent_size=len(sent.data),
        size=len(examined.data),
        sealed_size=stored.size,
        sha256=stored.sha256,
        file_name=name,
        sealed_key=sealed.key,
        sealed_words=sealed.words,
        state=FileState.QUARANTINED if current_app.extensions["settings"].scan_command else FileState.STORED,
        created_at=clock.now(),
    )
    db.session.add(attachment)
    db.session.flush()
    return attachment


def read(attachment: Attachment) -> bytes:
    """What was kept. Raises Conflict while the scanner has not looked at it, Gone when it has been destroyed, and
    Unavailable when it should be there and is not."""
    state = FileState(attachment.state)
    if state is FileState.QUARANTINED:
        raise Conflict("这份文件正在做安全检查，一般几分钟就好。请过一会儿再打开。")
    if state is FileState.DESTROYED:
        raise Gone("这份文件已经按规定销毁，打不开了。", title="已经销毁")
    data = data_of(attachment)
    if data is None:
        raise Unavailable("这份文件暂时打不开，我们已经记下来去查。请过一会儿再试；着急的话，请打电话给您的管家。")
    return data


def data_of(attachment: Attachment) -> bytes | None:
    """What was kept, whoever may open it; None when it is not there or does not open, which is written to the log."""
    if attachment.sealed_key is None:
        return None
    sealed = files.store().get(attachment.file_name)
    try:
        if sealed is not None:
            return envelopes.open_data(attachment.case_id, attachment.file_name, attachment.sealed_key, sealed)
        reason = "missing"
    except Unreadable:
        reason = "altered"
    log.error("files.unreadable", attachment=attachment.id, reason=reason)
    return None


def words_of(attachment: Attachment) -> dict[str, Any]:
    """What a file was called (`name`) and what it is for (`purpose`); both empty once it has been destroyed."""
    if attachment.sealed_key is None or attachment.sealed_words is None:
        return {"name": "", "purpose": ""}
    try:
        return envelopes.open_words(
            attachment.case_id, attachment.file_name, attachment.sealed_key, attachment.sealed_words
        )
    except Unreadable:
        return {"name": "", "purpose": ""}


def destroy(attachment: Attachment, why: DestroyedWhy, now: datetime) -> None:
    """Make a file unreadable for good. The file itself is taken away by `remove` after the commit, and by the sweep
    should that not happen."""
    attachment.state = FileState.DESTROYED
    attachment.destroyed_at, attachment.destroyed_why = now, why
    attachment.sealed_key = attachment.sealed_words = None
    db.session.flush()


def remove(names: Collection[str]) -> None:
    """Take the files of destroyed rows from the disk. Only after the commit: a rollback brings no file back."""
    for name in names:
        files.store().destroy(name)


def sweep() -> int:
    """Take away what a killed process left behind: files no row needs, an hour old or more."""
    return files.store().sweep(queries.known_names)


def _check_room(size: int, case_id: int, sender_id: int) -> None:
    rules.check_room(
        size=size,
        of_case=queries.used_by_case(case_id),
        of_person_today=queries.used_by_person(sender_id, clock.now()),
    )


def _one_at_a_time(name: str) -> None:
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
