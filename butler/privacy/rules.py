"""Which looks stand out: one looker's day in, suspicions out. Pure; every threshold is on this page.

Borrowed from what hospitals watch for (family, neighbours, colleagues, no treatment relation: promises.md T11). A
suspicion is a question to be asked, never a verdict.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from butler.kit.wording import CHINA
from butler.looks.rules import PEOPLE_A_DAY
from butler.looks.states import LookKind, Standing
from butler.privacy.states import Rule

NIGHT_BEGINS, NIGHT_ENDS = 21, 7  # o'clock; butlers receive papers until nine in the evening
NIGHT_PEOPLE = 10  # in one night
SEARCHED_PEOPLE = 3  # by name in one day without anything being done; one is enough at night
SUPERVISED_PEOPLE = 15  # whom only a supervisor's right lets one see, without anything being done
TIMES_A_DAY = 6  # the same person, without having the case or doing anything
HANDED_OVER_FOR = timedelta(hours=1)  # to finish a sentence
CLOSED_FOR = timedelta(days=7)  # promises.md §4.3: claimed, and seven days after

ASKED_FOR = frozenset({"complaint", "check", "danger"})
"""Reasons that explain a look at an old case."""

TELLS_LOOKER = frozenset(Rule) - {Rule.DECOY, Rule.DOUBTED}
"""Findings that the looker is told of once they are confirmed. A decoy must not become known, nor who has a doubt."""


@dataclass(frozen=True, kw_only=True)
class Viewed:
    """One look, and what was known about looker, person and case at the time."""

    at: datetime
    kind: LookKind
    standing: Standing
    person_id: int | None
    case_id: int | None
    reason: str = ""
    done: bool = False  # the looker did something about this case, or another of this person, that day
    other_holder: bool = False  # somebody else has it in hand
    had_until: datetime | None = None  # the looker once had it, and gave it away then
    closed_at: datetime | None = None
    neighbour: bool = False  # lives in the looker's building
    same_surname: bool = False
    relative: bool = False
    glass: bool = False  # an urgent look


@dataclass(frozen=True)
class Suspicion:
    """Something to ask about. `person_id` and `case_id` where it is about one of them."""

    rule: Rule
    looks: int
    at: datetime  # the first of them
    person_id: int | None = None
    case_id: int | None = None


def judge(views: Sequence[Viewed]) -> list[Suspicion]:
    """Everything that stands out in one looker's day. Lines of lists and one's own affairs never do."""
    seen = [
        view
        for view in sorted(views, key=lambda view: view.at)
        if view.kind is not LookKind.LIST and view.standing is not Standing.OWN
    ]
    found: list[Suspicion] = []
    for rule, test in _EACH.items():
        found += _per_person(rule, [view for view in seen if test(view)])
    for rule, test, most in _MANY:
        hits = [view for view in seen if test(view)]
        people = {view.person_id for view in hits if view.person_id is not None}
        if len(people) >= most:
            found.append(Suspicion(rule, len(hits), hits[0].at))
    found += _again_and_again(seen)
    return found


def _idle(view: Viewed) -> bool:
    """Nothing connects the look with work: the case is not in hand and nothing was done."""
    return view.standing is not Standing.HOLDER and not view.done


def _at_night(view: Viewed) -> bool:
    return not NIGHT_ENDS <= view.at.astimezone(CHINA).hour < NIGHT_BEGINS


def _given_away(view: Viewed) -> bool:
    if view.had_until is None or view.closed_at is not None or not view.other_holder:
        return False
    return _idle(view) and view.at > view.had_until + HANDED_OVER_FOR


def _long_closed(view: Viewed) -> bool:
    if view.closed_at is None or view.reason in ASKED_FOR:
        return False
    return _idle(view) and view.at > view.closed_at + CLOSED_FOR


def _by_name(view: Viewed) -> bool:
    return view.kind is LookKind.SEARCH and view.reason == "name" and view.person_id is not None and not view.done


_EACH: Mapping[Rule, Callable[[Viewed], bool]] = {
    Rule.RELATIVE: lambda view: view.relative,
    Rule.SAME_SURNAME: lambda view: view.neighbour and view.same_surname and not view.relative,
    Rule.SAME_BUILDING: lambda view: view.neighbour and not view.same_surname and not view.relative and _idle(view),
    Rule.AFTER_HANDOVER: _given_away,
    Rule.AFTER_CLOSING: _long_closed,
    Rule.BROKEN_GLASS: lambda view: view.glass,
}
"""What one look is enough for."""

_MANY: Sequence[tuple[Rule, Callable[[Viewed], bool], int]] = (
    (Rule.SEARCHES, lambda view: _by_name(view) and not _at_night(view), SEARCHED_PEOPLE),
    (Rule.SEARCHES, lambda view: _by_name(view) and _at_night(view), 1),
    (
        Rule.UNASSIGNED,
        lambda view: view.standing is Standing.NONE and view.kind is not LookKind.SEARCH and _idle(view),
        1,
    ),
    (
        Rule.UNASSIGNED,
        lambda view: view.standing is Standing.ABOVE and _idle(view) and not view.reason,
        SUPERVISED_PEOPLE,
    ),
    (Rule.OFF_HOURS, lambda view: _at_night(view) and _idle(view), NIGHT_PEOPLE),
    (Rule.TOO_MANY, lambda view: view.standing is not Standing.HOLDER, PEOPLE_A_DAY + 1),
)
"""What needs so many different people."""


def _per_person(rule: Rule, views: Iterable[Viewed]) -> Iterator[Suspicion]:
    def which(view: Viewed) -> tuple[int, int]:
        return view.person_id or 0, view.case_id or 0

    for (person_id, case_id), some in groupby(sorted(views, key=which), key=which):
        looks = sorted(some, key=lambda view: view.at)
        yield Suspicion(rule, len(looks), looks[0].at, person_id or None, case_id or None)


def _again_and_again(seen: Sequence[Viewed]) -> Iterator[Suspicion]:
    idle = [view for view in seen if view.person_id is not None and _idle(view)]
    for found in _per_person(Rule.AGAIN_AND_AGAIN, [view for view in idle if view.kind is not LookKind.SEARCH]):
        if found.looks >= TIMES_A_DAY:
            yield found
