"""What no single day of one looker shows: several days, or several lookers. Pure; its thresholds are on this page."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import combinations

from butler.kit.wording import CHINA
from butler.looks.states import LookKind, Standing
from butler.privacy.rules import Suspicion, Viewed, idle, looked_at
from butler.privacy.states import Rule

WEEKS = timedelta(days=28)  # as far as is looked back
DAYS_APART = 4  # separate days on which the same person was looked at, and nothing was ever done
DAYS_OF_WHAT_IS_OVER = 3  # the same, of a closed case, or by uncovering something each time
TURNS = 2  # days of each of two people who look in turn, together as many as of one
ONLOOKERS = 4  # people at work who look at the same person on one day, all without doing anything
EXPORTS_IN, EXPORTS_A_WEEK = timedelta(days=7), 4
LYING = timedelta(days=5)  # a case taken in hand; three of them are days of work, but for long holidays
LEAVING_IN, LEAVING_PEOPLE = timedelta(days=14), 30  # people looked at without work before a post ends

Found = Iterator[tuple[int, Suspicion]]
"""Looker and suspicion."""


def without_cause(view: Viewed) -> bool:
    """Whether nothing explains the look: no work done, not in hand, not waiting at the desk, not there to supervise."""
    supervised = view.standing is Standing.ABOVE and view.closed_at is None
    return looked_at(view) and idle(view) and not view.waiting and not supervised


def judge_crowds(views: Mapping[int, Sequence[Viewed]]) -> Found:
    """Many lookers at one person on one day (hospitals: the patient in the newspaper)."""
    onlookers: defaultdict[int, dict[int, list[Viewed]]] = defaultdict(dict)
    for looker, seen in views.items():
        for view in seen:
            if view.person_id is not None and without_cause(view):
                onlookers[view.person_id].setdefault(looker, []).append(view)
    for person, lookers in onlookers.items():
        if len(lookers) >= ONLOOKERS:
            for looker, looks in lookers.items():
                yield looker, Suspicion(Rule.CROWD, len(looks), min(view.at for view in looks), person)


def judge_weeks(views: Mapping[int, Sequence[Viewed]], day: date, together: Iterable[tuple[int, int]]) -> Found:
    """What looks up to this day show over weeks. `done` in `views` speaks of all these weeks.

    `together`: pairs of lookers who share a desk or a home. A person is asked about on a day they were looked at.
    """
    days: defaultdict[tuple[int, int], dict[date, list[Viewed]]] = defaultdict(dict)
    for looker, seen in views.items():
        for view in seen:
            if view.person_id is not None and without_cause(view):
                days[looker, view.person_id].setdefault(_day(view.at), []).append(view)
    alone = {pair for pair, on in days.items() if day in on and _keeps_coming(on)}
    for looker, person in sorted(alone):
        yield looker, _about(Rule.KEEPS_COMING, person, days[looker, person])
    yield from _in_turn(days, day, set(together), alone)


def judge_exports(exports: Sequence[datetime]) -> Iterator[Suspicion]:
    """The moments at which somebody exported within a week."""
    if len(set(exports)) >= EXPORTS_A_WEEK:
        yield Suspicion(Rule.EXPORTS, len(set(exports)), min(exports))


def judge_lying(views: Sequence[Viewed]) -> Iterator[Suspicion]:
    """What somebody took in hand of a neighbour, with all that was done since."""
    seen = [view for view in views if view.neighbour and view.only_taken and not view.put_down and not view.closed_at]
    for case_id in sorted({view.case_id or 0 for view in seen}):
        looks = [view for view in seen if view.case_id == case_id]
        yield Suspicion(Rule.LEFT_LYING, len(looks), min(view.at for view in looks), looks[0].person_id, case_id)


def judge_leaving(views: Sequence[Viewed], last: date) -> Iterator[Suspicion]:
    """The last weeks of a post, of which this was the last day."""
    seen = [view for view in views if without_cause(view) and view.kind is not LookKind.SEARCH]
    if len({view.person_id for view in seen}) >= LEAVING_PEOPLE:
        yield Suspicion(Rule.LEAVING, len(seen), min(view.at for view in seen), day=last)


def _keeps_coming(on: Mapping[date, Sequence[Viewed]]) -> bool:
    over = [day for day, seen in on.items() if any(view.closed_at or view.kind is LookKind.REVEAL for view in seen)]
    return len(on) >= DAYS_APART or len(over) >= DAYS_OF_WHAT_IS_OVER


def _in_turn(
    days: Mapping[tuple[int, int], Mapping[date, Sequence[Viewed]]],
    day: date,
    together: set[tuple[int, int]],
    alone: set[tuple[int, int]],
) -> Found:
    lookers: defaultdict[int, list[int]] = defaultdict(list)
    for (looker, person), on in days.items():
        if len(on) >= TURNS and (looker, person) not in alone:
            lookers[person].append(looker)
    for person, some in lookers.items():
        taking = {
            looker
            for pair in combinations(sorted(some), 2)
            if pair in together
            and _keeps_coming({**days[pair[0], person], **days[pair[1], person]})
            and any(day in days[looker, person] for looker in pair)
            for looker in pair
        }
        for looker in sorted(taking):
            yield looker, _about(Rule.IN_TURN, person, days[looker, person])


def _about(rule: Rule, person: int, on: Mapping[date, Sequence[Viewed]]) -> Suspicion:
    looks = [view for seen in on.values() for view in seen]
    return Suspicion(rule, len(looks), min(view.at for view in looks), person)


def _day(at: datetime) -> date:
    return at.astimezone(CHINA).date()
