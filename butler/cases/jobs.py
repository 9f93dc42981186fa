"""What runs by itself."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from butler.cases.actions.alarms import ring_due
from butler.cases.models import Case
from butler.files import actions as files
from butler.files.models import Attachment
from butler.files.states import DestroyedWhy, FileKind, FileState
from butler.kit import clock
from butler.kit.database import db, unit_of_work

AT_ONCE = 100  # papers in one transaction


def sweep_alarms() -> int:
    """Ring what is due; returns how many cases rang. Any number of processes may do it at once."""
    return ring_due()


def destroy_papers() -> int:
    """Destroy the papers of cases that ended long enough ago (`BUTLER_PAPERS_KEPT_DAYS`); returns how many."""
    ended_before = clock.now() - timedelta(days=current_app.extensions["settings"].papers_kept_days)
    due = (
        select(Attachment)
        .join(Case, Case.id == Attachment.case_id)
        .where(
            Attachment.kind == FileKind.PAPER,
            Attachment.state != FileState.DESTROYED,
            Case.closed_at <= ended_before,
        )
        .order_by(Attachment.id)
        .limit(AT_ONCE)
        .with_for_update(of=Attachment, skip_locked=True)
    )
    destroyed = 0
    while True:
        with unit_of_work():
            papers = db.session.scalars(due).all()
            names = [paper.file_name for paper in papers]
            for paper in papers:
                files.destroy(paper, DestroyedWhy.EXPIRED, clock.now())
        files.remove(names)
        destroyed += len(names)
        if len(names) < AT_ONCE:
            return destroyed
