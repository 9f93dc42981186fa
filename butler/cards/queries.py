"""Questions about cards: which one was scanned, who answers it now, what is printed on it."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from butler.cards.models import Card
from butler.cards.printing import CardFace, qr_address
from butler.cards.rules import TITLE, Attendance
from butler.cards.tokens import is_token
from butler.identity import queries as identity
from butler.identity import scope
from butler.identity.models import Person
from butler.identity.permissions import Permission
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Gone, Invalid, NotFound
from butler.org import queries as org
from butler.org.models import Building, Desk, DeskBuilding, Estate, Unit
from butler.org.states import DeskKind
from butler.portraits import queries as portraits

#: The one number for everything a government office does, for when no telephone nearer by is known
#: (国办发〔2020〕53号: 12345 takes in the separate hotlines, around the clock).
HOTLINE = "12345"

_Found = TypeVar("_Found")

WITH_PLACE = (
    joinedload(Card.desk).joinedload(Desk.unit),
    joinedload(Card.building).joinedload(Building.estate).joinedload(Estate.community),
)


def card_by_token(token: str) -> Card:
    """The card in whose code this token is, with desk, unit, building, estate and community; lower case will do.

    Raises NotFound, and Gone (410) for a card that was revoked or replaced: its facts name the present butler of the
    place, a telephone and, when there is one, the token of the card that is good now.
    """
    token = token.upper()
    query = select(Card).where(Card.token == token).options(*WITH_PLACE)
    card = db.session.scalar(query) if is_token(token) else None
    if card is None:
        raise NotFound("没有找到这张卡。请核对卡上的编号，或打物业电话。")
    if card.revoked_at is not None:
        raise _gone(card)
    return card


def card_reported(token: str) -> Card | None:
    """The card in whose code this is, in use or not, with its place; None for what is no card of ours."""
    token = token.upper()
    query = select(Card).where(Card.token == token).options(*WITH_PLACE)
    return db.session.scalar(query) if is_token(token) else None


def card_in_reach(actor: Actor, number: str, permission: Permission) -> Card:
    """The card with this number, if the actor holds the permission where it belongs. Raises NotFound otherwise."""
    card = db.session.scalar(
        select(Card)
        .join(Card.desk)
        .join(Desk.unit)
        .where(Card.number == number, _reaches(actor, permission))
        .options(contains_eager(Card.desk).contains_eager(Desk.unit), *WITH_PLACE[1:])
    )
    if card is None:
        raise NotFound("没有找到这张卡。请核对编号后再试。")
    return card


def card_to_print(actor: Actor, number: str) -> Card:
    """A good card within reach, to be printed. Raises NotFound, and Gone for one out of use."""
    card = card_in_reach(actor, number, Permission.CARD_SEE)
    if card.revoked_at is not None:
        raise Gone("这张卡已经停用，不能再印。请印现在用的那张。", title="这张卡已经停用")
    return card


def building_to_card(building_id: int | None) -> Building | None:
    """The building a new card shall hang in; None for a card without one. Raises Invalid for an unknown id."""
    building = db.session.get(Building, building_id) if building_id else None
    if building_id and building is None:
        raise Invalid.at("/building_id", "没有找到这幢楼，请核对后再试。")
    return building


def desk_in_reach(actor: Actor, desk_id: int, permission: Permission) -> Desk:
    """The butler desk with this id, if the actor holds the permission there. Raises NotFound otherwise."""
    desk = db.session.scalar(
        select(Desk)
        .join(Desk.unit)
        .where(Desk.id == desk_id, Desk.kind == DeskKind.BUTLER, _reaches(actor, permission))
    )
    if desk is None:
        raise NotFound("没有找到这个管家服务台。请核对后再试。")
    return desk


def cards_in_reach(actor: Actor) -> Select[Card]:
    """The good cards the actor may print, with what is printed on them; page them by id."""
    return (
        select(Card)
        .join(Card.desk)
        .join(Desk.unit)
        .where(Card.revoked_at.is_(None), _reaches(actor, Permission.CARD_SEE))
        .options(contains_eager(Card.desk), *WITH_PLACE[1:])
    )


def cards_of_desk(desk_id: int) -> Select[Card]:
    """The good cards of one desk, the oldest first, with what is printed on them."""
    return select(Card).where(Card.desk_id == desk_id, Card.revoked_at.is_(None)).order_by(Card.id).options(*WITH_PLACE)


def butler_desk(desk_id: int) -> Desk:
    """The butler desk with this id. Raises NotFound."""
    desk = db.session.get(Desk, desk_id)
    if desk is None or desk.kind != DeskKind.BUTLER:
        raise NotFound("没有找到这个管家服务台。请核对后再试。")
    return desk


def butler_desks_in(unit: Unit) -> Select[Desk]:
    """The butler desks in a unit and below, in the order they were set up."""
    return (
        select(Desk)
        .join(Desk.unit)
        .where(Desk.kind == DeskKind.BUTLER, scope.below(Unit.path, [unit.path]))
        .order_by(Desk.id)
    )


def buildings_without_card(desk: Desk) -> Select[Building]:
    """The buildings a desk covers for which it has no good card yet, in the order they were set up."""
    carded = select(Card.id).where(Card.desk_id == desk.id, Card.building_id == Building.id, Card.revoked_at.is_(None))
    return (
        select(Building)
        .join(DeskBuilding, DeskBuilding.building_id == Building.id)
        .where(DeskBuilding.desk_id == desk.id, DeskBuilding.valid_to.is_(None), ~carded.exists())
        .order_by(Building.id)
    )


def answering_desk(card: Card) -> Desk:
    """The desk that answers a card: the one that covers its building today, else the one it was made for."""
    covering = org.butler_desk_of(card.building_id, clock.today()) if card.building_id else None
    return covering or card.desk


def attendance_of(desk: Desk) -> Attendance:
    """Who answers at a desk now: its butler, else a neighbour of the same 片区, else the community's telephone."""
    now = clock.now()
    butler, substitute, phone = identity.on_duty(desk.id, now), None, desk.phone
    on_duty = butler is not None
    if butler is None:
        butler = _first(identity.members_of([desk.id], now)[desk.id])
        neighbours = org.zone_neighbours(desk)
        duty = identity.duty_of([neighbour.id for neighbour in neighbours], now) if neighbours else {}
        standing_in = _first([neighbour for neighbour in neighbours if duty[neighbour.id]])
        substitute, phone = (duty[standing_in.id], standing_in.phone) if standing_in else (None, None)
    answers = butler if on_duty else substitute
    phone_of = f"{answers.courtesy_name}{TITLE}" if answers and phone else ""
    if phone is None:
        unit = db.session.get_one(Unit, desk.unit_id)
        phone, phone_of = org.desk_of(unit).phone, unit.name
    return Attendance(
        surname=butler.courtesy_name if butler else None,
        on_duty=on_duty,
        substitute=substitute.courtesy_name if substitute else None,
        phone=phone or HOTLINE,
        phone_of=phone_of if phone else "政务服务便民热线",
        is_demo=any(person.is_demo for person in (butler, substitute) if person),
        photo=portraits.name_shown(answers.id) if answers else None,
    )


