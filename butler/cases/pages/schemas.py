"""What residents fill in on pages, where a form asks it otherwise than the API."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields as plain

from butler.cases.schemas import FileIn, NoteIn
from butler.cases.states import Kind, Mode
from butler.web.fields import Flag, Ident, Said, Schema, Text, Whole, Word


class StartIn(Schema):
    """The address a request starts from; `q.<question>` are answers given on the checklist."""

    kind = Word(Kind)
    matter = Text(max=8)
    card = Text(max=32)
    building = Ident()


class FamilyIn(Schema):
    """For whom: the delegation by which one acts for them. Left empty: for oneself."""

    delegation = Ident(load_default=None)


class AskIn(FileIn):
    """A request as the form asks it: an evening is a slot, so there is no mode; the place is a card or a building."""

    class Meta(FileIn.Meta):
        exclude = ("mode", "unit_code", "beneficiary_sees")

    beneficiary = plain.Nested(FamilyIn)
    hidden = Flag(load_default=False)

    @ma.validates_schema
    def _complete(self, data: Mapping[str, Any], **_: Any) -> None:
        wrong: dict[str, Any] = {}
        if data["kind"] is Kind.CONSULT and not data["summary"]:
            wrong["summary"] = [Said("请写一写您想问什么，几个字也行。", "required")]
        if wrong:
            raise ma.ValidationError(wrong)

    @ma.post_load
    def _settle(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Fill in what the API would have been told."""
        errand = data["kind"] is Kind.ERRAND
        slot_id = (data.pop("slot_id", "") or None) if errand else None
        family = data.pop("beneficiary", None)
        return data | {
            "slot_id": slot_id,
            "mode": (Mode.OFF_HOURS if slot_id else Mode.DAYTIME) if errand else None,
            "beneficiary": family if family and family["delegation"] else None,
            "beneficiary_sees": not data.pop("hidden"),
        }


class HideIn(Schema):
    """Whether the other is not to see the case."""

    hidden = Flag(required=True)


class ReachIn(Schema):
    """How somebody may be reached; a box that is not ticked is not sent."""

    no_calls = Flag(load_default=False)
    no_texts = Flag(load_default=False)
    reach = Text(max=200, load_default="")


class ConfirmIn(NoteIn):
    """确认完成, with or without a grade."""

    grade = Whole(min=1, max=5, load_default=None)
    tags = plain.List(Text(max=20), load_default=list, validate=ma.validate.Length(max=10))

    @ma.validates_schema
    def _grade_first(self, data: Mapping[str, Any], **_: Any) -> None:
        if data["tags"] and data["grade"] is None:
            raise ma.ValidationError({"grade": [Said("您选了理由，请也选一下满意不满意。", "required")]})
