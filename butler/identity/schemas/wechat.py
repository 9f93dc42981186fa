"""Coming by WeChat."""

import marshmallow as ma

from butler.identity.schemas.signing_in import PersonSchema
from butler.web.fields import Moment, Schema, Text


class WeChatSchema(Schema):
    """What `wx.login` gave; good once, for five minutes."""

    code = Text(max=200, required=True)


class WeChatPhoneSchema(WeChatSchema):
    """What the button “手机号快速验证” gave, and the ticket of `POST /auth/wechat`."""

    ticket = Text(max=100, required=True)


class WeChatSignedInSchema(Schema):
    """Either a token, or a `ticket` for `POST /auth/wechat/phone` when we do not know who this is yet."""

    token = ma.fields.String(allow_none=True)
    expires_at = Moment(allow_none=True)
    person = ma.fields.Nested(PersonSchema, allow_none=True)
    ticket = ma.fields.String(allow_none=True)
