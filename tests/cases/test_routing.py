"""Where a case goes and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butler.cases.routing import Stop, next_above, route_down
from butler.cases.states import Direction
from butler.kit.errors import Conflict

DISTRICT = Stop(1, "区工作台", "district", on_duty=True)
STREET = Stop(2, "街道工作台", "street", on_duty=True)
COMMUNITY = Stop(3, "社区工作台", "community", on_duty=True)
GRID = Stop(4, "网格工作台", "grid", on_duty=True)
CHAIN = [DISTRICT, STREET, COMMUNITY, GRID]
OWN = Stop(10, "1幢管家岗", "butler", on_duty=True)
NEIGHBOUR = Stop(11, "2幢管家岗", "butler", on_duty=True)


def away(stop: Stop) -> Stop:
    return Stop(stop.desk_id, stop.name, stop.level, on_duty=False)


def test_route_down_lands_on_the_butler_of_the_building() -> None:
    route = route_down(CHAIN, OWN, [NEIGHBOUR])

    assert route.desk_id == OWN.desk_id
    assert route.why == "1幢管家岗负责这栋楼"
    assert [hop.desk_id for hop in route.hops] == [1, 2, 3, 4, 10]
    assert {hop.direction for hop in route.hops} == {Direction.DOWN}


def test_route_down_takes_a_neighbour_when_the_butler_is_away() -> None:
    route = route_down(CHAIN, away(OWN), [away(NEIGHBOUR), Stop(12, "3幢管家岗", "butler", on_duty=True)])

    assert route.desk_id == 12
    assert route.why == "1幢管家岗这会儿没有人值守，由同一片区的3幢管家岗代班"


def test_route_down_climbs_until_somebody_is_there() -> None:
    route = route_down([DISTRICT, STREET, COMMUNITY, away(GRID)], away(OWN), [away(NEIGHBOUR)])

    assert route.desk_id == COMMUNITY.desk_id
    assert [hop.desk_id for hop in route.hops] == [1, 2, 3]
    assert route.why == "1幢管家岗这会儿没有人值守，片区里也没有人，由社区工作台接手"


def test_route_down_nobody_anywhere_still_lands() -> None:
    route = route_down([away(stop) for stop in CHAIN], away(OWN), [])

    assert route.desk_id == DISTRICT.desk_id


def test_route_down_building_unknown_waits_at_the_lowest_unit_known() -> None:
    route = route_down([DISTRICT, STREET], None, [])

    assert route.desk_id == STREET.desk_id
    assert route.why == "还不知道是哪一栋楼，先到街道工作台，由那里分派"


def test_route_down_outside_every_district_is_refused() -> None:
    with pytest.raises(Conflict):
        route_down([], None, [])


@given(
    duty=st.lists(st.booleans(), min_size=4, max_size=4),
    known=st.integers(1, 4),
    own=st.none() | st.booleans(),
    neighbours=st.lists(st.booleans(), max_size=3),
)
def test_route_down_always_ends_on_a_stop_it_passed(
    duty: list[bool], known: int, own: bool | None, neighbours: list[bool]
) -> None:
    chain = [Stop(stop.desk_id, stop.name, stop.level, on) for stop, on in zip(CHAIN, duty, strict=True)][:known]
    butler = None if own is None else Stop(10, "管家岗", "butler", own)
    zone = [Stop(20 + place, f"邻岗{place}", "butler", on) for place, on in enumerate(neighbours)]

    route = route_down(chain, butler, zone)

    assert route.hops[-1].desk_id == route.desk_id
    assert route.hops[-1].why == route.why
    assert len({hop.desk_id for hop in route.hops}) == len(route.hops)


@pytest.mark.parametrize(("present", "above"), [(10, GRID), (4, COMMUNITY), (3, STREET), (2, DISTRICT), (1, None)])
def test_next_above(present: int, above: Stop | None) -> None:
    assert next_above(CHAIN, present) == above
