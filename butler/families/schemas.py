"""What comes in and goes out. The same schemas read JSON and forms."""

from typing import Any

import marshmallow as ma
from marshmallow import fields as plain

from butler.families.rules import MOST_MATTERS
from butler.families.states import Basis, ConfirmedHow, DelegationState, EndedWhy, OverWhy, Paper, Power
from butler.web.fields import Day, Ident, Moment, Phone, Said, Schema, Text, Whole, Word


def _acts() -> Any:
    one = ma.validate.Length(min=1, max=len(Power), error=Said("请至少选一项。", "required"))
    return plain.List(Word(Power), required=True, validate=one)


def _matters() -> Any:
    return plain.List(Text(max=8), load_default=list, validate=ma.validate.Length(max=MOST_MATTERS))


class AuthorityIn(Schema):
    """What somebody may do, in which matters (none named: in every), until the end of which day (a year at most)."""

    acts = _acts()
    matters = _matters()
    until = Day(required=True)


class ProposalIn(AuthorityIn):
    """With whom: how the caller calls them, and their telephone."""

    name = Text(max=40, required=True)
    phone = Phone(required=True)


class AgreeIn(Schema):
    """What is given of what was asked for; without `until` for as long as was asked."""

    acts = _acts()
    matters = _matters()
    until = Day(load_default=None, allow_none=True)


class FaceToFaceIn(AuthorityIn):
    """Who gave it in front of a butler (by telephone, or by name and door), to whom, and which paper was shown."""

    name = Text(max=40, required=True)
    phone = Phone(load_default=None, allow_none=True)
    building_id = Ident(load_default=None, allow_none=True)
    door = Text(max=40, load_default=None, allow_none=True)
    delegate_name = Text(max=40, required=True)
    delegate_phone = Phone(required=True)
    paper = Word(Paper, required=True)


class GuardianIn(Schema):
    """Who is guardian of which child. Of the birthday only the day on which the child turns 14 is kept."""

    child_name = Text(max=40, required=True)
    born_on = Day(required=True)
    child_phone = Phone(load_default=None, allow_none=True)
    name = Text(max=40, required=True)
    phone = Phone(required=True)
    other_guardian_phone = Phone(load_default=None, allow_none=True)
    paper = Word(Paper, required=True)


class AdultGuardianIn(Schema):
    """Who is guardian of which adult (by telephone, or by name and door), which decision says so, who gave it and when, and
    until when it is noted. The number of the decision is not asked for."""

    ward_name = Text(max=40, required=True)
    ward_phone = Phone(load_default=None, allow_none=True)
    building_id = Ident(load_default=None, allow_none=True)
    door = Text(max=40, load_default=None, allow_none=True)
    name = Text(max=40, required=True)
    phone = Phone(required=True)
    paper = Word(Paper, required=True)
    issuer = Text(max=60, required=True)
    issued_on = Day(required=True)
    until = Day(required=True)


class GuardianOverIn(Schema):
    """Which guardianship is over, by the guardian's telephone and the ward's name, and why: `decided` or `mistaken`."""

    ward_name = Text(max=40, required=True)
    phone = Phone(required=True)
    why = Word(OverWhy, required=True)


class OtherAnswer(Schema):
    """The other of the two, as far as the caller may know. `phone` shows what is needed to recognise it."""

    name = plain.String()
    phone = plain.String(allow_none=True, metadata={"example": "138****8000"})


class CoveredAnswer(Schema):
    """A matter it covers."""

    code = plain.String()
    name = plain.String()


class DelegationAnswer(Schema):
    """A delegation as one of the two sees it. `direction`: `given`, the other acts for the caller; `received`, the caller
    acts for the other. `may`: what the caller can do with it now (agree, refuse, end)."""

    id = Ident()
    basis = Word(Basis)
    direction = plain.String()
    other = plain.Nested(OtherAnswer)
    state = Word(DelegationState)
    acts = plain.List(Word(Power))
    matters = plain.List(plain.Nested(CoveredAnswer))
    starts_at = Moment()
    ends_at = Moment()
    confirmed_how = Word(ConfirmedHow, allow_none=True)
    confirmed_at = Moment(allow_none=True)
    paper = Word(Paper, allow_none=True)
    issuer = plain.String(allow_none=True)
    issued_on = Day(allow_none=True)
    ended_at = Moment(allow_none=True)
    ended_why = Word(EndedWhy, allow_none=True)
    may = plain.List(plain.String())


class DelegationPage(Schema):
    """Some of them, the newest first."""

    items = plain.List(plain.Nested(DelegationAnswer))
    next_cursor = plain.String(allow_none=True)


class SeenAnswer(Schema):
    """What a butler wrote down."""

    id = Ident()
    basis = Word(Basis)
    state = Word(DelegationState)
    ends_at = Moment()


class StartIn(Schema):
    """A matter to begin with."""

    matter = Text(max=8)


class CursorIn(Schema):
    """From where on."""

    cursor = Text(max=200)
    limit = Whole(min=1, max=50, load_default=20)
