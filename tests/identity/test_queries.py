"""Who is asking, who sits at a desk, who is on duty."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event

from butler.identity import actions, queries
from butler.identity.permissions import Role
from butler.kit import clock
from butler.kit.database import db

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=clock.CHINA)


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [
        (date(2026, 11, 25), None, True),
        (date(2026, 11, 26), None, False),
        (date(2026, 1, 1), date(2026, 11, 26), True),
        (date(2026, 1, 1), date(2026, 11, 25), False),
    ],
)
def test_post_holds_from_its_first_day_up_to_its_last(town, since, until, holds):
    person = town.staff(Role.BUTLER, since=since)
    if until:
        (appointment,) = queries.appointments_of(person, datetime.combine(since, NOON.timetz()))
        actions.end_appointment(appointment, on=until)

    actor = queries.load_actor(person.id, NOON)

    assert actor.is_staff == holds
    assert queries.on_duty(town.butler_desks[0].id, NOON) == (person if holds else None)
    assert len(queries.appointments_of(person, NOON)) == holds


def test_day_of_a_post_is_a_day_in_china(town):
    person = town.staff(Role.BUTLER, since=date(2026, 11, 25))

    first_moment = datetime(2026, 11, 25, 0, 0, tzinfo=clock.CHINA)

    assert queries.load_actor(person.id, first_moment).is_staff
    assert not queries.load_actor(person.id, first_moment - timedelta(microseconds=1)).is_staff


def test_load_actor_refuses_disabled_and_unknown(town):
    person = town.staff(Role.BUTLER)
    actions.disable(person)

    assert queries.load_actor(person.id, NOON) is None
    assert queries.load_actor(person.id + 10_000, NOON) is None
    assert queries.on_duty(town.butler_desks[0].id, NOON) is None


def test_load_actor_asks_once_however_many_posts(town):
    person = town.staff(Role.BUTLER)
    actions.appoint(person=person, role=Role.BUTLER, desk=town.butler_desks[1])
    actions.appoint(person=person, role=Role.PROPERTY_LEAD, unit=town.unit_of(Role.PROPERTY_LEAD))

    with counted_statements() as statements:
        actor = queries.load_actor(person.id, clock.now())

    assert (len(actor.posts), len(statements)) == (3, 1)


def test_duty_goes_to_the_longest_serving_who_is_there(town):
    desk = town.butler_desks[0].id
    deputy = town.staff(Role.BUTLER, since=date(2026, 3, 1))
    first = town.staff(Role.BUTLER, since=date(2026, 2, 1))
    actions.record_absence(person=first, starts_at=NOON, ends_at=NOON + timedelta(hours=2))

    before, during, after = NOON - timedelta(seconds=1), NOON, NOON + timedelta(hours=2)

    assert [queries.on_duty(desk, at) for at in (before, during, after)] == [first, deputy, first]
    assert queries.members_of([desk], during) == {desk: [first, deputy]}


def test_duty_of_many_desks_is_one_question_and_names_every_desk(town):
    butler, empty = town.butler_desks[0].id, town.butler_desks[1].id
    grid = town.desk_of(Role.GRID_WORKER).id
    person, worker = town.staff(Role.BUTLER), town.staff(Role.GRID_WORKER)

    with counted_statements() as statements:
        duty = queries.duty_of([butler, empty, grid], NOON)
        members = queries.members_of([butler, empty], NOON)

    assert duty == {butler: person, empty: None, grid: worker}
    assert members == {butler: [person], empty: []}
    assert len(statements) == 2


class counted_statements:  # noqa: N801
    """The statements sent inside a `with` block."""

    def __enter__(self):
        self.statements = []
        self.bind = db.session.connection().engine
        event.listen(self.bind, "before_cursor_execute", self._count)
        return self.statements

    def __exit__(self, *_):
        event.remove(self.bind, "before_cursor_execute", self._count)

    def _count(self, connection, cursor, statement, parameters, context, executemany):
        self.statements.append(statement)
