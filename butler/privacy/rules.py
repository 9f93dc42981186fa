"""Which looks stand out: one looker's day in, suspicions out. Pure; every threshold of a day is on this page.

Borrowed from what hospitals watch for (family, neighbours, colleagues, no treatment relation: promises.md T11). A
suspicion is a question to be asked, never a verdict. What only several days or several lookers show: `patterns`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from butler.kit.wording import CHINA
from butler.looks.rules import PEOPLE_A_DAY
from butler.looks.states import LookKind, Standing
from butler.privacy.states import Rule

NIGHT_BEGINS, NIGHT_ENDS = 21, 7  # o'clock; butlers receive papers until nine in the evening
NIGHT_PEOPLE = 10  # in one night
DEEP_NIGHT_BEGINS, DEEP_NIGHT_ENDS = 23, 5  # o'clock; only emergencies are worked on
DEEP_NIGHT_PEOPLE = 3
SEARCHED_PEOPLE = 3  # by name in one day without anything being done; one is enough at night
SEARCHED_BY_PHONE = 6  # people who were neither opened nor helped; whoever telephones is looked for and opened
SEARCHED_IN_VAIN = 8  # names that nobody has; two or three are typed wrongly on an ordinary day
SUPERVISED_PEOPLE = 15  # whom only a supervisor's right lets one see, without anything being done
TIMES_A_DAY = 6  # the same person, without having the case or doing anything
UNCOVERED_TIMES, UNCOVERED_PEOPLE = 3, 6  # the same person, so many people: uncovered in one day, and nothing done
LINES, LINES_AT_NIGHT = 300, 40  # different people in lists in one day, without a step on any of them
EXPORTED_FEW = 3  # people in one table: it was made for one of them
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
    only_taken: bool = False  # took it in hand, and did no more with it than leave a word
    put_down: bool = False  # the same, and gave it back
    waiting: bool = False  # nobody has it in hand, and it waits at the looker's own desk: theirs to open
    neighbour: bool = False  # lives in the looker's building, or in one the looker left within a year
    same_surname: bool = False
    relative: bool = False  # of the same household now or once, or one may or might act for the other
    colleague: bool = False  # has, or had within a year, a post in the looker's unit or the one above or below
    away: bool = False  # the looker was on leave
    glass: bool = False  # an urgent look


@dataclass(frozen=True)
class Lines:
    """How many different people somebody saw in lists in a day, and whether they did something about any of them."""

    people: int
    at_night: int
    first: datetime
    done: bool


@dataclass(frozen=True)
class Suspicion:
    """Something to ask about. `person_id` and `case_id` where it is about one of them."""

    rule: Rule
    looks: int
    at: datetime  # the first of them
    person_id: int | None = None
    case_id: int | None = None
    day: date | None = None  # where it is not the day that is judged


def judge(views: Sequence[Viewed], lines: Lines | None = None) -> list[Suspicion]:
    """Everything that stands out in one looker's day. One's own affairs never do; lines of lists and of tables that two
    people decided to export only by how many they are.
    """
    in_order = sorted(views, key=lambda view: view.at)
    seen = [view for view in in_order if looked_at(view)]
    found: list[Suspicion] = []
    for rule, test in _EACH.items():
        found += _per_person(rule, [view for view in seen if test(view)])
    for rule, test, most in _MANY:
        hits = [view for view in seen if test(view)]
        people = {view.person_id for view in hits if view.person_id is not None}
        if len(people) >= most:
            found.append(Suspicion(rule, len(hits), hits[0].at))
    found += _again_and_again(seen)
    found += _searched(seen)
    found += _few([view for view in in_order if view.kind is LookKind.EXPORT])
    if lines is not None and not lines.done and (lines.people >= LINES or lines.at_night >= LINES_AT_NIGHT):
        found.append(Suspicion(Rule.LINES, lines.people, lines.first))
    return found


def looked_at(view: Viewed) -> bool:
    """Whether one thing was looked at by itself, and of somebody else."""
    return view.kind not in (LookKind.LIST, LookKind.EXPORT) and view.standing is not Standing.OWN


def idle(view: Viewed) -> bool:
    """Nothing connects the look with work: the case is not in hand and nothing was done."""
    return view.standing is not Standing.HOLDER and not view.done


def _at_night(view: Viewed) -> bool:
    return not NIGHT_ENDS <= view.at.astimezone(CHINA).hour < NIGHT_BEGINS


def _in_deep_night(view: Viewed) -> bool:
    return not DEEP_NIGHT_ENDS <= view.at.astimezone(CHINA).hour < DEEP_NIGHT_BEGINS


def _nothing_done(view: Viewed) -> bool:
    return idle(view) or view.put_down


def _given_away(view: Viewed) -> bool:
    if view.had_until is None or view.closed_at is not None or not view.other_holder:
        return False
    return idle(view) and view.at > view.had_until + HANDED_OVER_FOR


def _long_closed(view: Viewed) -> bool:
    if view.closed_at is None or view.reason in ASKED_FOR:
        return False
    return idle(view) and view.at > view.closed_at + CLOSED_FOR


def _by_name(view: Viewed) -> bool:
    return view.kind is LookKind.SEARCH and view.reason == "name" and view.person_id is not None and not view.done


_EACH: Mapping[Rule, Callable[[Viewed], bool]] = {
    Rule.RELATIVE: lambda view: view.relative,
    Rule.SAME_SURNAME: lambda view: view.neighbour and view.same_surname and not view.relative,
    Rule.SAME_BUILDING: lambda view: (
        view.neighbour and not view.same_surname and not view.relative and _nothing_done(view)
    ),
    Rule.COLLEAGUE: lambda view: view.colleague and not view.relative and _nothing_done(view),
    Rule.AWAY: lambda view: view.away and idle(view),
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
        lambda view: view.standing is Standing.NONE and view.kind is not LookKind.SEARCH and idle(view),
        1,
    ),
    (
        Rule.UNASSIGNED,
        lambda view: view.standing is Standing.ABOVE and idle(view) and not view.reason,
        SUPERVISED_PEOPLE,
    ),
    (Rule.OFF_HOURS, lambda view: _at_night(view) and idle(view), NIGHT_PEOPLE),
    (Rule.OFF_HOURS, lambda view: _in_deep_night(view) and idle(view), DEEP_NIGHT_PEOPLE),
    (Rule.UNCOVERED, lambda view: view.kind is LookKind.REVEAL and idle(view), UNCOVERED_PEOPLE),
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
    of_somebody = [view for view in seen if view.person_id is not None and idle(view)]
    opened = [view for view in of_somebody if view.kind is not LookKind.SEARCH]
    uncovered = [view for view in of_somebody if view.kind is LookKind.REVEAL]
    yield from (one for one in _per_person(Rule.AGAIN_AND_AGAIN, opened) if one.looks >= TIMES_A_DAY)
    yield from (one for one in _per_person(Rule.UNCOVERED, uncovered) if one.looks >= UNCOVERED_TIMES)


def _searched(seen: Sequence[Viewed]) -> Iterator[Suspicion]:
    searches = [view for view in seen if view.kind is LookKind.SEARCH]
    opened = {view.person_id for view in seen if view.kind is not LookKind.SEARCH}
    by_phone = [
        view
        for view in searches
        if view.reason == "phone" and view.person_id is not None and view.person_id not in opened and not view.done
    ]
    in_vain = [view for view in searches if view.person_id is None and view.reason == "name"]
    if len({view.person_id for view in by_phone}) >= SEARCHED_BY_PHONE:
        yield Suspicion(Rule.SEARCHES, len(by_phone), by_phone[0].at)
    if len(in_vain) >= SEARCHED_IN_VAIN:
        yield Suspicion(Rule.SEARCHES, len(in_vain), in_vain[0].at)


def _few(exported: Sequence[Viewed]) -> Iterator[Suspicion]:
    for at, table in groupby(exported, key=lambda view: view.at):
        rows = list(table)
        if len({view.person_id for view in rows}) <= EXPORTED_FEW:
            yield Suspicion(Rule.EXPORTS, len(rows), at)
