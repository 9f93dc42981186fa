"""What comes in and goes out about consents."""

import marshmallow as ma
from marshmallow import fields as plain

from butler.web.fields import Said, Schema, Text


class ConsentsIn(Schema):
    """The codes of the texts somebody agrees to: ``papers@1``."""

    consents = plain.List(
        Text(max=40),
        required=True,
        validate=ma.validate.Length(min=1, max=20),
        error_messages={"required": Said("请在同意的那一项打勾。", "required")},
    )


class ConsentAnswer(ma.Schema):
    """One consent, in force while `withdrawn_at` is null."""

    id = plain.String(required=True)
    consent = plain.String(metadata={"description": "用途@版本，例如 papers@1"})
    purpose = plain.String()
    version = plain.Integer()
    title = plain.String()
    text = plain.String(metadata={"description": "当时同意的原话"})
    case_number = plain.String(allow_none=True, metadata={"description": "哪一件办件；null 是关于本人的"})
    channel = plain.String(metadata={"description": "page 网页，api 程序，face_to_face 当面"})
    given_at = plain.String()
    withdrawn_at = plain.String(allow_none=True)
    withdrawn_channel = plain.String(allow_none=True, metadata={"description": "new_version：说明改了，旧的失效"})


class ConsentList(ma.Schema):
    """Consents."""

    items = plain.List(plain.Nested(ConsentAnswer))
    next_cursor = plain.String(allow_none=True)


class VersionAnswer(ma.Schema):
    """The text of one version."""

    version = plain.Integer()
    since = plain.String()
    text = plain.String()


class PurposeAnswer(ma.Schema):
    """One thing people may be asked to agree to; `consent` is what is sent to agree to today's text."""

    purpose = plain.String(required=True)
    consent = plain.String(required=True)
    title = plain.String()
    per_case = plain.Boolean()
    separate = plain.Boolean(metadata={"description": "法律要求的单独同意"})
    needed_for = plain.String(allow_none=True, metadata={"description": "errand：代办离不开它"})
    law = plain.String()
    without = plain.String(metadata={"description": "不同意会怎样"})
    withdrawn = plain.String(metadata={"description": "撤回以后会怎样"})
    versions = plain.List(plain.Nested(VersionAnswer))


class PurposeList(ma.Schema):
    """The register."""

    items = plain.List(plain.Nested(PurposeAnswer))
    next_cursor = plain.String(allow_none=True)
