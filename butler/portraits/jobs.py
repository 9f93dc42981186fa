"""What runs by itself: the scanner looks at new pictures, and those of people whose post has run out come down."""

import structlog
from flask import current_app

from butler.files.scanning import ScannerFailed, is_clean
from butler.identity.models import Person
from butler.kit import clock
from butler.kit.database import db, unit_of_work
from butler.portraits import actions, queries
from butler.portraits.models import Portrait

log = structlog.get_logger(__name__)


def scan_waiting() -> int:
    """Let the scanner look at pictures nobody is shown yet; returns how many it has looked at."""
    command: str = current_app.extensions["settings"].scan_command
    if not command:
        return 0
    with unit_of_work():
        waiting = queries.waiting()
    scanned = 0
    for portrait_id in waiting:
        try:
            scanned += _scan(command, portrait_id)
        except ScannerFailed as error:
            log.warning("portraits.scanner_failed", reason=str(error), waiting=len(waiting) - scanned)
            break
    return scanned


def take_down_over() -> int:
    """Take down the pictures of those whose post has run out since, by its own date or from the command line."""
    with unit_of_work():
        return sum(
            actions.take_down(db.session.get_one(Person, person_id), by=None, why="不再是管家")
            for person_id in queries.over()
        )


def _scan(command: str, portrait_id: int) -> bool:
    with unit_of_work():
        found = db.session.get(Portrait, portrait_id)
        data = found.picture if found is not None else None
    if data is None:
        return False
    clean = is_clean(command, data)  # in no transaction: it may take its time
    with unit_of_work():
        portrait = db.session.get(Portrait, portrait_id, with_for_update=True)
        if portrait is None:  # another picture has come in its place
            return False
        if clean:
            portrait.checked_at = clock.now()
        else:
            log.warning("portraits.unsafe", portrait=portrait_id)
            actions.take_down(db.session.get_one(Person, portrait.person_id), by=None, why="安全检查没有通过")
    return True
