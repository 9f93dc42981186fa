"""Cards as other programs read them. A card's page and its JSON hold nothing about residents."""

import marshmallow as ma

from butler.cards.states import Found, Wrong
from butler.web.fields import Ident, Moment, Schema, Text, Word


class DeskName(Schema):
    """The butler desk that answers."""

    id = Ident(required=True)
    name = ma.fields.String(required=True)


class BuildingName(Schema):
    """The building a card hangs in; `id` is what a case is filed with."""

    id = Ident(required=True)
    name = ma.fields.String(required=True)
    estate = ma.fields.String(required=True, attribute="estate.name")


class CommunityName(Schema):
    """The community (社区) the place belongs to."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)


class PersonName(Schema):
    """Somebody by surname and office."""

    surname = ma.fields.String(required=True)
    title = ma.fields.String(required=True)


class ButlerAnswer(Schema):
    """Who answers now. `surname` is null for a desk without a butler; `substitute` stands in while ours is away."""

    surname = ma.fields.String(required=True, allow_none=True)
    title = ma.fields.String(required=True)
    on_duty = ma.fields.Boolean(required=True)
    photo = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Path of a small JPEG of whoever is there now; null when there is none."},
    )
    substitute = ma.fields.Nested(PersonName, required=True, allow_none=True)
    words = ma.fields.String(required=True, metadata={"description": "The same in one sentence, to be shown."})


class CardLinks(Schema):
    """Where to go on. Paths of pages, except `matters` and `search`, which are of the API."""

    page = ma.fields.String(required=True)
    matters = ma.fields.String(required=True)
    search = ma.fields.String(required=True)
    new_case = ma.fields.String(required=True)


class CardAnswer(Schema):
    """What a scanned card tells: who looks after this place, and how to reach them."""

    token = ma.fields.String(required=True)
    number = ma.fields.String(required=True, metadata={"description": "To be compared with the printed card."})
    desk = ma.fields.Nested(DeskName, required=True)
    building = ma.fields.Nested(BuildingName, required=True, allow_none=True)
    community = ma.fields.Nested(CommunityName, required=True)
    company = ma.fields.String(required=True, allow_none=True)
    butler = ma.fields.Nested(ButlerAnswer, required=True)
    phone = ma.fields.String(required=True)
    phone_of = ma.fields.String(required=True, metadata={"description": "Whose telephone that is, in words."})
    is_demo = ma.fields.Boolean(required=True, metadata={"description": "An invented person of the demonstration."})
    most_asked = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "Codes of matters."})
    links = ma.fields.Nested(CardLinks, required=True)


class IssueIn(Schema):
    """For which desk, and in which of its buildings the card will hang (none: the butler carries it)."""

    desk_id = Ident(required=True)
    building_id = Ident()


class IssuedLinks(Schema):
    """The card's page, and what to print."""

    page = ma.fields.String(required=True)
    pdf = ma.fields.String(required=True)
    png = ma.fields.String(required=True)
    svg = ma.fields.String(required=True)


class IssuedAnswer(Schema):
    """A card as those who issue cards see it."""

    number = ma.fields.String(required=True)
    token = ma.fields.String(required=True)
    desk_id = Ident(required=True)
    building_id = Ident(required=True, allow_none=True)
    issued_at = Moment(required=True)
    revoked_at = Moment(required=True, allow_none=True)
    links = ma.fields.Nested(IssuedLinks, required=True)


class CardsQuery(Schema):
    """Which part of the list."""

    cursor = Text(max=200)


class ReportQuery(Schema):
    """Which card, as its code has it."""

    card = Text(max=64)


class ReportIn(Schema):
    """What is not right. Without a card of ours, `words` have to say where it hangs."""

    card = Text(max=64, load_default="")
    wrong = Word(Wrong, required=True, metadata={"title": "哪里不对"})
    words = Text(max=200, load_default="")


class SettleIn(Schema):
    """What was found there."""

    found = Word(Found, required=True)
