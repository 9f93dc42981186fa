"""Answers to a matter's questions, and the list they lead to, as other programs write and read them (API)."""

import marshmallow as ma

from butler.catalogue.schemas import strings
from butler.web.fields import Schema
from services_catalog.situations import NEED_WORDS
from services_catalog.words import AUTHORITY_HAS_WORDS, DELEGATION_WORDS, MATERIAL_FORMS


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


class ClosedWaySchema(WaySchema):
    """A way of the matter that is closed to this person: which answer closes it, why, and where that is from."""

    question = ma.fields.String(required=True)
    answer = ma.fields.String(required=True)
    why = ma.fields.String(required=True)
    basis = ma.fields.String(required=True)


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
    closed_ways = ma.fields.List(ma.fields.Nested(ClosedWaySchema), required=True, attribute="handling.closed")
    delegation = ma.fields.String(required=True)
    delegation_mode = ma.fields.String(
        required=True, attribute="handling.mode", metadata={"enum": list(DELEGATION_WORDS)}
    )
    delegation_note = ma.fields.String(required=True, attribute="handling.note")
    notes = ma.fields.List(ma.fields.Nested(NoteSchema), required=True)
    redirects = ma.fields.List(ma.fields.Nested(RedirectSchema), required=True)
    warnings = strings()
    unanswered = strings(metadata={"description": "Questions still to be asked, in the best order."})
    unclear = strings()
    next_question = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Best asked next; null when nothing is left to ask."}
    )
