"""Questions about reports: whose they are to settle, whom to tell, where it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from butler.cards.models import Card, CardReport
from butler.cards.queries import WITH_PLACE, place_words
from butler.identity import queries as identity
from butler.identity import scope
from butler.identity.models import Appointment, Person
from butler.identity.permissions import Permission, Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import NotFound
from butler.kit.numbers import read_number
from butler.kit.paging import Page, fetch_page
from butler.org import queries as org
from butler.org.models import Desk, Unit

NOWHERE = "不知道在哪里的卡（不是我们发的）"
_ON_A_PAGE = 20


def place_of_report(report: CardReport) -> str:
    """Where the card hangs that somebody reported."""
    card = db.session.scalar(select(Card).where(Card.id == report.card_id).options(*WITH_PLACE))
    return f"{place_words(card)}，卡号 {card.number}" if card else NOWHERE


def report_by_number(number: str) -> CardReport:
    """Raises NotFound."""
    known = read_number(number)
    found = db.session.scalar(select(CardReport).where(CardReport.number == known)) if known else None
    if found is None:
        raise NotFound("没有找到这个报告编号。请核对后再试。")
    return found


def report_in_reach(actor: Actor, report_id: int, *, lock: bool = False) -> CardReport:
    """The report with this id, if it is the actor's to settle. Raises NotFound otherwise."""
    query = select(CardReport).where(CardReport.id == report_id, _reaches(actor))
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("没有找到这一条。")
    return found


def reports_in_reach(actor: Actor, *, cursor: str | None) -> Page[CardReport]:
    """What was said about cards in the actor's units, and of codes that are no card of ours; the newest first."""
    return fetch_page(
        select(CardReport).where(_reaches(actor)),
        keys=[CardReport.id],
        values=lambda report: [report.id],
        parse=_read_id,
        cursor=cursor,
        limit=_ON_A_PAGE,
        newest_first=True,
    )


def whom_to_tell(report: CardReport) -> Sequence[int]:
    """The property's leads at or above the place and the people of its community's desk; the administrators where there
    is no lead. Of a card that is not ours: every lead and administrator."""
    now = clock.now()
    posts = (
        select(Appointment.person_id, Appointment.role)
        .join(Unit, Unit.id == Appointment.unit_id)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Appointment.role.in_([Role.PROPERTY_LEAD, Role.ADMINISTRATOR]),
            identity.in_force(now.astimezone(clock.CHINA).date()),
            Person.disabled_at.is_(None),
        )
        .order_by(Appointment.id)
    )
    if report.unit_id is None:
        return list(dict.fromkeys(db.session.scalars(posts)))
    unit = db.session.get_one(Unit, report.unit_id)
    found = db.session.execute(posts.where(Unit.code.in_(unit.path.split(".")))).all()
    leads = [row.person_id for row in found if row.role == Role.PROPERTY_LEAD]
    desk = [person.id for person in _at(org.desk_of(unit), now)]
    return list(dict.fromkeys([*(leads or [row.person_id for row in found]), *desk]))


def _reaches(actor: Actor) -> ColumnElement[bool]:
    """Reports of the units in which the actor supervises cards; of cards that are not ours, for whoever issues some."""
    units = select(Unit.id).where(scope.below(Unit.path, scope.paths_where(actor, Permission.CARD_SEE)))
    reasons = [CardReport.unit_id.in_(units)]
    if actor.may(Permission.CARD_ISSUE):
        reasons.append(CardReport.unit_id.is_(None))
    return or_(*reasons)


def _at(desk: Desk, now: datetime) -> Sequence[Person]:
    return identity.members_of([desk.id], now)[desk.id]


def _read_id(values: Any) -> list[int]:
    (seen,) = values
    if type(seen) is not int or not 0 < seen < 2**63:
        raise ValueError("not an id")
    return [seen]
