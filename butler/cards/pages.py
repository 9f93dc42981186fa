"""The page behind a card's code, and the cards of a desk to print.

A card is a locator printed on walls, not an authority: its page needs no sign-in, sets no cookie, runs no script and
holds nothing about residents. The card travels on in the address (`?card=`), never in a session.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, render_template
from flask.typing import ResponseReturnValue

from butler.cards import counting, printing, queries
from butler.cards.models import Card
from butler.cards.rules import MOST_ASKED_SHOWN, PHOTO_KEPT_SECONDS
from butler.cards.schemas import CardsQuery
from butler.identity.permissions import Permission, Role
from butler.kit.errors import Gone, NotFound
from butler.kit.paging import Page, fetch_page
from butler.web.guard import allowed, public
from butler.web.payload import read_query

pages = Blueprint("cards_pages", __name__, template_folder="templates")

_QUERY = CardsQuery()
_ON_A_PAGE = 50  # five printed sheets


@pages.get("/C/<token>")
@pages.get("/c/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Who is my butler, how do I call, what can they do for me. Codes are printed in capitals, hence /C/."""
    try:
        card = counting.scan(token)
    except Gone as gone:
        return render_template("cards/gone.html", gone=gone, token=token), gone.status
    except NotFound as missing:
        return render_template("cards/unknown.html", problem=missing), missing.status
    return render_template(
        "cards/card.html",
        card=card,
        attendance=queries.attendance_of(queries.answering_desk(card)),
        place=queries.place_words(card),
        community=queries.community_of(card),
        domain=urlsplit(current_app.extensions["settings"].base_url).netloc,
        most_asked=current_app.extensions["most_asked"]()[:MOST_ASKED_SHOWN],
    )


@pages.get("/c/<token>/photo/<name>.jpg")
@public
def photo(token: str, name: str) -> Response:
    """Who stands at the door, by the card alone. Another picture is another address, so a browser may keep it a while;
    nobody on the way may."""
    picture = queries.photo_of(token, name)
    return Response(
        picture,
        mimetype="image/jpeg",
        headers={
            "Cache-Control": f"private, max-age={PHOTO_KEPT_SECONDS}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Content-Disposition": 'inline; filename="butler.jpg"',
        },
    )


@pages.get("/desk/cards")
@allowed(Permission.CARD_SEE)
def index() -> ResponseReturnValue:
    """The cards one may print."""
    return render_template(
        "cards/index.html",
        cards=_page(),
        place_words=queries.place_words,
        is_butler=any(post.role is Role.BUTLER for post in g.actor.posts),
    )


@pages.get("/desk/cards/sheet.pdf")
@allowed(Permission.CARD_SEE)
def sheet() -> ResponseReturnValue:
    """The same cards, ten to an A4 sheet, to cut out."""
    cards = _page().items
    if not cards:
        raise NotFound("这里还没有可以印的管家卡。请物业负责人先发卡。")
    return _pdf(printing.sheet_pdf(queries.faces_of(cards)))


@pages.get("/desk/cards/<number:number>.pdf")
@allowed(Permission.CARD_SEE)
def pdf(number: str) -> ResponseReturnValue:
    """One card as a print shop wants it."""
    return _pdf(printing.card_pdf(queries.face_of(queries.card_to_print(g.actor, number))))


def _page() -> Page[Card]:
    return fetch_page(
        queries.cards_in_reach(g.actor),
        keys=[Card.id],
        values=lambda card: [card.id],
        parse=_read_id,
        cursor=read_query(_QUERY).get("cursor"),
        limit=_ON_A_PAGE,
    )


def _read_id(values: Any) -> list[int]:
    (seen,) = values
    if type(seen) is not int or not 0 < seen < 2**63:
        raise ValueError("not an id")
    return [seen]


def _pdf(document: bytes) -> Response:
    return Response(document, mimetype="application/pdf")
