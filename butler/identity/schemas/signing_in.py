"""Signing in."""

import re
import unicodedata
from typing import Any

import marshmallow as ma

from butler.identity.permissions import Role
from butler.web.fields import Ident, Moment, Phone, Said, Schema, Text, Word

_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_BLANKS = re.compile(r"[\s\-]")


def _check_password(password: str) -> None:
    if not 0 < len(password) <= 128:  # exactly as typed, never trimmed or normalised (ASVS 6.2)
        raise ma.ValidationError(Said("密码要写 1 到 128 个字符。", "length"))


def plain_code(typed: str) -> str:
    """A code without blanks and dashes, full-width digits made plain."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", typed))


def _check_code(typed: str) -> None:
    if not _CODE.fullmatch(plain_code(typed)):
        raise ma.ValidationError(Said("验证码是短信里的 6 位数字。", "code-form"))


def password_field(**kwargs: Any) -> ma.fields.String:
    """A password exactly as typed or pasted; blanks at its ends are part of it."""
    return ma.fields.String(
        validate=_check_password,
        error_messages={"invalid": Said("这里需要文字。", "type")},
        metadata={"format": "password", "maxLength": 128},
        **kwargs,
    )


class LoginSchema(Schema):
    """Staff. `otp`: six digits from the phone, or a recovery code, where a second factor is in force.

    `known_device` is what the last sign-in on this device answered; it keeps strangers from slowing it down.
    """

    username = Text(max=60, required=True)
    password = password_field(required=True)
    otp = Text(max=20, load_default=None, allow_none=True)
    known_device = Text(max=100, load_default=None, allow_none=True)

    @ma.post_load
    def _read_otp(self, sent: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**sent, "otp": plain_code(sent["otp"]) if sent["otp"] else None}


class PhoneSchema(Schema):
    """Where to send a code."""

    phone = Phone(required=True)


class CodeSchema(Schema):
    """What a person reads in the text message, as they type or paste it: blanks and full-width digits do no harm."""

    code = Text(max=40, required=True, validate=_check_code)

    @ma.post_load
    def _read_code(self, sent: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**sent, "code": plain_code(sent["code"])}


class PhoneCodeSchema(PhoneSchema, CodeSchema):
    """A phone, the code sent to it and, the first time, how the person is called."""

    name = Text(max=40, load_default=None, allow_none=True)


class ProofSchema(Schema):
    """One of the two."""

    password = password_field(load_default=None, allow_none=True)
    code = Text(max=40, load_default=None, allow_none=True)

    @ma.validates_schema
    def _one_of(self, sent: dict[str, Any], **_: Any) -> None:
        if (sent["password"] is None) == (sent["code"] is None):
            raise ma.ValidationError(Said("密码和验证码请填一样，只填一样。", "one-of"))

    @ma.post_load
    def _read_code(self, sent: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**sent, "code": plain_code(sent["code"]) if sent["code"] is not None else None}


class CodeSentSchema(Schema):
    """The same for every phone, known or not. Seconds."""

    valid_for = ma.fields.Integer(metadata={"description": "how long the code works, in seconds"})
    resend_after = ma.fields.Integer(metadata={"description": "when another may be asked for, in seconds"})


class PersonSchema(Schema):
    """Somebody and their roles; `resident` is everybody's last one."""

    id = Ident(attribute="person_id")
    name = ma.fields.String()
    roles = ma.fields.List(Word(Role))


class SignedInSchema(Schema):
    """A bearer token for the API; it is shown only here."""

    token = ma.fields.String()
    expires_at = Moment()
    person = ma.fields.Nested(PersonSchema)
    known_device = ma.fields.String(metadata={"description": "staff only: keep it on the device, send it next time"})


class PostSchema(Schema):
    """One current appointment. `desk_id` is null for roles that sit at no desk."""

    role = Word(Role)
    role_name = ma.fields.String()
    unit_code = ma.fields.String()
    unit_name = ma.fields.String()
    desk_id = Ident(allow_none=True)


class MeSchema(PersonSchema):
    """Who is asking. `phone` shows only what its owner needs to recognise it."""

    posts = ma.fields.List(ma.fields.Nested(PostSchema))
    phone = ma.fields.String(allow_none=True, metadata={"example": "138****8000"})