def photo_of(token: str, name: str) -> bytes:
    """The picture of whoever is on duty now where this card hangs. Raises NotFound for any other, whoever it shows."""
    photo = attendance_of(answering_desk(card_by_token(token))).photo
    picture = portraits.picture_named(name) if photo == name else None
    if picture is None:
        raise NotFound("没有找到这张照片。请重新扫卡，看现在的管家。")
    return picture


def faces_of(cards: Sequence[Card]) -> list[CardFace]:
    """What is printed on each card. It names whoever is appointed to the desk, on duty just now or not."""
    settings = current_app.extensions["settings"]
    members = identity.members_of({card.desk_id for card in cards}, clock.now())
    return [_face(card, _first(members[card.desk_id]), settings.base_url, demo=settings.demo) for card in cards]


def face_of(card: Card) -> CardFace:
    """What is printed on one card."""
    return faces_of([card])[0]


def community_of(card: Card) -> Unit:
    """The community a card belongs to: its building's, else the one where its desk stands."""
    return card.building.estate.community if card.building else card.desk.unit


def place_words(card: Card) -> str:
    """Where a card hangs, in words: `曙光新村 3幢`; for a card without a building the name of its desk."""
    return f"{card.building.estate.name} {card.building.name}" if card.building else card.desk.name


def _reaches(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """Rows of a query that joins `Desk` and its `Unit`: the actor's own desks, and everything in their units."""
    return or_(
        Desk.id.in_(scope.desks_where(actor, permission)),
        scope.below(Unit.path, scope.paths_where(actor, permission)),
    )


def _face(card: Card, butler: Person | None, base_url: str, *, demo: bool) -> CardFace:
    return CardFace(
        url=qr_address(base_url, card.token),
        number=card.number,
        butler_name=f"{butler.courtesy_name}{TITLE}" if butler else card.desk.name,
        title=f"物业{TITLE}",
        company=card.building.estate.company if card.building else "",
        building_text=place_words(card),
        phone=card.desk.phone or HOTLINE,
        domain=urlsplit(base_url).netloc,
        is_demo=demo,
    )


def _gone(card: Card) -> Gone:
    """Say that a card no longer holds, who looks after the place now, and which card is good."""
    desk = answering_desk(card)
    attendance = attendance_of(desk)
    good = db.session.scalar(
        select(Card)
        .where(Card.desk_id == desk.id, Card.revoked_at.is_(None))
        .order_by((Card.building_id == card.building_id).desc().nulls_last(), Card.id.desc())
        .limit(1)
    )
    now = attendance.present_name or attendance.name
    who = f"您这里现在的管家是{now}。" if now else "您这里的新管家还没有到岗。"
    return Gone(
        f"卡上的信息请不要再用。{who}有事可以打{attendance.phone}（{attendance.phone_of}）。"
        "您以前提交的事不受影响，照常办理。",
        title="这张卡已经停用",
        butler=now,
        phone=attendance.phone,
        phone_of=attendance.phone_of,
        place=place_words(card),
        card_token=good.token if good else None,
    )


def _first(found: Sequence[_Found]) -> _Found | None:
    return next(iter(found), None)
