"""What runs by itself."""

from datetime import timedelta

from flask import current_app

from butler.cases.actions import shredding
from butler.cases.actions.alarms import ring_due
from butler.files import actions as files
from butler.kit import clock
from butler.kit.database import unit_of_work

AT_ONCE = 100  # papers in one transaction


def sweep_alarms() -> int:
    """Ring what is due; returns how many cases rang. Any number of processes may do it at once."""
    return ring_due()


def destroy_papers() -> int:
    """Destroy the papers of cases that ended long enough ago (`BUTLER_PAPERS_KEPT_DAYS`), and those whose consent was
    taken back while they had to be kept, now that nothing keeps them; returns how many."""
    ended_before = clock.now() - timedelta(days=current_app.extensions["settings"].papers_kept_days)
    destroyed = 0
    while True:
        with unit_of_work():
            names = shredding.destroy_papers(ended_before=ended_before, at_most=AT_ONCE)
        files.remove(names)
        destroyed += len(names)
        if len(names) < AT_ONCE:
            return destroyed
