"""Invitations, appointments, devices."""

import re
import unicodedata
from typing import Any

import marshmallow as ma

from butler.identity.passwords import LONGEST, SHORTEST
from butler.identity.permissions import Role
from butler.identity.schemas.signing_in import PostSchema, password_field, plain_code
from butler.identity.states import DEED_NAMES, Deed
from butler.web.fields import Day, Flag, Ident, Moment, Said, Schema, Text, Word

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,38}[a-z0-9]", re.ASCII)


def _check_username(typed: str) -> None:
    if not _USERNAME.fullmatch(_plain_username(typed)):
        raise ma.ValidationError(
            Said("用户名用 4 到 40 个小写字母、数字、点或横线，比如 chen.dawen。", "username-form")
        )


def _plain_username(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).strip().lower()


class WhySchema(Schema):
    """The reason, kept in the record for ever. No names of residents, no numbers of identity cards."""

    why = Text(max=200, required=True, metadata={"title": "原因"})


class PlaceSchema(Schema):
    """A butler's desk by its id; for every other role the code of the unit."""

    desk_id = Ident(load_default=None, allow_none=True)
    unit_code = Text(max=15, load_default=None, allow_none=True)


class PlaceQuery(Schema):
    """How far somebody has come in choosing a place."""

    role = Word(Role)
    unit = Text(max=15)


class InviteSchema(PlaceSchema):
    """Who is to join, as what and where."""

    name = Text(max=40, required=True, metadata={"title": "姓名"})
    role = Word(Role, required=True)
    why = Text(max=200, load_default="", metadata={"title": "说明"})


class AppointSchema(PlaceSchema, WhySchema):
    """A further post; from today unless `since` is given."""

    role = Word(Role, required=True)
    since = Day(load_default=None, allow_none=True)


class MoveSchema(PlaceSchema, WhySchema):
    """The same role at another place, from today on."""


class EndSchema(WhySchema):
    """`on` is the first day the post no longer holds; today unless given."""

    on = Day(load_default=None, allow_none=True)


class NewPasswordSchema(Schema):
    """A password as chosen: any characters, pasted if one likes."""

    password = password_field(required=True)


class TokenSchema(Schema):
    """The last part of a one-time link."""

    token = Text(max=100, required=True)


class ResetSchema(TokenSchema, NewPasswordSchema):
    """A one-time link's token and the new password."""


class JoinSchema(ResetSchema):
    """A one-time link's token, a user name and a password."""

    username = Text(max=60, required=True, validate=_check_username)

    @ma.post_load
    def _read_username(self, sent: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**sent, "username": _plain_username(sent["username"])}


class ChangePasswordSchema(NewPasswordSchema):
    """The present password and the new one."""

    current = password_field(required=True)


class SecretSchema(Schema):
    """A new secret, for an app such as FreeOTP; it is in force once confirmed."""

    secret = ma.fields.String()
    uri = ma.fields.String(metadata={"description": "otpauth://… to show as a code"})


class OtpSchema(Schema):
    """Six digits from the phone."""

    otp = Text(max=20, required=True)

    @ma.post_load
    def _read_otp(self, sent: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**sent, "otp": plain_code(sent["otp"])}


class RecoveryCodesSchema(Schema):
    """Ten codes for a lost phone, each good once; shown only here. With `confirm` also a new token."""

    recovery_codes = ma.fields.List(ma.fields.String())
    token = ma.fields.String()
    expires_at = Moment()


class FactorSchema(Schema):
    """Whether one has a second factor."""

    since = Moment(allow_none=True)
    demanded = ma.fields.Boolean()
    recovery_codes_left = ma.fields.Integer()


class PasswordRulesSchema(Schema):
    """What a link is for, and what a password needs."""

    kind = ma.fields.String(metadata={"enum": ["join", "reset"]})
    name = ma.fields.String()
    username = ma.fields.String(allow_none=True)
    role = Word(Role, allow_none=True)
    unit_name = ma.fields.String(allow_none=True)
    expires_at = Moment()
    password_shortest = ma.fields.Constant(SHORTEST)
    password_longest = ma.fields.Constant(LONGEST)


class LinkSchema(Schema):
    """A link that works once; it is shown only here. Give it to the person yourself."""

    id = Ident()
    link = ma.fields.String(metadata={"format": "uri"})
    expires_at = Moment()


class InvitationSchema(Schema):
    """An invitation that still works."""

    id = Ident()
    name = ma.fields.String()
    role = Word(Role)
    unit_code = ma.fields.String(attribute="unit.code")
    unit_name = ma.fields.String(attribute="unit.name")
    desk_id = Ident(allow_none=True)
    created_at = Moment()
    expires_at = Moment()


class InvitationsSchema(Schema):
    """All of them, the newest first."""

    items = ma.fields.List(ma.fields.Nested(InvitationSchema))


class HeldPostSchema(PostSchema):
    """A post with its days; `in_charge` says whether the caller may end or move it."""

    id = Ident()
    valid_from = Day()
    valid_to = Day(allow_none=True)
    in_charge = Flag()


class StaffMemberSchema(Schema):
    """Somebody on the staff as whoever is in charge of them sees them."""

    id = Ident()
    name = ma.fields.String()
    username = ma.fields.String()
    disabled_at = Moment(allow_none=True)
    second_factor_at = Moment(allow_none=True)


class StaffListSchema(Schema):
    """A page of them."""

    items = ma.fields.List(ma.fields.Nested(StaffMemberSchema))
    next_cursor = ma.fields.String(allow_none=True)


class StaffDetailSchema(StaffMemberSchema):
    """With their posts, those that ended too, and what they are signed in with."""

    posts = ma.fields.List(ma.fields.Nested(HeldPostSchema))
    sign_ins = ma.fields.Integer(metadata={"description": "how many are alive"})


class DeedSchema(Schema):
    """One line of the record."""

    at = Moment()
    deed = Word(Deed)
    words = ma.fields.Function(lambda line: DEED_NAMES[Deed(line.deed)])
    by = ma.fields.Function(lambda line: line.by.name if line.by is not None else None)
    role = Word(Role, allow_none=True)
    unit_name = ma.fields.Function(lambda line: line.unit.name if line.unit is not None else None)
    why = ma.fields.String()


class DeedsSchema(Schema):
    """A page of lines, the newest first."""

    items = ma.fields.List(ma.fields.Nested(DeedSchema))
    next_cursor = ma.fields.String(allow_none=True)


class CursorSchema(Schema):
    """Where the page begins."""

    cursor = Text(max=400)


class SignInSchema(Schema):
    """Something one is signed in with."""

    id = Ident()
    device = ma.fields.String(metadata={"example": "苹果手机 · 微信"})
    since = Moment(attribute="created_at")
    seen_at = Moment()
    expires_at = Moment()
    present = Flag(metadata={"description": "the one this was asked with"})


class SignInsSchema(Schema):
    """All of them, the last used first."""

    items = ma.fields.List(ma.fields.Nested(SignInSchema))


class EndedSchema(Schema):
    """How many sign-ins ended."""

    ended = ma.fields.Integer()
