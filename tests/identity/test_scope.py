"""Who may see which rows: every role × every relation × every place, with rows around that must stay hidden."""

import pytest
from sqlalchemy import select

from butler.cases.models import Case
from butler.identity import actions, queries, scope
from butler.identity.permissions import GRANTS, Permission, Role
from butler.kit import clock
from butler.kit.database import db
from butler.kit.numbers import new_number
from butler.org.models import Unit
from rows import between

DISTRICT, STREET, COMMUNITY, GRID = "330106", "330106001", "330106001001", "330106001001001"
SIBLING = {GRID: "330106001001002", COMMUNITY: "330106001002", STREET: "330106002", DISTRICT: "330105"}
BELOW = {COMMUNITY: GRID, STREET: COMMUNITY, DISTRICT: GRID}
ABOVE = {GRID: COMMUNITY, COMMUNITY: STREET, STREET: DISTRICT, DISTRICT: "3301"}

DESK_ROLES = (Role.BUTLER, Role.GRID_WORKER, Role.COMMUNITY_STAFF, Role.STREET_STAFF, Role.DISTRICT_STAFF)
SUPERVISORS = DESK_ROLES[2:]

# What each role sees of a case that has nothing to do with it but this one thing.
SEES = {
    "asked by me": tuple(Role),
    "for me": tuple(Role),
    "asked by me, hidden by whom it is for": (),
    "for me, hidden by who asked": (),
    "hidden from me, on my desk": DESK_ROLES,
    "recorded by me": (),
    "in my hands, elsewhere": DESK_ROLES,
    "on my desk": DESK_ROLES,
    "my desk answers for it": DESK_ROLES,
    "on the other butler desk": (),
    "in my unit": SUPERVISORS,
    "below my unit": SUPERVISORS,
    "above my unit": (),
    "in the unit beside mine": (),
    "in another district": (),
}


@pytest.mark.parametrize("role", Role)
def test_visible_whole_table(town, role):
    me, home = _appointed(town, role)
    cases = _one_case_of_each(town, me, home, role)

    seen = set(db.session.scalars(select(Case.id).where(scope.visible(Case, _actor(me)))))

    expected = {name for name, roles in SEES.items() if role in roles and name in cases}
    assert {name for name, case in cases.items() if case.id in seen} == expected
    assert len(seen) == len(expected)


@pytest.mark.parametrize("role", Role)
def test_workable_whole_table(town, role):
    me, home = _appointed(town, role)
    cases = _one_case_of_each(town, me, home, role)

    found = set(db.session.scalars(select(Case.id).where(scope.workable(Case, _actor(me)))))

    on_my_desk = {cases[name].id for name in ("on my desk", "hidden from me, on my desk")}
    assert found == (on_my_desk if role in DESK_ROLES else set())


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_places_of_a_permission_whole_table(town, role, permission):
    me, home = _appointed(town, role)
    actor = _actor(me)
    granted = permission in GRANTS[role] and role is not Role.RESIDENT
    desk = town.desk_of(role)

    assert actor.may(permission) == (permission in GRANTS[role] | GRANTS[Role.RESIDENT])
    assert scope.desks_where(actor, permission) == ((desk.id,) if granted and desk else ())
    assert scope.paths_where(actor, permission) == (
        (town.units[home].path,) if granted and role is not Role.BUTLER else ()
    )
    below = {code for code in town.units if code.startswith(home)}
    units = set(db.session.scalars(select(Unit.code).where(scope.units_where(actor, permission))))
    assert units == (below if granted else set())


def test_two_posts_add_up_and_do_not_mix(town):
    me = town.staff(Role.BUTLER)
    actions.appoint(person=me, role=Role.CATALOGUE_EDITOR, unit=town.units[SIBLING[DISTRICT]])

    actor = _actor(me)

    assert actor.roles == (Role.BUTLER, Role.CATALOGUE_EDITOR, Role.RESIDENT)
    assert scope.desks_where(actor, Permission.CASE_WORK) == (town.butler_desks[0].id,)
    assert scope.paths_where(actor, Permission.ORG_SEE) == (town.units[SIBLING[DISTRICT]].path,)


def test_post_says_its_unit(town):
    (post,) = _actor(town.staff(Role.STREET_STAFF)).posts

    assert (post.unit_code, post.role_name, post.desk_id) == (STREET, "街道工作人员", town.desks[STREET].id)


def _actor(person):
    actor = queries.load_actor(person.id, clock.now())
    assert actor is not None
    return actor


def _appointed(town, role):
    if role is Role.RESIDENT:
        return town.resident(), DISTRICT
    return town.staff(role), town.unit_of(role).code


def _one_case_of_each(town, me, home, role):
    stranger = town.resident("别人")
    far, desk = SIBLING[DISTRICT], town.desk_of(role) or town.desks[home]

    def case(
        *, place=far, desk=None, accountable=None, holder=None, asker=stranger, beneficiary=stranger, recorder=stranger,
        hidden_from=None,
    ):  # fmt: skip
        return _case(
            town.units[place],
            desk=desk or town.desks[far],
            accountable=accountable or town.desks[far],
            holder=holder,
            people=(asker, beneficiary, recorder),
            hidden_from=hidden_from,
        )

    cases = {
        "asked by me": case(asker=me),
        "for me": case(beneficiary=me),
        "asked by me, hidden by whom it is for": case(asker=me, hidden_from=me),
        "for me, hidden by who asked": case(beneficiary=me, hidden_from=me),
        "hidden from me, on my desk": case(asker=me, hidden_from=me, desk=desk),
        "recorded by me": case(recorder=me),
        "in my hands, elsewhere": case(holder=me),
        "on my desk": case(desk=desk),
        "my desk answers for it": case(accountable=desk),
        "on the other butler desk": case(desk=town.butler_desks[1]),
        "in my unit": case(place=home),
        "above my unit": case(place=ABOVE[home]),
        "in the unit beside mine": case(place=SIBLING[home]),
        "in another district": case(),
    }
    if home in BELOW:
        cases["below my unit"] = case(place=BELOW[home])
    return cases


def _case(unit, *, desk, accountable, holder, people, hidden_from):
    now = clock.now()
    asker, beneficiary, recorder = people
    case = Case(
        number=new_number(), district=unit.district, kind="consult", urgency="normal", urgency_rank=1,
        stage="in_hand" if holder else "waiting", state="asked", matter_name="咨询",
        asker_id=asker.id, beneficiary_id=beneficiary.id, recorder_id=recorder.id,
        asker_sees=asker is not hidden_from, beneficiary_sees=beneficiary is not hidden_from,
        delegation_id=between(beneficiary.id, asker.id),
        unit_id=unit.id, unit_path=unit.path, desk_id=desk.id, accountable_desk_id=accountable.id,
        holder_id=holder.id if holder else None, lease_until=now if holder else None,
        due_why="演示", next_alarm_at=now, created_at=now, head_hash=b"",
    )  # fmt: skip
    db.session.add(case)
    db.session.flush()
    return case
