"""By what people are found without their names and numbers being opened: blind indexes, each of its own kind."""

import unicodedata

from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from butler.kit.sealing import blind_index, blind_index_in, blind_indexes

Column = InstrumentedAttribute[bytes | None]
PHONE, NAME, WECHAT, ID_NUMBER = "people.phone", "people.name", "people.wechat_openid", "people.id_number"
"""Kinds that have two columns with indexes, for the odd and for the even key. Whoever writes a value writes both, as far
as the ring has the keys; so whichever key is first for whom, the same value never stands there twice."""


def plain_form(kind: str, text: str) -> str:
    """A text as it is indexed: of a name, however its characters are composed (NFC) and whatever blanks are around it."""
    if kind == NAME:
        return unicodedata.normalize("NFC", text).strip()
    return text.upper() if kind == ID_NUMBER else text


def index_for(kind: str, text: str | None, *, even: bool) -> bytes | None:
    """What stands in the column of the odd or of the even key; None for no text, and when the ring has no such key."""
    return None if text is None else blind_index_in(kind, plain_form(kind, text), even=even)


def is_indexed(odd: Column, even: Column, kind: str, text: str) -> ColumnElement[bool]:
    """Whether one of two columns holds the index of this text, under whichever key of the ring."""
    sought = ((odd, index_for(kind, text, even=False)), (even, index_for(kind, text, even=True)))
    return or_(false(), *(column == value for column, value in sought if value is not None))


def phone_index(phone: str) -> bytes:
    """Of a person's telephone, eleven digits."""
    return blind_index(PHONE, phone)


def name_index(name: str) -> bytes:
    """Of a person's whole name."""
    return blind_index(NAME, plain_form(NAME, name))


def code_phone_index(phone: str) -> bytes:
    """Of the telephone a code was sent to: it tells nothing about whether there is such a person."""
    return blind_index("one_time_codes.phone", phone)


def code_phone_indexes(phone: str) -> list[bytes]:
    """The same under every key."""
    return blind_indexes("one_time_codes.phone", phone)


def prefix_index(phone: str) -> bytes:
    """Of the first seven digits of a telephone: the ten thousand numbers an operator hands out in one place."""
    return blind_index("one_time_codes.prefix", phone[:7])


def prefix_indexes(phone: str) -> list[bytes]:
    """The same under every key."""
    return blind_indexes("one_time_codes.prefix", phone[:7])


def username_index(username: str) -> bytes:
    """Of what was typed as a user name, in any case; people also type passwords there."""
    return blind_index("failed_sign_ins.username", username.lower())


def username_indexes(username: str) -> list[bytes]:
    """The same under every key."""
    return blind_indexes("failed_sign_ins.username", username.lower())
