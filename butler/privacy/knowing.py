"""The log with what the rules need to know of lookers, people and cases: of a day, and of the weeks before it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations, groupby

from sqlalchemy import Select, and_, distinct, extract, func, or_, select

from butler.cases.models import Case, CaseStep
from butler.cases.states import Step
from butler.identity.models import Appointment
from butler.kit.clock import CHINA
from butler.kit.database import db
from butler.looks.models import Look, Reveal
from butler.looks.states import LookKind, Standing, Way
from butler.privacy.patterns import EXPORTS_IN, LEAVING_IN, LYING, WEEKS
from butler.privacy.people import Acquaintance, know
from butler.privacy.rules import LINES_AT_NIGHT, NIGHT_BEGINS, NIGHT_ENDS, Lines, Viewed

TAKEN = {Step.CLAIM, Step.RELEASE, Step.NOTE}
"""Steps with which nobody is helped: in hand, out of hand, a word."""


@dataclass(frozen=True)
class LookerDay:
    """Everything one person looked at one by one on one day, or on several."""

    looker_id: int
    role: str
    unit_id: int | None
    views: list[Viewed]
    lines: Lines | None = None


@dataclass(frozen=True)
class _Known:
    """What is known about the people and cases of some days."""

    people: Acquaintance
    cases: Mapping[int, tuple[int | None, datetime | None]]  # holder, closed at
    deeds: Mapping[tuple[int, int], set[str]]  # looker, case: the steps of these days
    cared_for: set[tuple[int, int]]  # looker, person: something was done in any case of theirs
    left: Mapping[tuple[int, int], datetime]  # looker, case: their last step on a case they once had
    glass: set[tuple[int, int, datetime]]  # looker, case, when


def days_of_lookers(day: date) -> list[LookerDay]:
    """Every looker of a day, with what the rules judge; a fixed number of questions however many."""
    query = select(Look).where(Look.day == day, Look.kind != LookKind.LIST, ~Look.refused)
    looked, listed = _by_looker(day, day, query), _lines(day)
    return [
        LookerDay(one.looker_id, one.role, one.unit_id, one.views, listed.pop(one.looker_id, (None,))[0])
        for one in looked
    ] + [LookerDay(looker, role, unit, [], lines) for looker, (lines, role, unit) in listed.items()]


def weeks_of_people(day: date) -> tuple[list[LookerDay], set[tuple[int, int]]]:
    """Every look of the weeks up to a day at somebody who was looked at on that day; and which lookers share a desk or a
    home."""
    opened = (Look.kind.not_in((LookKind.LIST, LookKind.EXPORT)), ~Look.refused)
    seen_today = select(Look.person_id).where(Look.day == day, *opened)
    query = select(Look).where(Look.person_id.in_(seen_today), Look.day.between(day - WEEKS, day), *opened)
    lookers = _by_looker(day - WEEKS, day, query)
    of_person: defaultdict[int, set[int]] = defaultdict(set)
    for one in lookers:
        for view in one.views:
            of_person[view.person_id or 0].add(one.looker_id)
    known = know({one.looker_id for one in lookers}, (), day)
    pairs = {pair for some in of_person.values() for pair in combinations(sorted(some), 2)}
    return lookers, {pair for pair in pairs if known.share_desk_or_home(*pair)}


def exports_of_week(day: date) -> list[LookerDay]:
    """Who exported on a day, with one line of each table they exported in the week up to it."""
    today = select(Look.looker_id).where(Look.day == day, Look.kind == LookKind.EXPORT)
    one_of_each = (
        select(func.min(Look.id))
        .where(Look.looker_id.in_(today), Look.day > day - EXPORTS_IN, Look.day <= day, Look.kind == LookKind.EXPORT)
        .group_by(Look.looker_id, Look.at)
    )
    query = select(Look).where(Look.id.in_(one_of_each), Look.day > day - EXPORTS_IN)
    return _by_looker(day, day, query)


def last_days_of_posts(day: date) -> Iterator[tuple[LookerDay, date]]:
    """Whoever has no post any more after a day (or since it): the weeks before, and the last day."""
    found = db.session.execute(
        select(Appointment.person_id, func.max(func.coalesce(Appointment.valid_to, date.max)))
        .group_by(Appointment.person_id)
        .having(func.max(func.coalesce(Appointment.valid_to, date.max)).in_((day, day + timedelta(days=1))))
    ).all()
    for person_id, ends in found:
        since = ends - LEAVING_IN
        query = select(Look).where(Look.looker_id == person_id, Look.day >= since, Look.kind != LookKind.LIST)
        for one in _by_looker(since, day, query.where(~Look.refused)):
            yield one, ends - timedelta(days=1)


def taken_before(day: date) -> list[LookerDay]:
    """What was looked at so long before a day that something should have been done with it since."""
    then = day - LYING
    at_work = Look.standing.in_((Standing.HOLDER, Standing.DESK))
    query = select(Look).where(Look.day == then, Look.case_id.is_not(None), Look.kind != LookKind.LIST, at_work)
    return _by_looker(then, day, query)


def _by_looker(since: date, until: date, query: Select[Look]) -> list[LookerDay]:
    looks = db.session.scalars(query.order_by(None).order_by(Look.looker_id, Look.day, Look.seq)).all()
    known = _known(since, until, looks)
    found = []
    for looker_id, some in groupby(looks, key=lambda look: look.looker_id):
        mine = list(some)
        found.append(LookerDay(looker_id, mine[-1].role, mine[-1].unit_id, [_view(look, known) for look in mine]))
    return found


def _view(look: Look, known: _Known) -> Viewed:
    looker, person, case = look.looker_id, look.person_id, look.case_id
    holder, closed_at = known.cases.get(case or 0, (None, None))
    deeds = known.deeds.get((looker, case or 0), set())
    taken = Step.CLAIM in deeds and deeds <= TAKEN
    return Viewed(
        at=look.at,
        kind=LookKind(look.kind),
        standing=Standing(look.standing),
        person_id=person,
        case_id=case,
        reason=look.reason,
        done=bool(deeds) or (looker, person) in known.cared_for,
        only_taken=taken,
        put_down=taken and Step.RELEASE in deeds,
        waiting=look.standing == Standing.DESK and case in known.cases and holder is None and closed_at is None,
        other_holder=holder is not None and holder != looker,
        had_until=known.left.get((looker, case or 0)) if holder != looker else None,
        closed_at=closed_at,
        neighbour=known.people.are_neighbours(looker, person),
        same_surname=known.people.share_surname(looker, person),
        relative=known.people.are_family(looker, person),
        colleague=known.people.are_colleagues(looker, person),
        away=known.people.is_away(looker, look.at),
        glass=look.kind == LookKind.REVEAL and (looker, case, look.at) in known.glass,
    )


def _known(since: date, until: date, looks: Collection[Look]) -> _Known:
    lookers = {look.looker_id for look in looks}
    case_ids = {look.case_id for look in looks if look.case_id is not None}
    cases = db.session.execute(
        select(Case.id, Case.holder_id, Case.closed_at, Case.beneficiary_id, Case.asker_id).where(Case.id.in_(case_ids))
    ).all()
    whose = {row.id: {row.beneficiary_id, row.asker_id} for row in cases}
    steps = db.session.execute(
        select(CaseStep.case_id, CaseStep.actor_id, CaseStep.step, CaseStep.at)
        .where(CaseStep.case_id.in_(case_ids), CaseStep.actor_id.in_(lookers))
        .order_by(CaseStep.seq)
    ).all()
    deeds: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    for row in steps:
        if since <= row.at.astimezone(CHINA).date() <= until:
            deeds[row.actor_id, row.case_id].add(row.step)
    had = {(row.actor_id, row.case_id) for row in steps if row.step == Step.CLAIM}
    glass = select(Reveal.looker_id, Reveal.case_id, Reveal.uncovered_at).where(
        Reveal.looker_id.in_(lookers), Reveal.case_id.in_(case_ids), Reveal.way == Way.BREAK_GLASS
    )
    return _Known(
        people=know(lookers, {look.person_id for look in looks if look.person_id is not None}, until),
        cases={row.id: (row.holder_id, row.closed_at) for row in cases},
        deeds=deeds,
        cared_for={(looker, person) for looker, case in deeds for person in whose.get(case, ())},
        left={(row.actor_id, row.case_id): row.at for row in steps if (row.actor_id, row.case_id) in had},
        glass={(row.looker_id, row.case_id, row.uncovered_at) for row in db.session.execute(glass)},
    )


def _lines(day: date) -> dict[int, tuple[Lines, str, int | None]]:
    """Whoever saw many people in lists, in which role and unit; fewer than a night allows are left out."""
    hour = extract("hour", func.timezone(CHINA.key, Look.at))
    at_night = func.count(distinct(Look.person_id)).filter(or_(hour >= NIGHT_BEGINS, hour < NIGHT_ENDS))
    people = func.count(distinct(Look.person_id))
    listed = (Look.day == day, Look.kind == LookKind.LIST, Look.standing != Standing.OWN)
    found = db.session.execute(
        select(Look.looker_id, people, at_night, func.min(Look.at), func.max(Look.role), func.max(Look.unit_id))
        .where(*listed)
        .group_by(Look.looker_id)
        .having(people >= LINES_AT_NIGHT)
    ).all()
    steps = db.session.execute(
        select(CaseStep.actor_id, CaseStep.at)
        .join(Look, and_(Look.case_id == CaseStep.case_id, Look.looker_id == CaseStep.actor_id))
        .where(*listed, Look.looker_id.in_({row[0] for row in found}))
        .distinct()
    )
    done = {row.actor_id for row in steps if row.at.astimezone(CHINA).date() == day}
    return {
        looker: (Lines(seen, night, first, looker in done), role, unit)
        for looker, seen, night, first, role, unit in found
    }
