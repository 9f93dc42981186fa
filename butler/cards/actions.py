"""What is done with cards. A card opens no case: whoever holds one has learnt where to ask, nothing more."""

from sqlalchemy import select

from butler.cards.models import Card
from butler.cards.tokens import new_token
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid
from butler.kit.numbers import new_number
from butler.org import queries as org
from butler.org.models import Building, Desk
from butler.org.states import DeskKind


def issue(*, desk: Desk, building: Building | None, by: int | None) -> Card:
    """Make a card for a butler desk, to hang in one of its buildings (or, without one, for the butler to carry).

    `by` is the person who makes it, None for a command. Raises Invalid when the desk is no butler's, or does not look
    after the building today.
    """
    if desk.kind != DeskKind.BUTLER:
        raise Invalid.at("/desk_id", "只有管家服务台才发管家卡，请换一个服务台。")
    if building is not None:
        covering = org.butler_desk_of(building.id, clock.today())
        if covering is None or covering.id != desk.id:
            raise Invalid.at("/building_id", "这幢楼现在不归这个管家服务台，请先核对。")
    return _make(desk_id=desk.id, building_id=building.id if building else None, by=by)


def replace(*, card: Card, by: int | None) -> Card:
    """Make a new card for the same place and revoke the old one, which from now on points to the new one.

    Raises Conflict (state-conflict) when the card is not good any more.
    """
    old = _lock_good(card)
    new = _make(desk_id=old.desk_id, building_id=old.building_id, by=by)
    old.revoked_at = clock.now()
    old.replaced_by_id = new.id
    db.session.flush()
    return new


def revoke(*, card: Card) -> None:
    """Take a card out of use at once: whoever scans it is told so. Raises Conflict when it is not good any more."""
    _lock_good(card).revoked_at = clock.now()
    db.session.flush()


def _lock_good(card: Card) -> Card:
    locked = db.session.scalars(
        select(Card).where(Card.id == card.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if locked.revoked_at is not None:
        raise Conflict("这张卡先前已经停用了，不用再办一次。要用的话，请另发一张新卡。")
    return locked


def _make(*, desk_id: int, building_id: int | None, by: int | None) -> Card:
    card = Card(
        token=new_token(),
        number=new_number(),
        desk_id=desk_id,
        building_id=building_id,
        issued_at=clock.now(),
        issued_by_id=by,
    )
    db.session.add(card)
    db.session.flush()
    return card
