"""What hangs on one case: its history, its way, its clocks, its mandate."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, inspect, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from butler.cases.models import Case, CaseClock, CaseHop, CaseStep, Mandate, SlotBooking
from butler.kit.database import db
from butler.org.models import Desk, Unit


def timeline(case: Case) -> Sequence[CaseStep]:
    """Everything that happened, in order."""
    return db.session.scalars(
        select(CaseStep).where(CaseStep.case_id == case.id).order_by(CaseStep.seq).options(joinedload(CaseStep.actor))
    ).all()


def hops(case: Case) -> Sequence[CaseHop]:
    """The desks it came by, in order, each with why; asked for once."""
    if "hops" in inspect(case).unloaded:
        set_committed_value(case, "hops", db.session.scalars(_hops_query(), {"case": case.id}).all())
    return case.hops


@cache
def _hops_query() -> Select[CaseHop]:
    return (
        select(CaseHop)
        .where(CaseHop.case_id == bindparam("case"))
        .order_by(CaseHop.seq)
        .options(
            joinedload(CaseHop.desk, innerjoin=True)
            .load_only(Desk.kind, Desk.name)
            .joinedload(Desk.unit, innerjoin=True)
            .load_only(Unit.code, Unit.name, Unit.level)
        )
    )


def clocks(case: Case) -> Sequence[CaseClock]:
    """All its clocks, the stopped ones too, in the order they were started; asked for once."""
    if "clocks" in inspect(case).unloaded:
        set_committed_value(case, "clocks", db.session.scalars(_clocks_query(), {"case": case.id}).all())
    return case.clocks


@cache
def _clocks_query() -> Select[CaseClock]:
    return select(CaseClock).where(CaseClock.case_id == bindparam("case")).order_by(CaseClock.id)


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
