"""Shapes of the answers about places."""

import marshmallow as ma

from butler.org.states import DeskKind, Level
from butler.web.fields import Day, Ident, Schema, Text, Word


class UnitName(Schema):
    """A unit in a list."""

    code = ma.fields.String(required=True)
    level = Word(Level, required=True)
    name = ma.fields.String(required=True)


class UnitDesk(Schema):
    """Where cases of the unit wait."""

    id = Ident(required=True)
    kind = Word(DeskKind, required=True)
    name = ma.fields.String(required=True)
    phone = ma.fields.String(required=True, allow_none=True)


class UnitAnswer(UnitName):
    """One unit: the way down to it from the district (itself last), its desk, since and until when it exists."""

    chain = ma.fields.List(ma.fields.Nested(UnitName), required=True)
    desk = ma.fields.Nested(UnitDesk, required=True)
    valid_from = Day(required=True)
    valid_to = Day(required=True, allow_none=True, metadata={"description": "the first day on which it no longer is"})


class UnitPage(Schema):
    """Some units, in the order of their codes."""

    items = ma.fields.List(ma.fields.Nested(UnitName), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class PageQuery(Schema):
    """Which page."""

    cursor = Text(max=200)
