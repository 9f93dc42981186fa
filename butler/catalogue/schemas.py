"""The catalogue as other programs read it (API). Words meant for people are Chinese, codes are English and stable."""

from enum import StrEnum
from typing import Any

import marshmallow as ma

from butler.web.fields import Schema, Text, Whole, Word
from services_catalog.words import (
    AUTHORITY_HAS_WORDS,
    CHANNEL_WORDS,
    DELEGATION_WORDS,
    GROUP_WORDS,
    LIFE_EVENTS,
    MATERIAL_FORMS,
    RESULT_KINDS,
)

# The words are kept in one place, the library.
Group = StrEnum("Group", list(GROUP_WORDS))  # type: ignore[misc]
Channel = StrEnum("Channel", list(CHANNEL_WORDS))  # type: ignore[misc]
LifeEvent = StrEnum("LifeEvent", list(LIFE_EVENTS))  # type: ignore[misc]


def strings(**kwargs: Any) -> ma.fields.List:
    """A list of texts that is always there."""
    return ma.fields.List(ma.fields.String(), required=True, **kwargs)


class MattersQuery(Schema):
    """Filters of the list of matters; `cursor` is the `next_cursor` of the page before."""

    group = Word(Group)
    life_event = Word(LifeEvent)
    channel = Word(Channel)
    cursor = Text(max=40)


class PageQuery(Schema):
    """What the page of matters is asked: words, or an event of a life."""

    q = Text(max=200)
    life_event = Word(LifeEvent)


class RevisionsQuery(Schema):
    """The publication whose changes are wanted, by its number."""

    of = Whole(min=1, max=2_000_000_000)


class SearchQuery(Schema):
    """What somebody typed: everyday words, pinyin, initials."""

    q = Text(max=200, required=True)


class LimitSchema(Schema):
    """A time limit; zero days exactly when the unit is `immediate`."""

    days = ma.fields.Integer(required=True)
    unit = ma.fields.String(required=True, metadata={"enum": ["working", "calendar", "immediate"]})
    words = ma.fields.String(required=True)


class DelegationSchema(Schema):
    """Whether somebody else may do it: `yes`, `limited` (papers may be carried), `committee` (the village or residents'
    committee and nobody else), `no` (in person only)."""

    mode = ma.fields.String(required=True, metadata={"enum": list(DELEGATION_WORDS)})
    words = ma.fields.String(required=True)
    note = ma.fields.String(required=True)


class MaterialSchema(Schema):
    """One paper; `condition` says when it is needed and is empty for papers always needed."""

    name = ma.fields.String(required=True)
    required = ma.fields.Boolean(required=True)
    form = ma.fields.String(required=True, metadata={"enum": list(MATERIAL_FORMS)})
    origin = ma.fields.String(required=True, metadata={"description": "Who issues it or where it comes from."})
    authority_has = ma.fields.String(
        required=True,
        metadata={
            "enum": list(AUTHORITY_HAS_WORDS),
            "description": "`shared`: the authority looks it up; `licence`: an electronic licence is enough.",
        },
    )
    bring_words = ma.fields.String(required=True)
    condition = ma.fields.String(required=True)


class WayChangeSchema(Schema):
    """How an answer changes the way: channels closed and opened; null or empty where the matter's own word stands."""

    closes = strings()
    opens = strings()
    delegation = ma.fields.String(required=True, allow_none=True, metadata={"enum": [*DELEGATION_WORDS, None]})
    visits = ma.fields.Integer(required=True, allow_none=True)
    place = ma.fields.String(required=True)
    why = ma.fields.String(required=True)
    basis = ma.fields.String(required=True, metadata={"description": "Where that is from."})


class OptionSchema(Schema):
    """One answer to a question, the materials it adds, a note, the code of another matter to go to instead, and how it
    changes the ways of the matter."""

    answer = ma.fields.String(required=True)
    add = strings()
    note = ma.fields.String(required=True)
    redirect = ma.fields.String(required=True, allow_none=True)
    ways = ma.fields.Nested(WayChangeSchema, required=True, allow_none=True)


class SituationSchema(Schema):
    """A question that cuts the list of materials. 「我不清楚」 may always be answered too."""

    id = ma.fields.String(required=True)
    question = ma.fields.String(required=True)
    multi = ma.fields.Boolean(required=True)
    options = ma.fields.List(ma.fields.Nested(OptionSchema), required=True)


