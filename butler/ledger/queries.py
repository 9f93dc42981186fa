"""The heads of days: which there are, what they cover, who has them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import and_, select

from butler.cases.models import Case, CaseStep
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import NotFound
from butler.ledger.heads import Head
from butler.ledger.models import LedgerDay, LedgerHead, LedgerReceipt
from butler.ledger.rules import SENT_BACK_TO, last_day_over
from butler.looks.models import LookDay
from butler.settings import Settings


def last_day() -> LedgerDay | None:
    """The newest day that is sealed."""
    return db.session.scalars(select(LedgerDay).order_by(LedgerDay.day.desc()).limit(1)).first()


def find_day(day: date) -> LedgerDay:
    """One sealed day. Raises NotFound."""
    found = db.session.get(LedgerDay, day)
    if found is None:
        raise NotFound("这一天还没有记录指纹。每天的指纹在第二天凌晨两点以后算出来。")
    return found


def newest_days(limit: int, before: date | None = None) -> Sequence[LedgerDay]:
    """Sealed days, the newest first; with `before` only older ones."""
    query = select(LedgerDay).order_by(LedgerDay.day.desc()).limit(limit)
    return db.session.scalars(query if before is None else query.where(LedgerDay.day < before)).all()


def days_between(first: date | None, last: date | None) -> Sequence[LedgerDay]:
    """Sealed days, the oldest first; both ends included."""
    query = select(LedgerDay).order_by(LedgerDay.day)
    if first is not None:
        query = query.where(LedgerDay.day >= first)
    if last is not None:
        query = query.where(LedgerDay.day <= last)
    return db.session.scalars(query).all()


def head_of(day: LedgerDay) -> Head:
    """As it was written down then."""
    return Head(
        day.day, day.before, day.cases, day.lines, day.lookers, day.looks, day.cases_digest, day.looks_digest, day.root
    )


def heads_of_cases(day: date) -> Iterator[tuple[str, int, bytes]]:
    """Number, line and hash of every history a day covers, in the order of numbers."""
    query = (
        select(Case.number, LedgerHead.seq, CaseStep.hash)
        .join(Case, Case.id == LedgerHead.case_id)
        .join(CaseStep, and_(CaseStep.case_id == LedgerHead.case_id, CaseStep.seq == LedgerHead.seq))
        .where(LedgerHead.day == day)
        .order_by(Case.number.collate("C"))
    )
    for row in db.session.execute(query.execution_options(yield_per=5000)):
        yield row.number, row.seq, row.hash


def heads_of_looks(after: date | None, day: date) -> list[tuple[date, int, int, bytes]]:
    """The end of every looker's day (day, id, rows, hash) after one day and up to another; of all before when there is
    none."""
    query = select(LookDay).where(LookDay.day <= day, LookDay.rows > 0).order_by(LookDay.day, LookDay.looker_id)
    if after is not None:
        query = query.where(LookDay.day > after)
    return [(one.day, one.looker_id, one.rows, one.head) for one in db.session.scalars(query)]


def receipts_of(days: Sequence[date]) -> dict[date, list[LedgerReceipt]]:
    """Who has confirmed having the heads of these days."""
    found: dict[date, list[LedgerReceipt]] = {day: [] for day in days}
    query = select(LedgerReceipt).where(LedgerReceipt.day.in_(days)).order_by(LedgerReceipt.received_at)
    for receipt in db.session.scalars(query):
        found[receipt.day].append(receipt)
    return found


def has_receipt(day: date, party: str) -> bool:
    """Whether a party has confirmed having the head of a day."""
    return db.session.get(LedgerReceipt, (day, party)) is not None


def unsent(settings: Settings, *, sealed_before: datetime | None = None) -> list[tuple[date, str]]:
    """Days and parties without a receipt, the oldest first; of the last weeks, and at most those the settings name."""
    parties = settings.parties()
    if not parties:
        return []
    query = select(LedgerDay.day).where(LedgerDay.day >= clock.today() - SENT_BACK_TO).order_by(LedgerDay.day)
    if sealed_before is not None:
        query = query.where(LedgerDay.sealed_at < sealed_before)
    days = db.session.scalars(query).all()
    have = {(day, one.party) for day, some in receipts_of(days).items() for one in some}
    return [(day, party) for day in days for party in parties if (day, party) not in have]


def unsealed_days() -> int:
    """How many days are over and have no head; 0 before the first is sealed."""
    last = last_day()
    return (last_day_over(clock.now()) - last.day).days if last is not None else 0


def end_of(day: date) -> datetime:
    """The first moment that is not of this day any more."""
    return datetime.combine(day + timedelta(days=1), time(), clock.CHINA)
