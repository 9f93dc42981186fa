"""Another telephone."""

from typing import Any

import marshmallow as ma

from butler.identity.id_numbers import read_id_number
from butler.identity.schemas.residents import check_id_number
from butler.identity.schemas.signing_in import CodeSchema, PhoneSchema
from butler.identity.states import VerifiedHow
from butler.web.fields import Phone, Said, Schema, Text, Word

_SHORTEST = 4  # characters of a reason


def _check_why(typed: str) -> None:
    if len(typed) < _SHORTEST:
        raise ma.ValidationError(Said(f"请写清楚为什么在这里换，至少 {_SHORTEST} 个字。居民会看到。", "too-short"))


class NewPhoneSchema(PhoneSchema, CodeSchema):
    """The new number, and the code that was sent to it."""


class LostPhoneSchema(Schema):
    """The lost number, the new one, what the papers say, and why it is changed at a desk."""

    phone = Phone(required=True)
    new_phone = Phone(required=True)
    name = Text(max=40, required=True)
    how = Word(VerifiedHow, required=True)
    id_number = Text(max=40, load_default=None, allow_none=True, validate=check_id_number)
    why = Text(max=200, required=True, validate=_check_why)

    @ma.post_load
    def _read_number(self, sent: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**sent, "id_number": read_id_number(sent["id_number"]) if sent["id_number"] else None}
