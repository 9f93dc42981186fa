"""Making sure who a resident is."""

from typing import Any

import marshmallow as ma

from butler.identity.id_numbers import read_id_number
from butler.identity.states import VerifiedHow
from butler.web.fields import Moment, Phone, Said, Schema, Text, Word


def check_id_number(typed: str | None) -> None:
    """Raise ValidationError for a number that cannot be one of a card."""
    if typed and read_id_number(typed) is None:
        raise ma.ValidationError(Said("身份证号不对，请对照证件再看一遍。", "id-number"))


class VerifySchema(Schema):
    """What the butler has seen. Of `id_number` only a keyed hash is kept."""

    phone = Phone(required=True)
    name = Text(max=40, required=True)
    how = Word(VerifiedHow, required=True)
    id_number = Text(max=40, load_default=None, allow_none=True, validate=check_id_number)

    @ma.post_load
    def _read_number(self, sent: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**sent, "id_number": read_id_number(sent["id_number"]) if sent["id_number"] else None}


class VerifiedSchema(Schema):
    """When it was noted."""

    verified_at = Moment()
