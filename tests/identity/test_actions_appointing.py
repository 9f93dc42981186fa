"""Which role fits which place, and people who are made known."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from butler.identity import actions
from butler.identity.models import Appointment, Residence
from butler.identity.permissions import Role
from butler.identity.rules import DESK_OF_ROLE
from butler.kit import clock
from butler.kit.errors import Conflict, Invalid
from butler.org.models import Building, Estate, Household
from butler.org.states import DeskKind

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=clock.CHINA)


@pytest.mark.parametrize("kind", [*DeskKind, None])
@pytest.mark.parametrize("role", Role)
def test_appoint_whole_table(session, town, role, kind):
    person, unit = town.resident(), town.unit_of(Role.DISTRICT_STAFF)
    desk = next((d for d in (*town.desks.values(), *town.butler_desks) if d.kind == kind), None)
    fits = role is not Role.RESIDENT and DESK_OF_ROLE.get(role) == kind

    try:
        actions.appoint(person=person, role=role, desk=desk, unit=None if desk else unit)
    except Invalid:
        assert not fits
    else:
        assert fits

    expected = [(role, desk.id if desk else None, desk.unit_id if desk else unit.id)] if fits else []
    found = session.execute(select(Appointment.role, Appointment.desk_id, Appointment.unit_id)).all()
    assert [tuple(row) for row in found] == expected


def test_appointment_ends_once(town):
    appointment = actions.appoint(person=town.resident(), role=Role.BUTLER, desk=town.butler_desks[0])

    actions.end_appointment(appointment, on=date(2027, 1, 1))

    assert appointment.valid_to == date(2027, 1, 1)
    with pytest.raises(Conflict):
        actions.end_appointment(appointment)


def test_add_resident_behind_a_door(session, town):
    community = town.unit_of(Role.COMMUNITY_STAFF)
    estate = Estate(name="演示小区", community_id=community.id, company="演示物业")
    session.add(estate)
    session.flush()
    building = Building(estate_id=estate.id, name="1幢")
    session.add(building)
    session.flush()
    household = Household(building_id=building.id, door="3单元502")
    session.add(household)
    session.flush()

    person = actions.add_resident(name="陈大文", phone=None, household=household, is_demo=True)

    home = session.scalars(select(Residence)).one()
    assert (home.person_id, home.household_id, home.valid_from) == (person.id, household.id, clock.today())


def test_absence_must_end_after_it_starts(town):
    with pytest.raises(Invalid):
        actions.record_absence(person=town.resident(), starts_at=NOON, ends_at=NOON)
