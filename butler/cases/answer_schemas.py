"""The shapes of what goes out, for the API's description and its serialisation."""

import marshmallow as ma
from marshmallow import fields as plain


class DeskAnswer(ma.Schema):
    """A desk, as clients see it."""

    id = plain.String()
    kind = plain.String()
    name = plain.String()
    phone = plain.String(allow_none=True)


class HopAnswer(ma.Schema):
    """One desk on the way."""

    seq = plain.Integer()
    desk = plain.String()
    kind = plain.String()
    unit_code = plain.String()
    unit_name = plain.String()
    level = plain.String()
    direction = plain.String()
    why = plain.String()
    at = plain.String()


class ClockAnswer(ma.Schema):
    """A clock and why it ends when it does."""

    kind = plain.String()
    name = plain.String()
    due_at = plain.String()
    why = plain.String()
    provisional = plain.Boolean()
    running = plain.Boolean()


class PersonAnswer(ma.Schema):
    """A person; masked unless it is the reader or the reader has the case in hand."""

    name = plain.String()
    phone = plain.String(allow_none=True)


class PartyAnswer(PersonAnswer):
    """Who asked, or whom it is for: how they want to be reached, and whether they know of the case."""

    no_calls = plain.Boolean(metadata={"description": "不要打电话：显示在电话前面"})
    no_texts = plain.Boolean(metadata={"description": "不要发短信：我们不会发"})
    reach = plain.String(
        allow_none=True, metadata={"description": "什么时候、怎么联系是安全的；看得到电话的人才看得到"}
    )
    sees_case = plain.Boolean(metadata={"description": "false：这件事不让这个人知道，不要向他（她）提起"})


class CaseLine(ma.Schema):
    """A case in a list."""

    number = plain.String(required=True)
    kind = plain.String(required=True)
    kind_name = plain.String()
    mode = plain.String(allow_none=True)
    mode_name = plain.String(allow_none=True)
    matter_code = plain.String(allow_none=True)
    matter_name = plain.String()
    urgency = plain.String()
    stage = plain.String(required=True)
    stage_name = plain.String()
    state = plain.String(required=True)
    state_name = plain.String()
    status = plain.String(metadata={"description": "到哪一步、下一步谁做、最晚何时，一句话"})
    outcome = plain.String(allow_none=True)
    place = plain.String()
    desk = plain.Nested(DeskAnswer)
    accountable_desk = plain.Nested(DeskAnswer)
    due_at = plain.String(allow_none=True)
    due_why = plain.String()
    late = plain.Boolean()
    created_at = plain.String()
    closed_at = plain.String(allow_none=True)
    version = plain.Integer(required=True)
    allowed_steps = plain.List(plain.String(), required=True)


class MeetingAnswer(ma.Schema):
    """对暗号, of one day."""

    butler_says = plain.String(required=True, metadata={"description": "前两位，管家先说"})
    resident_says = plain.String(required=True, metadata={"description": "后两位，居民再说"})
    on = plain.String(required=True)


class MatterChangeAnswer(ma.Schema):
    """One thing that is different in the matter since the case was filed; `text` is a sentence to show."""

    topic = plain.String(
        metadata={
            "enum": [
                "material_added", "material_removed", "material_changed", "limit", "fee", "delegation", "way", "steps",
                "other",
            ]
        }
    )  # fmt: skip
    text = plain.String()


class CaseAnswer(CaseLine):
    """A case by itself."""

    summary = plain.String()
    answers = plain.Dict()
    matter_revision = plain.String(allow_none=True)
    matter_changes = plain.List(
        plain.Nested(MatterChangeAnswer),
        metadata={"description": "What changed in the matter since it was filed; empty when nothing did."},
    )
    routed_why = plain.String()
    path = plain.List(plain.Nested(HopAnswer))
    clocks = plain.List(plain.Nested(ClockAnswer))
    asker = plain.Nested(PartyAnswer)
    beneficiary = plain.Nested(PartyAnswer)
    holder = plain.String(allow_none=True)
    lease_until = plain.String(allow_none=True)
    lease_epoch = plain.Integer()
    paused_until = plain.String(allow_none=True)
    resolved_at = plain.String(allow_none=True)
    closed_level = plain.String(allow_none=True)
    door = plain.String(allow_none=True, metadata={"description": "门牌；只在临时查看时有"})
    uncovered = plain.List(plain.String(), metadata={"description": "正在临时查看的内容"})
    uncovered_until = plain.String(allow_none=True)


