"""Deeds on the tree of places. Each flushes; the edge commits."""

from butler.org.actions.desks import add_butler_desk, add_slot_pattern, cover
from butler.org.actions.importing import import_divisions
from butler.org.actions.places import (
    add_building,
    add_estate,
    add_grid,
    add_household,
    add_zone,
    move_building_to_grid,
)

__all__ = [
    "add_building",
    "add_butler_desk",
    "add_estate",
    "add_grid",
    "add_household",
    "add_slot_pattern",
    "add_zone",
    "cover",
    "import_divisions",
    "move_building_to_grid",
]
