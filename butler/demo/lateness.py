"""Demo only: let time pass for one case, so that nobody has to wait half a day to see it escalate."""

from datetime import timedelta

from sqlalchemy import select

from butler.cases.actions import clocks
from butler.cases.models import Case
from butler.kit import clock
from butler.kit.database import db


def let_time_pass(number: str) -> None:
    """Move the running clocks of a case back until the first is a minute late; the scheduler does the rest."""
    case = db.session.scalars(select(Case).where(Case.number == number).with_for_update()).one()
    running = clocks.running_clocks(case)
    back = min(one.due_at for one in running) - clock.now() + timedelta(minutes=1)
    for one in running:
        one.started_at -= back
        one.due_at -= back
    clocks.settle(case, now=clock.now(), renew_lease=False)
