"""The catalogue over HTTP. All of it is public, and most of it is stored bytes that a client may keep."""

from typing import Any

from flask import Response

from butler.catalogue import afterwards, documents, queries
from butler.catalogue.checklist_schemas import AnswersSchema, ChecklistSchema
from butler.catalogue.documents import Document
from butler.catalogue.schemas import (
    BundleSchema,
    BundlesSchema,
    CatalogueSchema,
    GuideSchema,
    MatterSchema,
    MattersQuery,
    MattersSchema,
    SearchAnswerSchema,
    SearchQuery,
    UnansweredQuerySchema,
    UnansweredSchema,
)
from butler.identity.permissions import Permission
from butler.web import stored
from butler.web.etag import not_modified
from butler.web.guard import allowed, public
from butler.web.openapi import Blueprint

api = Blueprint(
    "catalogue", __name__, description="事项、办事指南、一件事。还没有经主管部门核对，每个事项都写明要核实什么。"
)


@api.get("/matters")
@public
@api.arguments(MattersQuery, location="query", as_kwargs=True)
@api.response(200, MattersSchema)
def list_matters(
    group: str | None = None, life_event: str | None = None, channel: str | None = None, cursor: str | None = None
) -> Response:
    """The matters by code, fifty at a time, those that fit every filter given."""
    return _answer(documents.matters_document(group=group, life_event=life_event, channel=channel, cursor=cursor))


@api.get("/matters/<code>")
@public
@api.response(200, MatterSchema)
def show_matter(code: str) -> Response:
    """One matter, with what is not confirmed about it."""
    return _answer(documents.matter_document(code))


@api.get("/matters/<code>/guide")
@public
@api.response(200, GuideSchema)
def show_guide(code: str) -> Response:
    """The guide of a matter, as Markdown and as clean HTML. 404 for a matter without one."""
    return _answer(documents.guide_document(code))


@api.post("/matters/<code>/checklist")
@public
@api.arguments(AnswersSchema)
@api.response(200, ChecklistSchema)
def make_checklist(content: dict[str, Any], code: str) -> Any:
    """What to bring and how it may be handled, given answers to the matter's questions. Keeps nothing."""
    return queries.checklist(code, content["answers"])


@api.get("/search")
@public
@api.arguments(SearchQuery, location="query", as_kwargs=True)
@api.response(200, SearchAnswerSchema)
def search(q: str) -> Response:
    """The matters behind everyday words, pinyin or initials, best first, and why each was found."""
    answer = queries.search(q)
    if not answer.answered:
        afterwards.count_unanswered(q)
    return _answer(documents.document_of(SearchAnswerSchema().dump(answer)))


@api.get("/catalogue/unanswered")
@allowed(Permission.CATALOGUE_EDIT)
@api.arguments(UnansweredQuerySchema, location="query", as_kwargs=True)
@api.response(200, UnansweredSchema)
def list_unanswered(days: int = 30) -> Any:
    """What people looked for in vain, most often first, from three times on; not who, and nothing that looks personal."""
    rows = queries.unanswered(days=days)
    return {"items": [dict(zip(("words", "times", "days", "last_day"), row, strict=True)) for row in rows]}


@api.get("/bundles")
@public
@api.response(200, BundlesSchema)
def list_bundles() -> Response:
    """All bundles (一件事)."""
    return _answer(documents.bundles_document())


@api.get("/bundles/<code>")
@public
@api.response(200, BundleSchema)
def show_bundle(code: str) -> Response:
    """One bundle with its matters in a sensible order."""
    return _answer(documents.bundle_document(code))


@api.get("/catalogue")
@public
@api.response(200, CatalogueSchema)
def show_catalogue() -> Response:
    """Everything but the guides, in one answer, for clients that keep a copy."""
    return _answer(documents.catalogue_document())


def _answer(document: Document) -> Response:
    """The stored bytes, or 304 to a client that has them already; from now on without Flask."""
    stored.keep()
    return not_modified(document.etag) or Response(
        document.body, mimetype="application/json", headers={"Cache-Control": "public, max-age=60"}
    )
