"""Setting up places and desks by hand."""

from collections.abc import Callable
from datetime import date, time

import pytest
from sqlalchemy import select

from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid
from butler.org import actions, queries
from butler.org.models import BuildingGrid, DeskBuilding, Unit
from factories import Street, Town, load_calendar, make_town

At = Callable[[str], None]
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)


@pytest.fixture
def town(at: At, session: object) -> Town:
    """Built on a Monday."""
    at("2026-11-23 09:00")
    load_calendar()
    return make_town()


@pytest.fixture
def here(town: Town) -> Street:
    """The street the tests are about."""
    return town.here


def test_add_grid_makes_unit_and_desk(here: Street) -> None:
    grid = actions.add_grid(community=here.community, number=27, name="一社区第27网格")

    assert (grid.level, grid.code, grid.parent_id) == ("grid", here.community.code + "027", here.community.id)
    assert (grid.path, grid.valid_from) == (f"{here.community.path}.{grid.code}", MONDAY)
    desk = queries.desk_of(grid)
    assert (desk.kind, desk.name) == ("grid", "一社区第27网格服务台")


def test_add_grid_number_used_is_refused_and_the_transaction_goes_on(here: Street) -> None:
    with pytest.raises(Conflict, match="已经有序号为 1 的网格"):
        actions.add_grid(community=here.community, number=1, name="又一个")

    assert actions.add_grid(community=here.community, number=3, name="第三网格").code.endswith("003")


def test_adding_under_the_wrong_level_is_refused(here: Street) -> None:
    for deed in (
        lambda: actions.add_grid(community=here.street, number=3, name="网格"),
        lambda: actions.add_zone(street=here.community, name="片区"),
        lambda: actions.add_estate(community=here.street, name="苑", company="物业"),
        lambda: actions.add_butler_desk(unit=here.street, name="管家岗"),
    ):
        with pytest.raises(Invalid):
            deed()


def test_adding_twice_is_refused(here: Street) -> None:
    estate = actions.add_estate(community=here.community, name="新苑", company="物业")
    building = actions.add_building(estate=estate, name="1幢")
    actions.add_household(building=building, door="1单元101")

    for deed in (
        lambda: actions.add_estate(community=here.community, name="新苑", company="别的物业"),
        lambda: actions.add_building(estate=estate, name="1幢"),
        lambda: actions.add_household(building=building, door="1单元101"),
    ):
        with pytest.raises(Conflict, match="已经有"):
            deed()


def test_cover_ends_the_old_coverage_that_day(here: Street, at: At) -> None:
    building = here.buildings[0]
    at("2026-11-24 09:00")
    actions.cover(desk=here.other_desk, building=building)

    assert coverage(building.id) == [(here.desk.id, MONDAY, TUESDAY), (here.other_desk.id, TUESDAY, None)]
    assert queries.butler_desk_of(building.id, MONDAY) == here.desk
    assert queries.butler_desk_of(building.id, TUESDAY) == here.other_desk
    assert queries.butler_desk_of(building.id, date(2026, 11, 22)) is None


def test_cover_again_by_the_same_desk_changes_nothing(here: Street, at: At) -> None:
    at("2026-11-24 09:00")
    actions.cover(desk=here.desk, building=here.buildings[0])

    assert coverage(here.buildings[0].id) == [(here.desk.id, MONDAY, None)]


def test_cover_twice_on_a_day_counts_for_the_last(here: Street) -> None:
    actions.cover(desk=here.other_desk, building=here.buildings[0])

    assert queries.butler_desk_of(here.buildings[0].id, MONDAY) == here.other_desk
    assert queries.place_of_building(here.buildings[0].id).butler_desk == here.other_desk


def test_cover_by_a_desk_without_a_butler_is_refused(here: Street) -> None:
    with pytest.raises(Invalid):
        actions.cover(desk=queries.desk_of(here.community), building=here.buildings[0])


def test_move_building_to_grid_keeps_the_past(here: Street, at: At) -> None:
    building, (first, second) = here.buildings[0], here.grids
    at("2026-11-25 09:00")
    actions.move_building_to_grid(building=building, grid=second, from_day=TUESDAY)

    assert queries.grid_of(building.id, MONDAY) == first
    assert queries.grid_of(building.id, TUESDAY) == second
    assert queries.grid_of(building.id, WEDNESDAY) == second
    assert queries.grid_of(building.id, date(2026, 11, 22)) is None


def test_move_building_to_its_own_grid_changes_nothing(here: Street, at: At) -> None:
    at("2026-11-25 09:00")
    actions.move_building_to_grid(building=here.buildings[0], grid=here.grids[0], from_day=WEDNESDAY)

    rows = db.session.execute(
        select(BuildingGrid.valid_from, BuildingGrid.valid_to).where(BuildingGrid.building_id == here.buildings[0].id)
    ).all()
    assert rows == [(MONDAY, None)]


def test_move_building_wrongly_is_refused(here: Street, town: Town) -> None:
    building = here.buildings[0]
    wrong: list[tuple[Unit, date]] = [
        (here.community, MONDAY),
        (town.sibling.grids[0], MONDAY),
        (here.grids[1], TUESDAY),  # still to come
        (here.grids[1], date(2026, 11, 22)),  # before it came where it is
    ]

    for grid, from_day in wrong:
        with pytest.raises(Invalid):
            actions.move_building_to_grid(building=building, grid=grid, from_day=from_day)

    assert queries.grid_of(building.id, MONDAY) == here.grids[0]


EVENING = {
    "weekday": 1, "starts": time(18, 30), "ends": time(20), "place": "物业大厅", "capacity": 6, "cutoff_minutes": 30,
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weekday", -1), ("weekday", 7), ("ends", time(18, 30)), ("ends", time(18)),
        ("capacity", 0), ("capacity", 51), ("cutoff_minutes", -1), ("cutoff_minutes", 2881),
    ],
)  # fmt: skip
def test_add_slot_pattern_out_of_range_is_refused(field: str, value: object, here: Street) -> None:
    with pytest.raises(Invalid) as refused:
        actions.add_slot_pattern(desk=here.desk, **{**EVENING, field: value})

    assert [error.pointer for error in refused.value.errors] == [f"/{field}"]


def test_add_slot_pattern_at_the_same_time_is_refused(here: Street) -> None:
    actions.add_slot_pattern(desk=here.desk, **EVENING)

    with pytest.raises(Conflict):
        actions.add_slot_pattern(desk=here.desk, **EVENING)


def coverage(building_id: int) -> list[tuple]:
    rows = db.session.execute(
        select(DeskBuilding.desk_id, DeskBuilding.valid_from, DeskBuilding.valid_to)
        .where(DeskBuilding.building_id == building_id)
        .order_by(DeskBuilding.id)
    )
    return [tuple(row) for row in rows]
