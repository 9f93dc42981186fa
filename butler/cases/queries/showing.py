"""What hangs on one case: its history, its way, its clocks, its mandate."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from butler.cases.models import Case, CaseClock, CaseHop, CaseStep, Mandate, SlotBooking
from butler.kit.database import db
from butler.org.models import Desk


def timeline(case: Case) -> Sequence[CaseStep]:
    """Everything that happened, in order."""
    return db.session.scalars(
        select(CaseStep).where(CaseStep.case_id == case.id).order_by(CaseStep.seq).options(joinedload(CaseStep.actor))
    ).all()


def hops(case: Case) -> Sequence[CaseHop]:
    """The desks it came by, in order, each with why."""
    return db.session.scalars(
        select(CaseHop)
        .where(CaseHop.case_id == case.id)
        .order_by(CaseHop.seq)
        .options(joinedload(CaseHop.desk).joinedload(Desk.unit))
    ).all()


def clocks(case: Case) -> Sequence[CaseClock]:
    """All its clocks, the stopped ones too, in the order they were started."""
    return db.session.scalars(select(CaseClock).where(CaseClock.case_id == case.id).order_by(CaseClock.id)).all()


def mandate_in_force(case_id: int, at: datetime) -> Mandate | None:
    """The mandate that holds at this moment, if there is one."""
    return db.session.scalar(
        select(Mandate).where(
            Mandate.case_id == case_id,
            Mandate.revoked_at.is_(None),
            Mandate.valid_from <= at,
            Mandate.valid_until > at,
        )
    )


def booking(case: Case) -> SlotBooking | None:
    """The off-hours seat it was booked on."""
    return db.session.scalar(
        select(SlotBooking)
        .where(SlotBooking.case_id == case.id, SlotBooking.freed_at.is_(None))
        .options(joinedload(SlotBooking.pattern))
    )
