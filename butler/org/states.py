"""Words of the tree of places."""

from enum import StrEnum


class Level(StrEnum):
    """A level of administration, from the top down. A unit stands under the level before its own."""

    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"


class DeskKind(StrEnum):
    """What kind of desk cases wait on. Every unit has the desk of its level; butler desks cover buildings."""

    BUTLER = "butler"
    GRID = "grid"
    COMMUNITY = "community"
    STREET = "street"
    DISTRICT = "district"
    CITY = "city"
    PROVINCE = "province"


class DayKind(StrEnum):
    """Why a day differs from Monday to Friday: a holiday, or a weekend that is worked to make up for one (调休)."""

    OFF = "off"
    WORK = "work"
