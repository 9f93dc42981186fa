"""How far a delegation reaches and for how long: values in, values out. Pure.

Sources: 民法典 art 165 (who, what, how long), 169 (a delegate passes on only what they were allowed to pass on), 173 (it
ends with its term and when it is taken back), 21, 22 (adults act through their guardian); PIPL art 31 and
儿童个人信息网络保护规定 arts 8–10 (under 14). 民法典 arts 28, 31, 33, 36 (who becomes an adult's guardian: by law, by
appointment, by agreement; and how it ends) are named from memory and were not read. The limits in numbers are our own; no
authority has confirmed them.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Protocol

from butler.families.states import Basis, DelegationState, EndedWhy, Paper, Power
from butler.identity.rules import Limit
from butler.kit.errors import Invalid
from butler.kit.wording import CHINA

MOST_MATTERS = 20
PROPOSAL_LIVES = timedelta(days=14)  # unanswered: over
ADULT_YEARS = 3  # so long an adult's guardian is noted at most; then the decision is shown again
ADULT_ENOUGH = 14  # years: from then on they agree themselves
PROPOSALS_OF_ONE = (Limit(3, timedelta(days=1)), Limit(10, timedelta(days=30)))
PROPOSALS_TO_PHONE = (Limit(2, timedelta(days=1)), Limit(4, timedelta(days=30)))
"""A proposal sends a text to somebody who has not asked for it."""
REFUSED_FOR = timedelta(days=30)  # whoever said no is not asked again by the same person for so long

PAPERS: Mapping[Basis, frozenset[Paper]] = {
    Basis.GRANTED: frozenset({Paper.ID_CARD, Paper.HOUSEHOLD_REGISTER}),
    Basis.GUARDIANSHIP: frozenset({Paper.HOUSEHOLD_REGISTER, Paper.BIRTH_CERTIFICATE}),
    Basis.ADULT_GUARDIANSHIP: frozenset({Paper.COURT_DECISION, Paper.APPOINTMENT, Paper.AGREEMENT}),
}
"""Which paper shows it."""

ARROWS: Mapping[DelegationState, frozenset[DelegationState]] = {
    DelegationState.PROPOSED: frozenset({DelegationState.IN_FORCE, DelegationState.REFUSED, DelegationState.ENDED}),
    DelegationState.IN_FORCE: frozenset({DelegationState.ENDED}),
    DelegationState.REFUSED: frozenset(),
    DelegationState.ENDED: frozenset(),
}
"""From which state to which; nothing leads back."""


HIDES = frozenset({EndedWhy.REVOKED, EndedWhy.GIVEN_UP, EndedWhy.LEFT, EndedWhy.DECIDED, EndedWhy.MISTAKEN})
"""Ended by somebody's word: the delegate sees nothing of it any more. Ended by time: they see what they asked for, and do
nothing more."""


class Delegated(Protocol):
    """What a delegation says."""

    state: str
    acts: list[str]
    matters: list[str]
    starts_at: datetime
    ends_at: datetime


def powers(one: Delegated, matter_code: str | None, at: datetime) -> frozenset[Power]:
    """What somebody may do by it at a moment in an affair of this matter (None: a question about nothing in particular,
    which only an authority for every matter covers). From the first moment of its term up to, but not at, its end."""
    if one.state != DelegationState.IN_FORCE or not one.starts_at <= at < one.ends_at:
        return frozenset()
    if one.matters and matter_code not in one.matters:
        return frozenset()
    return frozenset(map(Power, one.acts))


def complete(acts: Collection[Power]) -> list[Power]:
    """In the order of `Power`, and following with everything: nobody can act for somebody with closed eyes."""
    return [power for power in Power if power in acts or power is Power.FOLLOW]


def start_of(day: date) -> datetime:
    """The first moment of a day in China."""
    return datetime.combine(day, time(), CHINA)


def end_of(day: date) -> datetime:
    """The moment after the last day somebody chose."""
    return start_of(day + timedelta(days=1))


def last_day_of(one: Delegated) -> date:
    """The last day on which it holds."""
    return (one.ends_at - timedelta(microseconds=1)).astimezone(CHINA).date()


def last_day(today: date) -> date:
    """The latest day an authority given today may last to: the same day next year."""
    return _years_after(today, 1, before=True)


def last_adult_day(today: date) -> date:
    """The latest day to which an adult's guardian is noted today."""
    return _years_after(today, ADULT_YEARS, before=True)


def check_term(until: date, today: date, *, latest: date | None = None) -> None:
    """Raise Invalid (``/until``) for a day that is over, or later than a year from now or than what was asked for."""
    limit = min(last_day(today), latest or date.max)
    if until < today:
        raise Invalid.at("/until", "这一天已经过去了，请选今天或以后的日子。", code="in_past")
    if until > limit:
        words = "最长一年" if latest is None or latest >= last_day(today) else "不能比家人请求的更久"
        said = f"{limit.year}年{limit.month}月{limit.day}日"
        raise Invalid.at("/until", f"{words}，请选{said}或更早的日子。", code="too_late")


def may_end(basis: Basis, mine: bool) -> bool:
    """Whether one of the two ends it by their word (`mine`: whose affairs they are). A child's guardian may stop acting
    here; an adult's stays guardian until a decision says otherwise (民法典 36), and no ward ends what the law gives."""
    return basis is Basis.GRANTED or (basis is Basis.GUARDIANSHIP and not mine)


def check_adult_term(issued_on: date, until: date, today: date) -> None:
    """Raise Invalid (``/issued_on``, ``/until``) for a decision of tomorrow, a day that is over, or more than three years:
    then the decision is looked at again. Three years are our own; no authority has confirmed them."""
    if issued_on > today:
        raise Invalid.at("/issued_on", "文书的日期不能在今天以后，请对照文书再看一遍。", code="in_future")
    if until < today:
        raise Invalid.at("/until", "这一天已经过去了，请选今天或以后的日子。", code="in_past")
    latest = last_adult_day(today)
    if until > latest:
        said = f"最长{ADULT_YEARS}年，请选{latest.year}年{latest.month}月{latest.day}日或更早的日子；到期再看一次文书。"
        raise Invalid.at("/until", said, code="too_late")


def check_narrower(acts: Collection[Power], matters: Collection[str], than: Delegated) -> None:
    """Raise Invalid unless what is agreed to lies within what was asked for (``/acts``, ``/matters``)."""
    if not set(acts) <= set(map(Power, than.acts)):
        raise Invalid.at("/acts", "家人没有请求这一项，只能在请求的范围里选。", code="wider")
    if than.matters and not (matters and set(matters) <= set(than.matters)):
        raise Invalid.at("/matters", "只能在家人请求的事项里选，至少选一项。", code="wider")


def fourteenth_birthday(born_on: date, today: date) -> date:
    """The day from which a child agrees themselves. Raises Invalid (``/born_on``) for the unborn and for who is old enough
    already. Born on a 29 February: on 1 March, so that nobody is taken for older than they are."""
    if born_on > today:
        raise Invalid.at("/born_on", "出生日期不能在今天以后，请对照证件再看一遍。", code="in_future")
    day = _years_after(born_on, ADULT_ENOUGH, before=False)
    if day <= today:
        raise Invalid.at(
            "/born_on", "孩子已满14周岁，由本人同意就行：请他（她）用自己的手机号登录。", code="old_enough"
        )
    return day


def _years_after(day: date, years: int, *, before: bool) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28) if before else date(day.year + years, 3, 1)
