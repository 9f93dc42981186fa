"""Questions about places, desks and the working calendar. Validity is half-open: `valid_to` is the first day after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, Text, and_, any_, bindparam, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, load_only

from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import NotFound
from butler.kit.worktime import WorkCalendar
from butler.org.models import (
    Building,
    BuildingGrid,
    CalendarDay,
    CalendarYear,
    Desk,
    DeskBuilding,
    Estate,
    SlotPattern,
    Unit,
)
from butler.org.rules import CODE_LENGTH, codes_down_to
from butler.org.states import DayKind, DeskKind, Level

CALENDAR_KEPT = timedelta(seconds=60)
_DISTRICT = CODE_LENGTH[Level.DISTRICT]


@dataclass(frozen=True, slots=True)
class Place:
    """Everything a case needs to know of a building on one day."""

    building: Building
    estate: Estate
    grid: Unit | None
    community: Unit
    street: Unit
    district: Unit
    butler_desk: Desk | None
    """The butler desk that covers the building."""

    @property
    def zone_id(self) -> int | None:
        """The 片区 of the estate."""
        return self.estate.zone_id

    @property
    def unit(self) -> Unit:
        """The lowest unit known: the grid, or the community."""
        return self.grid or self.community

    @property
    def units(self) -> tuple[Unit, ...]:
        """From the district down."""
        return (self.district, self.street, self.community, *([self.grid] if self.grid else []))


def unit_by_code(code: str) -> Unit:
    """The unit with this code, ended ones too. Raises NotFound."""
    unit = db.session.scalar(select(Unit).where(Unit.code == code)) if "\0" not in code else None
    if unit is None:
        raise NotFound("没有这个编码的地方，请核对后再试。")
    return unit


def children_of(unit: Unit) -> Select[Unit]:
    """The units right under this one that have not ended; page them by code."""
    return select(Unit).where(Unit.parent_id == unit.id, Unit.valid_to.is_(None))


def chain_of(unit: Unit) -> list[Unit]:
    """The units from the district down to this one; a city or a province stands alone."""
    codes = [code for code in codes_down_to(unit.code) if len(code) >= _DISTRICT]
    if not codes:
        return [unit]
    return list(db.session.scalars(select(Unit).where(Unit.code.in_(codes)).order_by(func.length(Unit.code))))


def desk_of(unit: Unit) -> Desk:
    """The unit's own desk (every unit has one)."""
    return db.session.scalars(select(Desk).where(Desk.unit_id == unit.id, Desk.kind != DeskKind.BUTLER)).one()


def desk(desk_id: int) -> Desk:
    """The desk with this id, with its unit."""
    return db.session.scalars(select(Desk).where(Desk.id == desk_id).options(joinedload(Desk.unit))).one()


def desks_of_chain(path: str) -> list[Desk]:
    """The desks of the units of a path from the district down, each with its unit, in one query."""
    return list(db.session.scalars(desks_on_way(), of_way(path, None)))


@cache
def desks_on_way() -> Select[Desk]:
    """The desks of `of_way`, from the district down, the butlers' own one last."""
    of_units = and_(Unit.code == any_(bindparam("codes", type_=ARRAY(Text))), Desk.kind != DeskKind.BUTLER)
    return (
        select(Desk)
        .join(Desk.unit)
        .where(or_(of_units, Desk.id == bindparam("own", type_=BigInteger)))
        .order_by(Desk.kind == DeskKind.BUTLER, func.length(Unit.code))
        .options(contains_eager(Desk.unit).load_only(Unit.code, Unit.name, Unit.level))
    )


def of_way(path: str, own: Desk | None) -> dict[str, Any]:
    """What `desks_on_way` asks for: a path, and the butlers' own desk where there is one."""
    return {"codes": [code for code in path.split(".") if len(code) >= _DISTRICT], "own": own.id if own else None}


def butler_desk_of(building_id: int, on_day: date) -> Desk | None:
    """The butler desk that covers a building on a day."""
    return db.session.scalar(
        select(Desk)
        .join(DeskBuilding, DeskBuilding.desk_id == Desk.id)
        .where(DeskBuilding.building_id == building_id, _holds(DeskBuilding, on_day))
    )


