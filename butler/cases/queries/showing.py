"""What hangs on one case: its history, its way, its clocks, its mandate."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, inspect, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from butler.cases.models import Case, CaseClock, CaseHop, CaseStep, Mandate, SlotBooking
from butler.identity.models import Residence
from butler.kit import clock
from butler.kit.database import db
from butler.org.models import Desk, Household, Unit


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


def door_of(case: Case) -> str | None:
    """Behind which front door of the building the person lives whom it is for, as far as we know."""
    if case.building_id is None:
        return None
    today = clock.today()
    return db.session.scalar(
        select(Household.door)
        .join(Residence, Residence.household_id == Household.id)
        .where(
            Household.building_id == case.building_id,
            Residence.person_id == case.beneficiary_id,
            Residence.valid_from <= today,
            or_(Residence.valid_to.is_(None), Residence.valid_to > today),
        )
        .order_by(Residence.valid_from.desc(), Residence.id.desc())
        .limit(1)
    )


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
