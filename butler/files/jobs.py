"""What runs by itself: the scanner looks at what came in, and what nobody needs is swept."""

import structlog
from flask import current_app

from butler.files import actions, queries
from butler.files.events import FileUnsafe
from butler.files.models import Attachment
from butler.files.scanning import ScannerFailed, is_clean
from butler.files.states import DestroyedWhy, FileState
from butler.kit import clock
from butler.kit.database import db, unit_of_work
from butler.kit.events import publish
from butler.kit.sight import system_part

log = structlog.get_logger(__name__)

MOST = 20  # files a round


def scan_quarantined() -> int:
    """Let the scanner look at what waits for it; returns how many it has looked at. Without one, nothing waits that
    came in since; what came in while there was one stays where it is until there is one again."""
    command: str = current_app.extensions["settings"].scan_command
    if not command:
        return 0
    scanned = 0
    with unit_of_work():
        waiting = queries.quarantined(MOST)
    for attachment_id in waiting:
        try:
            scanned += _scan(command, attachment_id)
        except ScannerFailed as error:
            log.warning("files.scanner_failed", reason=str(error), waiting=len(waiting) - scanned)
            break
    return scanned


def sweep_files() -> int:
    """Take away files no row needs; returns how many. Whoever looks with other eyes than the system's would take rows
    they do not see for rows that are not there."""
    with system_part("files"), unit_of_work():
        return actions.sweep()


def _scan(command: str, attachment_id: int) -> bool:
    """Not in a transaction while the scanner works: it may take its time. Two at once come to the same end."""
    with unit_of_work():
        attachment = db.session.get_one(Attachment, attachment_id)
        data = actions.data_of(attachment)
    clean = is_clean(command, data) if data is not None else True  # `flask butler check` tells of those not there
    name = None
    with unit_of_work():
        attachment = db.session.get_one(Attachment, attachment_id, with_for_update=True, populate_existing=True)
        if attachment.state != FileState.QUARANTINED:
            return False
        if clean:
            attachment.state = FileState.STORED
        else:
            name = attachment.file_name
            actions.destroy(attachment, DestroyedWhy.UNSAFE, clock.now())
            publish(FileUnsafe(case_id=attachment.case_id, attachment_id=attachment_id))
            log.warning("files.unsafe", attachment=attachment_id)
    if name is not None:
        actions.remove([name])
    return True
