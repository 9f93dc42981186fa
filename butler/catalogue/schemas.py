"""The catalogue as other programs read it (API). Words meant for people are Chinese, codes are English and stable."""

from enum import StrEnum
from typing import Any

import marshmallow as ma

from butler.web.fields import Schema, Text, Whole, Word
from services_catalog.situations import NEED_WORDS
from services_catalog.words import AUTHORITY_HAS_WORDS, CHANNEL_WORDS, GROUP_WORDS, LIFE_EVENTS, MATERIAL_FORMS

# The words are kept in one place, the library.
Group = StrEnum("Group", list(GROUP_WORDS))  # type: ignore[misc]
Channel = StrEnum("Channel", list(CHANNEL_WORDS))  # type: ignore[misc]
LifeEvent = StrEnum("LifeEvent", list(LIFE_EVENTS))  # type: ignore[misc]


def _strings(**kwargs: Any) -> ma.fields.List:
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


class SearchQuery(Schema):
    """What somebody typed: everyday words, pinyin, initials."""

    q = Text(max=200, required=True)


class LimitSchema(Schema):
    """A time limit; zero days exactly when the unit is `immediate`."""

    days = ma.fields.Integer(required=True)
    unit = ma.fields.String(required=True, metadata={"enum": ["working", "calendar", "immediate"]})
    words = ma.fields.String(required=True)


class DelegationSchema(Schema):
    """Whether somebody else may do it: `yes`, `limited` (papers may be carried), `no` (in person only)."""

    mode = ma.fields.String(required=True, metadata={"enum": ["yes", "limited", "no"]})
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


class OptionSchema(Schema):
    """One answer to a question, the materials it adds, a note, the code of another matter to go to instead."""

    answer = ma.fields.String(required=True)
    add = _strings()
    note = ma.fields.String(required=True)
    redirect = ma.fields.String(required=True, allow_none=True)


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
    groups = _strings()
    life_event = ma.fields.String(required=True)
    handling_level = ma.fields.String(required=True)
    channels = _strings()
    delegation = ma.fields.Nested(DelegationSchema, required=True)
    promised_limit = ma.fields.Nested(LimitSchema, required=True)
    fee = ma.fields.String(required=True)
    visits = ma.fields.Integer(required=True)
    tap = ma.fields.Boolean(required=True)
    has_guide = ma.fields.Boolean(required=True)
    confidence = ma.fields.String(required=True, metadata={"enum": ["high", "medium", "low"]})
    source = ma.fields.String(required=True)
    verify_fields = _strings()
    unconfirmed = _strings(metadata={"description": "Fields the local authority has yet to confirm."})
    unconfirmed_note = ma.fields.String(required=True, metadata={"description": "Show it wherever the facts are."})
    revision = ma.fields.String(required=True)


class MatterSchema(MatterSummarySchema):
    """A matter, whole."""

    colloquial = _strings()
    authority = ma.fields.String(required=True)
    matter_type = ma.fields.String(required=True)
    legal_basis = ma.fields.String(required=True)
    statutory_limit = ma.fields.Nested(LimitSchema, required=True, allow_none=True)
    place = ma.fields.String(required=True)
    materials = ma.fields.List(ma.fields.Nested(MaterialSchema), required=True)
    steps = _strings()
    situations = ma.fields.List(ma.fields.Nested(SituationSchema), required=True)
    remarks = ma.fields.String(required=True)
    to_confirm = _strings(metadata={"description": "What no source decides: questions to the authority, in words."})


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
    depends_on = _strings()
    suggested_after = _strings()
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


class AnswersSchema(Schema):
    """Answers by question id: one answer, or a list where the question is `multi`."""

    answers = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Raw(metadata={"description": "The answer, or a list of answers, word for word."}),
        required=True,
    )


class ChecklistItemSchema(Schema):
    """One paper to bring, how sure that is, and why."""

    name = ma.fields.String(required=True, attribute="material.name")
    form = ma.fields.String(required=True, attribute="material.form", metadata={"enum": list(MATERIAL_FORMS)})
    origin = ma.fields.String(required=True, attribute="material.origin")
    authority_has = ma.fields.String(
        required=True, attribute="material.authority_has", metadata={"enum": list(AUTHORITY_HAS_WORDS)}
    )
    bring_words = ma.fields.String(required=True, attribute="material.bring_words")
    need = ma.fields.String(required=True, metadata={"enum": list(NEED_WORDS)})
    condition = ma.fields.String(required=True, attribute="material.condition")
    why = ma.fields.String(required=True)


class WaySchema(Schema):
    """One way of getting it done and what it means for the resident."""

    channel = ma.fields.String(required=True)
    words = ma.fields.String(required=True)


class NoteSchema(Schema):
    """What an answer brings with it."""

    question = ma.fields.String(required=True)
    answer = ma.fields.String(required=True)
    text = ma.fields.String(required=True)


class RedirectSchema(Schema):
    """An answer that leads to another matter."""

    question = ma.fields.String(required=True)
    answer = ma.fields.String(required=True)
    code = ma.fields.String(required=True)


class ChecklistSchema(Schema):
    """What to bring, how it may be handled, what to mind."""

    code = ma.fields.String(required=True)
    materials = ma.fields.List(ma.fields.Nested(ChecklistItemSchema), required=True, attribute="items")
    ways = ma.fields.List(ma.fields.Nested(WaySchema), required=True)
    delegation = ma.fields.String(required=True)
    delegation_note = ma.fields.String(required=True)
    notes = ma.fields.List(ma.fields.Nested(NoteSchema), required=True)
    redirects = ma.fields.List(ma.fields.Nested(RedirectSchema), required=True)
    warnings = _strings()
    unanswered = _strings(metadata={"description": "Questions still to be asked, in the best order."})
    unclear = _strings()
    next_question = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Best asked next; null when nothing is left to ask."}
    )
