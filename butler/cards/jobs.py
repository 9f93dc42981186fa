"""What runs by itself: each morning the scans of the day before are looked at, and old counts are forgotten."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, and_, delete, func, or_, select

from butler.cards import reporting
from butler.cards.models import Card, CardScans
from butler.cards.rules import (
    AT_NIGHT_FROM,
    COMPARED_DAYS,
    COUNTS_KEPT,
    FAR_MORE_FROM,
    JUDGED_HOURS,
    NIGHT_HOURS,
    OUT_OF_USE_FROM,
    Scanned,
    judge_scans,
)
from butler.identity.actions.limiting import one_at_a_time
from butler.kit import clock
from butler.kit.clock import CHINA
from butler.kit.database import db, unit_of_work

_TOTAL = func.sum(CardScans.scans)
_NIGHT = func.coalesce(_TOTAL.filter(CardScans.hour.in_(NIGHT_HOURS)), 0)


def judge_yesterday() -> int:
    """Tell those who answer for a card of what stands out in yesterday's scans; returns how many of them are new.

    By day only, and as often as one likes: what has been told is not told again.
    """
    now = clock.now().astimezone(CHINA)
    if now.hour not in JUDGED_HOURS:
        return 0
    day = now.date() - timedelta(days=1)
    with unit_of_work():
        one_at_a_time("scans of cards")
        return sum(
            reporting.note_odd(card, found, day=day)
            for card, scanned in _worth_a_look(day)
            if (
                found := judge_scans(
                    scanned,
                    _before(card, day),
                    ours=card is not None,
                    out_of_use_days=_days_since(card.revoked_at, day) if card and card.revoked_at else None,
                )
            )
        )


def forget_scans(limit: int = 10_000) -> int:
    """Take away counts that are older than `COUNTS_KEPT`, at most so many; returns how many. In the caller's
    transaction."""
    before = clock.today() - COUNTS_KEPT
    old = select(CardScans.id).where(CardScans.day < before).limit(limit)
    gone = db.session.execute(delete(CardScans).where(CardScans.id.in_(old)))
    return cast(CursorResult[Any], gone).rowcount


def _worth_a_look(day: date) -> Iterator[tuple[Card | None, Scanned]]:
    """The cards that could stand out at all, with their day; None for the codes that are not ours."""
    found = db.session.execute(
        select(CardScans.card_id, _TOTAL, _NIGHT)
        .outerjoin(Card, Card.id == CardScans.card_id)
        .where(CardScans.day == day)
        .group_by(CardScans.card_id, Card.revoked_at)
        .having(
            or_(
                CardScans.card_id.is_(None),
                _TOTAL >= FAR_MORE_FROM,
                _NIGHT >= AT_NIGHT_FROM,
                and_(Card.revoked_at.is_not(None), _TOTAL >= OUT_OF_USE_FROM),
            )
        )
        .order_by(CardScans.card_id)
    ).all()
    for card_id, total, night in found:
        yield db.session.get_one(Card, card_id) if card_id else None, Scanned(total, night)


def _before(card: Card | None, day: date) -> list[Scanned]:
    """The days before, as far back as there was anything to scan."""
    known = COMPARED_DAYS if card is None else min(COMPARED_DAYS, _days_since(card.issued_at, day))
    days = [day - timedelta(days=back) for back in range(1, known + 1)]
    if not days:
        return []
    mine = CardScans.card_id.is_(None) if card is None else CardScans.card_id == card.id
    rows = db.session.execute(
        select(CardScans.day, _TOTAL, _NIGHT)
        .where(mine, CardScans.day.between(days[-1], days[0]))
        .group_by(CardScans.day)
    )
    scanned = {on: Scanned(total, night) for on, total, night in rows}
    return [scanned.get(one, Scanned(0)) for one in days]


def _days_since(moment: Any, day: date) -> int:
    return int((day - moment.astimezone(CHINA).date()).days)
