"""Looking for a person: exactly, within one's reach, masked, and written down each time, answered or not."""

from collections.abc import Sequence

from sqlalchemy import select

from butler.cases.actions.looking import record_list, standing_of
from butler.cases.models import Case
from butler.cases.queries.searching import cases_by
from butler.identity.actions.limiting import one_at_a_time
from butler.identity.rules import wait_before_next
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import RateLimited
from butler.looks.actions import Seen, record_looks
from butler.looks.models import Look
from butler.looks.rules import MOST_FOUND, SEARCHES
from butler.looks.states import FieldClass, LookKind, SearchBy


class SearchedTooOften(RateLimited):
    """429: so many searches. Keeps its work: that somebody tried is written down too."""

    keeps_work = True


def search_cases(actor: Actor, *, by: SearchBy, text: str) -> Sequence[Case]:
    """The cases within the caller's reach of people with exactly this name or phone, or the one with this number; the
    newest first, at most 50.

    What was typed is not kept, whom it found is. Raises SearchedTooOften.
    """
    check_often(actor, by)
    found = db.session.scalars(cases_by(actor, by, text).limit(MOST_FOUND)).all()
    theirs = [case for case in found if standing_of(actor, case) is not None]
    if theirs:
        record_list(actor, theirs, kind=LookKind.SEARCH, fields=(FieldClass.OUTLINE,), reason=by.value)
    else:
        record_looks(actor, LookKind.SEARCH, [Seen(None, None)], fields=(), reason=by.value)
    return theirs


def check_often(actor: Actor, by: SearchBy) -> None:
    """Raise SearchedTooOften, and write down that somebody tried, when they have looked for people too often."""
    one_at_a_time(f"searches by {actor.person_id}")
    now = clock.now()
    longest, most = max(limit.per for limit in SEARCHES), max(limit.times for limit in SEARCHES)
    earlier = (
        select(Look.at)
        .where(
            Look.looker_id == actor.person_id,
            Look.day >= (now - longest).date(),
            Look.kind == LookKind.SEARCH,
            Look.at > now - longest,
            ~Look.refused,
        )
        .group_by(Look.at)  # one search may find several people
        .order_by(Look.at.desc())
        .limit(most)
    )
    wait = wait_before_next(db.session.scalars(earlier).all(), now, SEARCHES)
    if wait:
        record_looks(actor, LookKind.SEARCH, [Seen(None, None)], fields=(), reason=by.value, refused=True)
        raise SearchedTooOften("查找的次数太多了，这次没有查。请过一会儿再找。", retry_after=wait)
