"""Places, for staff."""

from flask.typing import ResponseReturnValue

from butler.kit.paging import fetch_page
from butler.org import queries
from butler.org.models import Unit
from butler.org.schemas import PageQuery, UnitAnswer, UnitPage
from butler.web.etag import etag_of, not_modified
from butler.web.guard import allowed
from butler.web.openapi import Blueprint

ORG_SEE = "org:see"  # identity.permissions.Permission.ORG_SEE: this package stands below identity and cannot import it

api = Blueprint("org", __name__, url_prefix="/org", description="省、市、区县、街道、社区、网格")


@api.get("/units/<string:code>")
@allowed(ORG_SEE)
@api.response(200, UnitAnswer)
def show_unit(code: str) -> ResponseReturnValue:
    """One unit, the units above it from the district down, and its desk."""
    unit = queries.unit_by_code(code)
    chain, desk = queries.chain_of(unit), queries.desk_of(unit)
    tag = etag_of(unit.valid_to, desk.name, desk.phone, *(above.name for above in chain))
    return not_modified(tag) or {
        "code": unit.code,
        "level": unit.level,
        "name": unit.name,
        "chain": chain,
        "desk": desk,
        "valid_from": unit.valid_from,
        "valid_to": unit.valid_to,
    }


@api.get("/units/<string:code>/children")
@allowed(ORG_SEE)
@api.arguments(PageQuery, location="query")
@api.response(200, UnitPage)
def list_children(page: dict[str, str], code: str) -> ResponseReturnValue:
    """The units right under one, in the order of their codes, 20 a page."""
    unit = queries.unit_by_code(code)
    children = fetch_page(
        queries.children_of(unit),
        keys=[Unit.code],
        values=lambda child: [child.code],
        parse=lambda values: [_as_code(*values)],
        cursor=page.get("cursor"),
    )
    tag = etag_of(children.next_cursor, *(part for child in children.items for part in (child.code, child.name)))
    return not_modified(tag) or children  # type: ignore[return-value]


def _as_code(value: object) -> str:
    if not isinstance(value, str) or not value.isdecimal():
        raise ValueError("not a code")
    return value
