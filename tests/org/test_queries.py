"""Questions about places, each beside a sibling street and another district, each with what it costs."""

from datetime import time

import pytest

from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import NotFound
from butler.org import actions, queries
from butler.org.models import Desk
from factories import Town
from statements import statements


def test_unit_by_code(town: Town) -> None:
    assert queries.unit_by_code("330106002") == town.here.street


@pytest.mark.parametrize("code", ["", "9", "330106003", "33010600200", "北山", "\0", "330106002 ", "3" * 5000])
def test_unit_by_code_unknown_is_not_found(code: str, town: Town) -> None:
    with pytest.raises(NotFound):
        queries.unit_by_code(code)


def test_children_of_are_the_units_right_below_that_have_not_ended(town: Town) -> None:
    town.here.grids[1].valid_to = clock.today()
    db.session.flush()

    assert list(db.session.scalars(queries.children_of(town.here.community))) == [town.here.grids[0]]
    assert list(db.session.scalars(queries.children_of(town.here.street))) == [town.here.community]
    assert list(db.session.scalars(queries.children_of(town.here.grids[0]))) == []


def test_chain_of_goes_from_the_district_down(town: Town) -> None:
    here = town.here

    with statements() as sent:
        assert queries.chain_of(here.grids[1]) == [town.district, here.street, here.community, here.grids[1]]
    assert len(sent) == 1
    assert queries.chain_of(town.district) == [town.district]
    assert [unit.code for unit in queries.chain_of(queries.unit_by_code("33"))] == ["33"]
    assert [unit.code for unit in queries.chain_of(queries.unit_by_code("3301"))] == ["3301"]


def test_desk_of_a_community_is_not_one_of_its_butlers(town: Town) -> None:
    desk = queries.desk_of(town.here.community)

    assert (desk.unit_id, desk.kind) == (town.here.community.id, "community")


def test_desks_of_chain_in_one_query(town: Town) -> None:
    path = town.here.grids[0].path
    db.session.expunge_all()

    with statements() as sent:
        desks = queries.desks_of_chain(path)
        found = [(desk.kind, desk.unit.code) for desk in desks]

    assert found == [
        ("district", "330106"), ("street", "330106002"), ("community", "330106002051"), ("grid", "330106002051001"),
    ]  # fmt: skip
    assert len(sent) == 1


def test_place_of_building_in_one_query(town: Town) -> None:
    here, building_id = town.here, town.here.buildings[1].id

    with statements() as sent:
        place = queries.place_of_building(building_id)

    assert place == queries.Place(
        building=here.buildings[1],
        estate=place.estate,
        grid=here.grids[1],
        community=here.community,
        street=here.street,
        district=town.district,
        butler_desk=here.other_desk,
    )
    assert (place.estate.name, place.zone_id) == ("演示苑", here.desk.zone_id)
    assert (place.unit, place.units) == (here.grids[1], (town.district, here.street, here.community, here.grids[1]))
    assert len(sent) == 1


def test_place_of_building_without_grid_and_butler(town: Town) -> None:
    estate = actions.add_estate(community=town.here.community, name="空苑", company="物业")
    building = actions.add_building(estate=estate, name="1幢")

    place = queries.place_of_building(building.id)

    assert (place.grid, place.butler_desk, place.zone_id) == (None, None, None)
    assert (place.unit, place.units) == (town.here.community, (town.district, town.here.street, town.here.community))


def test_place_of_building_unknown_is_not_found(town: Town) -> None:
    with pytest.raises(NotFound):
        queries.place_of_building(2**62)


def test_zone_neighbours_nearest_first(town: Town) -> None:
    here = town.here
    third = add_neighbour(town, "三号管家岗")
    fourth = add_neighbour(town, "四号管家岗")

    assert queries.zone_neighbours(here.desk) == [here.other_desk, third, fourth]
    assert queries.zone_neighbours(fourth) == [third, here.other_desk, here.desk]
    assert queries.zone_neighbours(actions.add_butler_desk(unit=here.community, name="没有片区")) == []


def test_slot_patterns_through_the_week(town: Town) -> None:
    desk = town.here.desk
    for weekday, hour in ((5, 9), (1, 18), (1, 7)):
        actions.add_slot_pattern(
            desk=desk,
            weekday=weekday,
            starts=time(hour),
            ends=time(hour + 1),
            place="大厅",
            capacity=1,
            cutoff_minutes=0,
        )
    actions.add_slot_pattern(
        desk=town.here.other_desk, weekday=0, starts=time(9), ends=time(10), place="大厅", capacity=1, cutoff_minutes=0
    )

    assert [(each.weekday, each.starts.hour) for each in queries.slot_patterns(desk.id)] == [(1, 7), (1, 18), (5, 9)]


def add_neighbour(town: Town, name: str) -> Desk:
    zone = actions.add_zone(street=town.here.street, name="别的片区")
    zone_id = town.here.desk.zone_id
    desk = actions.add_butler_desk(unit=town.here.community, name=name, zone=zone)
    desk.zone_id = zone_id
    db.session.flush()
    return desk
