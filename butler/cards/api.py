"""Cards over HTTP: what a scanned card tells everybody, and issuing, replacing, revoking and printing for staff."""

from typing import Any

from flask import Response, current_app, g, url_for

from butler.cards import actions, counting, printing, queries
from butler.cards.models import Card
from butler.cards.rules import MOST_ASKED_SHOWN, TITLE
from butler.cards.schemas import CardAnswer, IssuedAnswer, IssueIn
from butler.identity.permissions import Permission
from butler.web import stored
from butler.web.etag import etag_of, not_modified
from butler.web.guard import allowed, public
from butler.web.once import once
from butler.web.openapi import Blueprint

#: When everybody in a building scans the same card at once, the database hears of it once a second. What changes (a
#: butler's day off, a card revoked by another process) is seen that much later.
KEPT_SECONDS = 1.0

api = Blueprint("cards", __name__, url_prefix="/cards", description="管家卡：扫卡看管家，发卡、换卡、停用、打印。")


@api.get("/<token>")
@public
@api.response(200, CardAnswer)
@api.alt_response(404, "NOT_FOUND")
@api.alt_response(410, "GONE")
def show(token: str) -> Any:
    """Who looks after the place of this card. 410 for a card out of use, with the present butler in the problem."""
    card = counting.scan(token)
    desk = queries.answering_desk(card)
    attendance = queries.attendance_of(desk)
    stored.keep(seconds=KEPT_SECONDS)
    tag = etag_of(card.number, desk.id, desk.name, queries.place_words(card), attendance)
    return not_modified(tag) or {
        "token": card.token,
        "number": card.number,
        "desk": desk,
        "building": card.building,
        "community": queries.community_of(card),
        "company": card.building.estate.company if card.building else None,
        "butler": {
            "surname": attendance.surname,
            "title": TITLE,
            "on_duty": attendance.on_duty,
            "photo": f"/c/{card.token}/photo/{attendance.photo}.jpg" if attendance.photo else None,
            "substitute": {"surname": attendance.substitute, "title": TITLE} if attendance.substitute else None,
            "words": attendance.words,
        },
        "phone": attendance.phone,
        "phone_of": attendance.phone_of,
        "is_demo": attendance.is_demo,
        "most_asked": [matter.code for matter in current_app.extensions["most_asked"]()[:MOST_ASKED_SHOWN]],
        "links": {
            "page": f"/c/{card.token}",
            "matters": "/api/v1/matters",
            "search": "/api/v1/search",
            "new_case": f"/cases/new?card={card.token}",
        },
    }


@api.post("")
@allowed(Permission.CARD_ISSUE)
@once
@api.arguments(IssueIn)
@api.response(201, IssuedAnswer)
@api.alt_response(404, "NOT_FOUND")
def issue(wanted: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Make a card for a butler desk in one's unit. Needs `Idempotency-Key`."""
    desk = queries.desk_in_reach(g.actor, wanted["desk_id"], Permission.CARD_ISSUE)
    building = queries.building_to_card(wanted.get("building_id"))
    card = actions.issue(desk=desk, building=building, by=g.actor.person_id)
    return _issued(card), 201, {"Location": url_for("cards.show", token=card.token)}


@api.post("/<number:number>/replace")
@allowed(Permission.CARD_ISSUE)
@once
@api.response(201, IssuedAnswer)
@api.alt_response(404, "NOT_FOUND")
@api.alt_response(409, "CONFLICT")
def replace(number: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Make a new card for the same place; the old one is out of use at once. Needs `Idempotency-Key`."""
    old = queries.card_in_reach(g.actor, number, Permission.CARD_ISSUE)
    card = actions.replace(card=old, by=g.actor.person_id)
    stored.forget(url_for("cards.show", token=old.token))
    return _issued(card), 201, {"Location": url_for("cards.show", token=card.token)}


@api.post("/<number:number>/revoke")
@allowed(Permission.CARD_ISSUE)
@once
@api.response(200, IssuedAnswer)
@api.alt_response(404, "NOT_FOUND")
@api.alt_response(409, "CONFLICT")
def revoke(number: str) -> dict[str, Any]:
    """Take a card out of use at once. Needs `Idempotency-Key`."""
    card = queries.card_in_reach(g.actor, number, Permission.CARD_ISSUE)
    actions.revoke(card=card)
    stored.forget(url_for("cards.show", token=card.token))
    return _issued(card)


@api.get("/<number:number>/card.pdf")
@allowed(Permission.CARD_SEE)
@api.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
@api.alt_response(404, "NOT_FOUND")
def pdf(number: str) -> Response:
    """The card as a print shop wants it."""
    return Response(printing.card_pdf(_face(number)), mimetype="application/pdf")


@api.get("/<number:number>/qr.png")
@allowed(Permission.CARD_SEE)
@api.response(200, {"type": "string", "format": "binary"}, content_type="image/png")
@api.alt_response(404, "NOT_FOUND")
def png(number: str) -> Response:
    """Only the code, as a picture of pixels."""
    return Response(printing.qr_png(_face(number).url), mimetype="image/png")


@api.get("/<number:number>/qr.svg")
@allowed(Permission.CARD_SEE)
@api.response(200, {"type": "string"}, content_type="image/svg+xml")
@api.alt_response(404, "NOT_FOUND")
def svg(number: str) -> Response:
    """Only the code, as a drawing of any size."""
    return Response(printing.qr_svg(_face(number).url), mimetype="image/svg+xml")


def _face(number: str) -> printing.CardFace:
    return queries.face_of(queries.card_to_print(g.actor, number))


def _issued(card: Card) -> dict[str, Any]:
    base = f"/api/v1/cards/{card.number}"
    return {
        "number": card.number,
        "token": card.token,
        "desk_id": card.desk_id,
        "building_id": card.building_id,
        "issued_at": card.issued_at,
        "revoked_at": card.revoked_at,
        "links": {
            "page": f"/c/{card.token}",
            "pdf": f"{base}/card.pdf",
            "png": f"{base}/qr.png",
            "svg": f"{base}/qr.svg",
        },
    }
