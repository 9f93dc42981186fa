"""Adding grids, zones, estates, buildings and front doors by hand, and moving a building to another grid."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase

from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid
from butler.org.models import Building, BuildingGrid, Desk, Estate, Household, Unit, Zone
from butler.org.rules import desk_name, grid_code
from butler.org.states import DeskKind, Level

_UNIQUE_VIOLATION = "23505"


def add_grid(*, community: Unit, number: int, name: str) -> Unit:
    """A grid of a community and its desk, from today. `number` becomes the last three digits of the code; `name` is
    the whole name, as people say it: “上保社区第一网格”.

    Raises Invalid (not a community, number out of range) and Conflict (the code has been used; a code never is again).
    """
    _require(community, Level.COMMUNITY, "网格要建在社区下面。")
    code = grid_code(community.code, number)
    grid = Unit(
        level=Level.GRID,
        code=code,
        name=name,
        parent_id=community.id,
        path=f"{community.path}.{code}",
        valid_from=clock.today(),
    )
    add_once(grid, f"{community.name}已经有序号为 {number} 的网格。编码不能重复使用，请换一个序号。")
    db.session.add(Desk(unit_id=grid.id, kind=DeskKind.GRID, name=desk_name(name)))
    db.session.flush()
    return grid


def add_zone(*, street: Unit, name: str) -> Zone:
    """A 片区 of a street, in which butlers stand in for each other. Raises Invalid when `street` is none."""
    _require(street, Level.STREET, "片区要建在街道下面。")
    zone = Zone(name=name, street_id=street.id)
    db.session.add(zone)
    db.session.flush()
    return zone


def add_estate(*, community: Unit, name: str, company: str, zone: Zone | None = None) -> Estate:
    """A residential estate managed by the property company `company`.

    Raises Invalid (not a community) and Conflict (the community has an estate of this name).
    """
    _require(community, Level.COMMUNITY, "小区要建在社区下面。")
    estate = Estate(name=name, community_id=community.id, zone_id=zone and zone.id, company=company)
    add_once(estate, f"{community.name}已经有叫“{name}”的小区。")
    return estate


def add_building(*, estate: Estate, name: str, grid: Unit | None = None) -> Building:
    """A building of an estate, in `grid` from today.

    Raises Conflict (the estate has a building of this name) and what `move_building_to_grid` raises.
    """
    building = Building(estate_id=estate.id, name=name)
    add_once(building, f"{estate.name}已经有叫“{name}”的楼。")
    if grid is not None:
        move_building_to_grid(building=building, grid=grid, from_day=clock.today())
    return building


def add_household(*, building: Building, door: str) -> Household:
    """A front door such as ``3单元502``. Raises Conflict when the building has it."""
    household = Household(building_id=building.id, door=door)
    add_once(household, f"{building.name}已经有门牌“{door}”。")
    return household


def move_building_to_grid(*, building: Building, grid: Unit, from_day: date) -> None:
    """Let a building belong to `grid` from a day on, that day included. Cases filed before keep their path.

    Raises Invalid when `grid` is not a grid of the building's own community, when the day is still to come, or when the
    building came to its present grid after it.
    """
    community_id = db.session.scalar(
        select(Estate.community_id)
        .join(Building, Building.estate_id == Estate.id)
        .where(Building.id == building.id)
        .with_for_update(of=Building)  # two moves at once: one after the other
    )
    _require(grid, Level.GRID, "楼只能划到网格里。")
    if from_day > clock.today():
        raise Invalid.at("/from_day", "不能提前登记，请到那一天再改。")
    if grid.parent_id != community_id:
        raise Invalid.at("/grid", "这个网格不在这幢楼所在的社区，请选本社区的网格。")
    present = db.session.scalar(
        select(BuildingGrid).where(BuildingGrid.building_id == building.id, BuildingGrid.valid_to.is_(None))
    )
    if present is not None:
        if present.grid_id == grid.id:
            return
        if from_day < present.valid_from:
            raise Invalid.at("/from_day", "这幢楼划到现在的网格比这一天更晚，请选之后的日子。")
        present.valid_to = from_day
        db.session.flush()
    db.session.add(BuildingGrid(building_id=building.id, grid_id=grid.id, valid_from=from_day))
    db.session.flush()


def add_once(row: DeclarativeBase, taken: str) -> None:
    """Insert a row. Raises Conflict with the sentence `taken` when a unique constraint says it is there already."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != _UNIQUE_VIOLATION:
            raise
        raise Conflict(taken) from error


def _require(unit: Unit, level: Level, message: str) -> None:
    if unit.level != level:
        raise Invalid.at(f"/{level}", message)
