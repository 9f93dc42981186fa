"""Units, estates, buildings, households, desks, off-hours slots and the working calendar."""

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from butler.kit.database import Base, Id, Ltree, Ref, words
from butler.org.states import DayKind, DeskKind, Level


class Unit(Base):
    """A province, city, district, street, community or grid, valid from–to. A code is never used again.

    `code`: 2/4/6/9/12/15 digits (GB/T 2260, GB/T 10114, statistical code, grid = community + 3 digits).
    `path`: the codes from the province down, dotted; `district`: the first six digits, the partition of large tables.
    """

    __tablename__ = "units"
    __table_args__ = (
        words("level", Level),
        CheckConstraint(
            "code ~ '^[0-9]+$' AND length(code) = CASE level WHEN 'province' THEN 2 WHEN 'city' THEN 4 "
            "WHEN 'district' THEN 6 WHEN 'street' THEN 9 WHEN 'community' THEN 12 ELSE 15 END",
            name="code_fits_level",
        ),
        CheckConstraint("(level = 'province') = (parent_id IS NULL)", name="only_province_has_no_parent"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="valid_from_before_to"),
        Index("ix_units_path", "path", postgresql_using="gist"),
    )

    id: Mapped[Id]
    level: Mapped[str]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    path: Mapped[str] = mapped_column(Ltree)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    parent: Mapped["Unit | None"] = relationship(remote_side="Unit.id", lazy="raise")

    @property
    def district(self) -> str:
        """The district's six digits; shorter above a district."""
        return self.code[:6]


class Zone(Base):
    """A 片区: neighbouring estates whose butlers stand in for each other."""

    __tablename__ = "zones"

    id: Mapped[Id]
    name: Mapped[str]
    street_id: Mapped[Ref] = mapped_column(ForeignKey("units.id"), index=True)


class Estate(Base):
    """A residential estate (小区) in one community."""

    __tablename__ = "estates"
    __table_args__ = (UniqueConstraint("community_id", "name"),)

    id: Mapped[Id]
    name: Mapped[str]
    community_id: Mapped[Ref] = mapped_column(ForeignKey("units.id"))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"), index=True)
    company: Mapped[str]  # the property company that manages it

    community: Mapped[Unit] = relationship(lazy="raise")


class Building(Base):
    """A building (幢) of an estate."""

    __tablename__ = "buildings"
    __table_args__ = (UniqueConstraint("estate_id", "name"),)

    id: Mapped[Id]
    estate_id: Mapped[Ref] = mapped_column(ForeignKey("estates.id"))
    name: Mapped[str]

    estate: Mapped[Estate] = relationship(lazy="raise")


class BuildingGrid(Base):
    """Which grid a building belongs to, from–to: boundaries move, old cases keep the old path."""

    __tablename__ = "building_grids"
    __table_args__ = (
        Index("uq_building_grids_current", "building_id", unique=True, postgresql_where="valid_to IS NULL"),
    )

    id: Mapped[Id]
    building_id: Mapped[Ref] = mapped_column(ForeignKey("buildings.id"), index=True)
    grid_id: Mapped[Ref] = mapped_column(ForeignKey("units.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Household(Base):
    """A front door: building and door number such as ``3单元502``."""

    __tablename__ = "households"
    __table_args__ = (UniqueConstraint("building_id", "door"),)

    id: Mapped[Id]
    building_id: Mapped[Ref] = mapped_column(ForeignKey("buildings.id"))
    door: Mapped[str]

    building: Mapped[Building] = relationship(lazy="raise")


class Desk(Base):
    """Where cases wait. Belongs to a unit, not to a person: people come and go, the desk and its cards stay."""

    __tablename__ = "desks"
    __table_args__ = (
        words("kind", DeskKind),
        Index("uq_desks_one_per_unit", "unit_id", unique=True, postgresql_where="kind <> 'butler'"),
    )

    id: Mapped[Id]
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("units.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]  # a duty telephone that anyone may call
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"), index=True)

    unit: Mapped[Unit] = relationship(lazy="raise")


class DeskBuilding(Base):
    """Which butler desk covers a building, from–to; exactly one at a time."""

    __tablename__ = "desk_buildings"
    __table_args__ = (
        Index("uq_desk_buildings_current", "building_id", unique=True, postgresql_where="valid_to IS NULL"),
    )

    id: Mapped[Id]
    desk_id: Mapped[Ref] = mapped_column(ForeignKey("desks.id"), index=True)
    building_id: Mapped[Ref] = mapped_column(ForeignKey("buildings.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class SlotPattern(Base):
    """A weekly off-hours window of a butler desk (错峰): when, where, how many people, book how long before."""

    __tablename__ = "slot_patterns"
    __table_args__ = (
        UniqueConstraint("desk_id", "weekday", "starts"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_known"),
        CheckConstraint("starts < ends", name="starts_before_ends"),
        CheckConstraint("capacity BETWEEN 1 AND 50", name="capacity_sane"),
        CheckConstraint("cutoff_minutes BETWEEN 0 AND 2880", name="cutoff_sane"),
    )

    id: Mapped[Id]
    desk_id: Mapped[Ref] = mapped_column(ForeignKey("desks.id"))
    weekday: Mapped[int] = mapped_column(SmallInteger)  # 0 is Monday
    starts: Mapped[time]
    ends: Mapped[time]
    place: Mapped[str]
    capacity: Mapped[int] = mapped_column(SmallInteger)
    cutoff_minutes: Mapped[int]


class CalendarYear(Base):
    """A year whose holidays have been published and loaded. Other years are Monday to Friday and provisional."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    source: Mapped[str]
    loaded_at: Mapped[datetime]


class CalendarDay(Base):
    """A day that differs from Monday to Friday."""

    __tablename__ = "calendar_days"
    __table_args__ = (words("kind", DayKind),)

    day: Mapped[date] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(ForeignKey("calendar_years.year"))
    kind: Mapped[str]
    name: Mapped[str]
