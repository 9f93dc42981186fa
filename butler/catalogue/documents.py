"""The catalogue's answers as finished bytes, each made once for the catalogue that is shown."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from butler.catalogue import queries
from butler.catalogue.editions import once_per_edition
from butler.catalogue.rendering import link_names, to_html
from butler.catalogue.schemas import (
    BundleSchema,
    BundlesSchema,
    CatalogueSchema,
    GuideSchema,
    MatterSchema,
    MatterSummarySchema,
)
from butler.web.etag import etag_of
from services_catalog.model import Bundle

_LIST = 50  # matters on one page


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of a JSON answer, and the tag of exactly these bytes (without quotes)."""

    body: bytes
    etag: str


def document_of(content: Any) -> Document:
    """Plain data as a document."""
    body = orjson.dumps(content)
    return Document(body, etag_of(queries.catalogue().revision, hashlib.sha256(body).hexdigest()[:16]))


@once_per_edition
def matter_document(code: str) -> Document:
    """One matter. Raises NotFound."""
    return document_of(MatterSchema().dump(queries.matter(code)))


@once_per_edition
def guide_document(code: str) -> Document:
    """The guide of one matter as Markdown and HTML. Raises NotFound."""
    matter, guide = queries.matter(code), queries.guide(code)
    return document_of(
        GuideSchema().dump(
            {
                "code": matter.code,
                "name": matter.name,
                "source": guide.source,
                "matter_revision": guide.matter_revision,
                "current": guide.matter_revision == matter.revision,
                "confidence": matter.confidence,
                "unconfirmed_note": matter.unconfirmed_note,
                "markdown": guide.body,
                "html": _html(guide.body),
                "sections": [
                    {"title": section.title, "markdown": section.body, "html": _html(section.body)}
                    for section in guide.sections
                ],
            }
        )
    )


@once_per_edition
def bundle_document(code: str) -> Document:
    """One bundle with its matters. Raises NotFound."""
    return document_of(_plain_bundle(queries.bundle(code)))


@once_per_edition
def bundles_document() -> Document:
    """All bundles, without their matters."""
    return document_of(BundlesSchema().dump({"items": queries.catalogue().bundles.values(), "next_cursor": None}))


@once_per_edition
def catalogue_document() -> Document:
    """Everything but the guides."""
    catalogue = queries.catalogue()
    plain = CatalogueSchema(exclude=("bundles",)).dump(
        {"revision": catalogue.revision, "matters": catalogue.matters.values()}
    )
    return document_of({**plain, "bundles": [_plain_bundle(bundle) for bundle in catalogue.bundles.values()]})


def matters_document(*, cursor: str | None, **filters: str | None) -> Document:
    """One page of the matters that fit `queries.matters`, by code. `cursor` is the last code seen."""
    found = [matter for matter in queries.matters(**filters) if cursor is None or matter.code > cursor]
    shown = found[:_LIST]
    summaries = _summaries()
    return document_of(
        {
            "items": [summaries[matter.code] for matter in shown],
            "next_cursor": shown[-1].code if len(found) > len(shown) else None,
        }
    )


@once_per_edition
def _summaries() -> dict[str, Any]:
    listed: Sequence[dict[str, Any]] = MatterSummarySchema(many=True).dump(queries.matters())
    return {summary["code"]: summary for summary in listed}


def _plain_bundle(bundle: Bundle) -> dict[str, Any]:
    plain = BundleSchema(exclude=("members.name",)).dump(bundle)
    for member in plain["members"]:
        member["name"] = queries.matter(member["code"]).name
    return plain


def _html(markdown: str) -> str:
    return link_names(to_html(markdown), queries.codes_by_name(), lambda code: f"/matters/{code}")