class MatterSummarySchema(Schema):
    """A matter in a list. What is not confirmed is said here too: nothing of it is an official answer yet."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    groups = strings()
    life_event = ma.fields.String(required=True)
    handling_level = ma.fields.String(required=True)
    channels = strings()
    delegation = ma.fields.Nested(DelegationSchema, required=True)
    promised_limit = ma.fields.Nested(LimitSchema, required=True)
    fee = ma.fields.String(required=True)
    visits = ma.fields.Integer(required=True)
    tap = ma.fields.Boolean(required=True)
    has_guide = ma.fields.Boolean(required=True)
    confidence = ma.fields.String(required=True, metadata={"enum": ["high", "medium", "low"]})
    source = ma.fields.String(required=True)
    verify_fields = strings()
    unconfirmed = strings(metadata={"description": "Fields the local authority has yet to confirm."})
    unconfirmed_note = ma.fields.String(required=True, metadata={"description": "Show it wherever the facts are."})
    revision = ma.fields.String(required=True)


class ResultSchema(Schema):
    """What one holds in the end; `sample` is empty while nobody has confirmed what it looks like."""

    name = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, metadata={"enum": list(RESULT_KINDS)})
    given = ma.fields.String(required=True)
    sample = ma.fields.String(required=True)


class MatterSchema(MatterSummarySchema):
    """A matter, whole."""

    colloquial = strings()
    authority = ma.fields.String(required=True)
    matter_type = ma.fields.String(required=True)
    legal_basis = ma.fields.String(required=True)
    statutory_limit = ma.fields.Nested(LimitSchema, required=True, allow_none=True)
    place = ma.fields.String(required=True)
    materials = ma.fields.List(ma.fields.Nested(MaterialSchema), required=True)
    steps = strings()
    situations = ma.fields.List(ma.fields.Nested(SituationSchema), required=True)
    remarks = ma.fields.String(required=True)
    to_confirm = strings(metadata={"description": "What no source decides: questions to the authority, in words."})
    result = ma.fields.Nested(ResultSchema, required=True, allow_none=True)
    consult_phone = ma.fields.String(required=True, metadata={"description": "Empty while no source names one."})
    complaint_phone = ma.fields.String(required=True)


class MattersSchema(Schema):
    """One page of matters, by code."""

    items = ma.fields.List(ma.fields.Nested(MatterSummarySchema), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class GuideSectionSchema(Schema):
    """A section of a guide, as Markdown and as clean HTML."""

    title = ma.fields.String(required=True)
    markdown = ma.fields.String(required=True)
    html = ma.fields.String(required=True)


class GuideSchema(Schema):
    """The guide of a matter. `current` is false when the matter was changed after the guide was checked."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    source = ma.fields.String(required=True)
    matter_revision = ma.fields.String(required=True)
    current = ma.fields.Boolean(required=True)
    confidence = ma.fields.String(required=True)
    unconfirmed_note = ma.fields.String(required=True)
    markdown = ma.fields.String(required=True)
    html = ma.fields.String(required=True)
    sections = ma.fields.List(ma.fields.Nested(GuideSectionSchema), required=True)


class BundleMemberSchema(Schema):
    """A matter in a bundle: what must be finished first, after what it goes better, and why."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    need = ma.fields.String(required=True, metadata={"enum": ["必办", "视情形", "可选"]})
    depends_on = strings()
    suggested_after = strings()
    reason = ma.fields.String(required=True)


class BundleSummarySchema(Schema):
    """一件事: matters that one event in life brings together."""

    code = ma.fields.String(required=True, attribute="id")
    name = ma.fields.String(required=True)
    life_event = ma.fields.String(required=True)
    group = ma.fields.String(required=True)
    trigger = ma.fields.String(required=True)
    note = ma.fields.String(required=True)


class BundleSchema(BundleSummarySchema):
    """A bundle with its matters in a sensible order."""

    members = ma.fields.List(ma.fields.Nested(BundleMemberSchema), required=True)


class BundlesSchema(Schema):
    """All bundles."""

    items = ma.fields.List(ma.fields.Nested(BundleSummarySchema), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class CatalogueSchema(Schema):
    """Everything at once; its ETag changes when anything in it does."""

    revision = ma.fields.String(required=True)
    matters = ma.fields.List(ma.fields.Nested(MatterSchema), required=True)
    bundles = ma.fields.List(ma.fields.Nested(BundleSchema), required=True)


class HitSchema(Schema):
    """A matter found and why."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    score = ma.fields.Float(required=True)
    why = ma.fields.String(required=True)


class SearchAnswerSchema(Schema):
    """`answered` is false when nothing fits well; `items` are then the nearest guesses."""

    answered = ma.fields.Boolean(required=True)
    items = ma.fields.List(ma.fields.Nested(HitSchema), required=True)


class UnansweredQuerySchema(Schema):
    """Of the last so many days."""

    days = Whole(min=1, max=90)


class UnansweredWordsSchema(Schema):
    """Words looked for in vain: how often, on how many days, last when."""

    words = ma.fields.String(required=True)
    times = ma.fields.Integer(required=True)
    days = ma.fields.Integer(required=True)
    last_day = ma.fields.Date(required=True)


class UnansweredSchema(Schema):
    """What was looked for in vain, most often first."""

    items = ma.fields.List(ma.fields.Nested(UnansweredWordsSchema), required=True)
