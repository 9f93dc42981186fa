"""Butler desks: setting them up, which buildings they cover, when they are open off-hours."""

from datetime import time

from sqlalchemy import select

from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Invalid
from butler.org.actions.places import add_once
from butler.org.models import Building, Desk, DeskBuilding, SlotPattern, Unit, Zone
from butler.org.states import DeskKind, Level


def add_butler_desk(*, unit: Unit, name: str, phone: str | None = None, zone: Zone | None = None) -> Desk:
    """A butler's desk in a community. `phone`: a duty telephone that anyone may call, never a private one.

    Raises Invalid when `unit` is not a community.
    """
    if unit.level != Level.COMMUNITY:
        raise Invalid.at("/unit", "管家服务台要建在社区下面。")
    desk = Desk(unit_id=unit.id, kind=DeskKind.BUTLER, name=name, phone=phone, zone_id=zone and zone.id)
    db.session.add(desk)
    db.session.flush()
    return desk


def cover(*, desk: Desk, building: Building) -> None:
    """Let a butler desk look after a building from today; whoever did until now no longer does.

    Raises Invalid when it is not a butler desk.
    """
    if desk.kind != DeskKind.BUTLER:
        raise Invalid.at("/desk", "楼只能交给管家服务台。")
    # Two hand-overs at once: one after the other.
    db.session.scalar(select(Building.id).where(Building.id == building.id).with_for_update())
    today = clock.today()
    present = db.session.scalar(
        select(DeskBuilding).where(DeskBuilding.building_id == building.id, DeskBuilding.valid_to.is_(None))
    )
    if present is not None:
        if present.desk_id == desk.id:
            return
        present.valid_to = today
        db.session.flush()
    db.session.add(DeskBuilding(desk_id=desk.id, building_id=building.id, valid_from=today))
    db.session.flush()


def add_slot_pattern(
    *, desk: Desk, weekday: int, starts: time, ends: time, place: str, capacity: int, cutoff_minutes: int
) -> SlotPattern:
    """A weekly off-hours window (错峰): `weekday` 0 is Monday, times are Chinese time, `capacity` people at most,
    booked at the latest `cutoff_minutes` before it starts.

    Raises Invalid (figures out of range) and Conflict (the desk has a window that starts then).
    """
    if not 0 <= weekday <= 6:
        raise Invalid.at("/weekday", "星期要在 0（周一）到 6（周日）之间。")
    if starts >= ends:
        raise Invalid.at("/ends", "结束时间要晚于开始时间。")
    if not 1 <= capacity <= 50:
        raise Invalid.at("/capacity", "每个时段可约 1–50 人。")
    if not 0 <= cutoff_minutes <= 2880:
        raise Invalid.at("/cutoff_minutes", "提前预约的时间要在 0–2880 分钟之间。")
    pattern = SlotPattern(
        desk_id=desk.id,
        weekday=weekday,
        starts=starts,
        ends=ends,
        place=place,
        capacity=capacity,
        cutoff_minutes=cutoff_minutes,
    )
    add_once(pattern, "这一天的这个时间已经有一个错峰时段。")
    return pattern
