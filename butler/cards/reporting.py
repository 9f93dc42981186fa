"""这张卡不对: somebody says that a card on the wall, or what is behind its code, is not right. Nobody has to sign in."""

from datetime import date, datetime, time

from sqlalchemy import func, or_, select

from butler.cards import queries, report_queries
from butler.cards.events import CardReported
from butler.cards.models import Card, CardReport
from butler.cards.rules import REPORTS_FROM_ADDRESS, StandsOut
from butler.cards.states import Found, Wrong
from butler.identity.actions.hashing import keyed_hash
from butler.identity.actions.limiting import one_at_a_time, wait_for
from butler.identity.rules import network_of
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid, RateLimited
from butler.kit.events import publish
from butler.kit.numbers import new_number


def report(*, token: str, wrong: Wrong, words: str, asked_from: str | None) -> CardReport:
    """Keep what somebody says, and tell those who answer for cards at once.

    `token`: what was in the code; one that is no card of ours is kept nowhere, `words` say where it hangs. Who says it
    is not asked; a keyed hash of the network address limits how often, until somebody has been to look. Raises
    RateLimited, and Invalid when nobody could find it.
    """
    now, address = clock.now(), keyed_hash("card-report", network_of(asked_from))
    one_at_a_time(f"card reports from {address}")
    if wait := wait_for(CardReport.at, CardReport.asked_from == address, now, REPORTS_FROM_ADDRESS):
        raise RateLimited("您已经报告过几次了，我们都收到了。急的话请打物业或社区的电话。", retry_after=wait)
    card = queries.card_reported(token)
    if card is None and not words:
        raise Invalid.at("/words", "请写一写卡贴在哪里，我们才找得到。", code="required")
    told = card is not None and bool(
        db.session.scalar(
            select(func.count())
            .select_from(CardReport)
            .where(CardReport.card_id == card.id, CardReport.settled_at.is_(None))
        )
    )
    made = CardReport(
        number=new_number(),
        card_id=card.id if card else None,
        unit_id=queries.community_of(card).id if card else None,
        wrong=wrong.value,
        words=words,
        asked_from=address,
        at=now,
    )
    db.session.add(made)
    db.session.flush()
    if not told:  # who was told of a card and has not been there yet knows: no flood of texts
        publish(CardReported(report_id=made.id))
    return made


def note_odd(card: Card | None, found: StandsOut, *, day: date) -> bool:
    """Keep what the counts of a day say of a card (None: of codes that are not ours), and tell those who answer for it.

    Tells whether it is new: not while the same is still to be looked into, nor when somebody has been to look since.
    """
    looked = [CardReport.settled_at.is_(None), CardReport.settled_at >= datetime.combine(day, time(), clock.CHINA)]
    which = CardReport.card_id.is_(None) if card is None else CardReport.card_id == card.id
    known = select(CardReport.id).where(which, CardReport.odd == found.odd, or_(CardReport.day == day, *looked))
    if db.session.scalar(known.limit(1)) is not None:
        return False
    place = queries.card_reported(card.token) if card else None
    made = CardReport(
        number=new_number(),
        card_id=place.id if place else None,
        unit_id=queries.community_of(place).id if place else None,
        odd=found.odd.value,
        day=day,
        scans=found.scans,
        usual=found.usual,
        words="",
        asked_from="",
        at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    publish(CardReported(report_id=made.id))
    return True


def settle(actor: Actor, report_id: int, *, found: Found) -> CardReport:
    """Write down what was found there. Raises NotFound outside of one's units, and Conflict when it is settled."""
    one = report_queries.report_in_reach(actor, report_id, lock=True)
    if one.settled_at is not None:
        raise Conflict("这一条已经有人去看过了，没有再改动。")
    one.found = found.value
    one.settled_by_id, one.settled_at, one.asked_from = actor.person_id, clock.now(), ""
    db.session.flush()
    return one