def grid_of(building_id: int, on_day: date) -> Unit | None:
    """The grid a building belongs to on a day."""
    return db.session.scalar(
        select(Unit)
        .join(BuildingGrid, BuildingGrid.grid_id == Unit.id)
        .where(BuildingGrid.building_id == building_id, _holds(BuildingGrid, on_day))
    )


def place_of_building(building_id: int) -> Place:
    """Where a building is today, in one query of index look-ups. Raises NotFound."""
    row = db.session.execute(_place_query(), {"building_id": building_id}).one_or_none()
    if row is None:
        raise NotFound("没有找到这幢楼，请核对后再试。")
    return Place(*row)


@cache  # filing a case asks this: built once, not each time
def _place_query() -> Select[Building, Estate, Unit, Unit, Unit, Unit, Desk]:
    community, street, district, grid, beside = (aliased(Unit) for _ in range(5))
    return (
        select(Building, Estate, grid, community, street, district, Desk)
        .join(Estate, Estate.id == Building.estate_id)
        .join(community, community.id == Estate.community_id)
        .join(street, street.id == community.parent_id)
        .join(district, district.id == street.parent_id)
        .outerjoin(BuildingGrid, and_(BuildingGrid.building_id == Building.id, BuildingGrid.valid_to.is_(None)))
        .outerjoin(grid, grid.id == BuildingGrid.grid_id)
        .outerjoin(DeskBuilding, and_(DeskBuilding.building_id == Building.id, DeskBuilding.valid_to.is_(None)))
        .outerjoin(Desk, Desk.id == DeskBuilding.desk_id)
        .outerjoin(beside, beside.id == Desk.unit_id)
        .where(Building.id == bindparam("building_id"))
        .options(
            contains_eager(Building.estate).contains_eager(Estate.community.of_type(community)),
            contains_eager(Desk.unit.of_type(beside)),
            *(load_only(unit.code, unit.name, unit.level, unit.path) for unit in (community, street, district, grid)),
        )
    )


def zone_neighbours(desk: Desk) -> list[Desk]:
    """The other butler desks of the same 片区, the one set up nearest to this one first."""
    if desk.zone_id is None:
        return []
    return list(
        db.session.scalars(
            select(Desk)
            .where(Desk.zone_id == desk.zone_id, Desk.kind == DeskKind.BUTLER, Desk.id != desk.id)
            .order_by(func.abs(Desk.id - desk.id), Desk.id)
            .options(joinedload(Desk.unit))
        )
    )


def slot_patterns(desk_id: int) -> Sequence[SlotPattern]:
    """The off-hours windows of a desk through the week."""
    return db.session.scalars(
        select(SlotPattern).where(SlotPattern.desk_id == desk_id).order_by(SlotPattern.weekday, SlotPattern.starts)
    ).all()


@dataclass(frozen=True, slots=True)
class _Kept:
    calendar: WorkCalendar
    newest: datetime | None
    asked_at: datetime


_kept: WeakKeyDictionary[Any, _Kept] = WeakKeyDictionary()  # by database: one never speaks for another


def calendar() -> WorkCalendar:
    """The working calendar as loaded from the published notices, at most a minute old in this process."""
    database, now = db.session.get_bind(), clock.now()
    kept = _kept.get(database)
    if kept is not None and abs(now - kept.asked_at) < CALENDAR_KEPT:
        return kept.calendar
    newest = db.session.scalar(select(func.max(CalendarYear.loaded_at)))
    found = kept.calendar if kept is not None and kept.newest == newest else _read_calendar(newest)
    _kept[database] = _Kept(found, newest, now)
    return found


def forget_calendar() -> None:
    """Read the calendar again next time, in this process: a notice has just been loaded."""
    _kept.pop(db.session.get_bind(), None)


def _read_calendar(newest: datetime | None) -> WorkCalendar:
    years = db.session.scalars(select(CalendarYear.year)).all()
    days = db.session.execute(select(CalendarDay.day, CalendarDay.kind)).all()
    return WorkCalendar(
        {day: kind == DayKind.WORK for day, kind in days},
        frozenset(years),
        version=newest.isoformat() if newest else "",
    )


def _holds(period: type[BuildingGrid | DeskBuilding], on_day: date) -> ColumnElement[bool]:
    """Nothing is dated ahead, so from today on the open row holds, which a unique index finds."""
    if on_day >= clock.today():
        return period.valid_to.is_(None)
    return and_(period.valid_from <= on_day, or_(period.valid_to.is_(None), period.valid_to > on_day))