class RevealAnswer(ma.Schema):
    """What has been uncovered, and until when."""

    number = plain.String(required=True)
    fields_ = plain.List(plain.String(), required=True, data_key="fields", attribute="fields")
    until = plain.String(required=True)
    break_glass = plain.Boolean(required=True)


class LookAnswer(ma.Schema):
    """One look at a case, as its resident reads it."""

    id = plain.String(required=True)
    at = plain.String(required=True)
    who = plain.String(required=True, metadata={"description": "姓和角色，例如 陈管家"})
    role = plain.String(required=True)
    kind = plain.String(required=True)
    fields_ = plain.List(plain.String(), required=True, data_key="fields", attribute="fields")
    standing = plain.String(required=True)
    reason = plain.String(allow_none=True)
    words = plain.String(allow_none=True)
    times = plain.Integer(required=True, metadata={"description": "同一天在列表里看到的次数；其他为 1"})
    sentence = plain.String(required=True)


class FoundLine(CaseLine):
    """A case in the result of a search: whose it is, masked."""

    beneficiary = plain.Nested(PersonAnswer)


class FoundAnswer(ma.Schema):
    """At most 50 cases, the newest first."""

    items = plain.List(plain.Nested(FoundLine))


class AllowanceAnswer(ma.Schema):
    """How many people one may look at today."""

    allowance = plain.Integer(required=True)


class LooksAnswer(ma.Schema):
    """Who has looked, the newest first."""

    items = plain.List(plain.Nested(LookAnswer))
    next_cursor = plain.String(allow_none=True)


class CasePage(ma.Schema):
    """A page of a list."""

    items = plain.List(plain.Nested(CaseLine))
    next_cursor = plain.String(allow_none=True)


class TimelineLine(ma.Schema):
    """A line of the history."""

    seq = plain.Integer()
    at = plain.String()
    step = plain.String()
    stage = plain.String()
    state = plain.String()
    who = plain.String()
    what = plain.String()
    note = plain.String()
    data = plain.Dict()


class TimelineAnswer(ma.Schema):
    """The whole history, oldest first."""

    items = plain.List(plain.Nested(TimelineLine))
    next_cursor = plain.String(allow_none=True)


class SlotAnswer(ma.Schema):
    """An off-hours window."""

    id = plain.String()
    starts_at = plain.String()
    ends_at = plain.String()
    place = plain.String()
    free = plain.Integer()


class SlotsAnswer(ma.Schema):
    """Windows that can be booked, the earliest first."""

    items = plain.List(plain.Nested(SlotAnswer))
    next_cursor = plain.String(allow_none=True)


class AttachmentAnswer(ma.Schema):
    """A photo or a paper of a case. `name` and `purpose` are empty once it has been destroyed."""

    id = plain.String(required=True)
    kind = plain.String(required=True)
    name = plain.String()
    purpose = plain.String()
    media_type = plain.String(metadata={"description": "image/jpeg 或 application/pdf，按内容判断"})
    size = plain.Integer(metadata={"description": "bytes"})
    width = plain.Integer(allow_none=True)
    height = plain.Integer(allow_none=True)
    pages = plain.Integer(allow_none=True)
    who = plain.String()
    state = plain.String(metadata={"description": "quarantined 检查中，stored 可以打开，destroyed 已销毁"})
    created_at = plain.String()
    destroyed_at = plain.String(allow_none=True)
    destroyed_on = plain.String(allow_none=True, metadata={"description": "材料预定销毁的时间；办结以后才有"})
    may_open = plain.Boolean()


class AttachmentList(ma.Schema):
    """The photos and papers of a case, in the order in which they came."""

    items = plain.List(plain.Nested(AttachmentAnswer))
    next_cursor = plain.String(allow_none=True)
