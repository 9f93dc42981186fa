"""One day of the log with what the rules need to know; and the findings."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import ColumnElement, Select, and_, or_, select

from butler.cases.models import Case, CaseStep
from butler.cases.states import Step
from butler.identity import scope
from butler.identity.models import Residence
from butler.identity.permissions import Permission
from butler.identity.scope import Actor
from butler.kit.clock import CHINA
from butler.kit.database import db
from butler.kit.errors import NotFound
from butler.kit.paging import Page, fetch_page
from butler.looks.models import Look, Reveal
from butler.looks.queries import names_of
from butler.looks.states import LookKind, Standing, Way
from butler.org.models import Household, Unit
from butler.privacy.models import Finding
from butler.privacy.rules import Viewed
from butler.privacy.states import Verdict


@dataclass(frozen=True)
class LookerDay:
    """Everything one person looked at one by one on one day."""

    looker_id: int
    role: str
    unit_id: int | None
    views: list[Viewed]


@dataclass(frozen=True)
class _Known:
    """What is known about the lookers, people and cases of a day."""

    surnames: Mapping[int, str]
    homes: Mapping[int, set[tuple[int, int]]]  # person → (building, household)
    families: set[tuple[int, int]]  # one asked for the other
    cases: Mapping[int, tuple[int | None, datetime | None]]  # holder, closed at
    deeds: set[tuple[int, int]]  # looker, case: something done that day
    cared_for: set[tuple[int, int]]  # looker, person: the same about any case of theirs
    left: Mapping[tuple[int, int], datetime]  # looker, case: their last step on a case they once had
    glass: set[tuple[int, int, datetime]]  # looker, case, when


def days_of_lookers(day: date) -> Iterator[LookerDay]:
    """Every looker of a day, with what the rules judge; a fixed number of questions however many."""
    query = select(Look).where(Look.day == day, Look.kind != LookKind.LIST, ~Look.refused)
    looks = db.session.scalars(query.order_by(Look.looker_id, Look.seq)).all()
    known = _known(day, looks)
    for looker_id, some in groupby(looks, key=lambda look: look.looker_id):
        mine = list(some)
        views = [_view(look, known) for look in mine]
        yield LookerDay(looker_id, mine[-1].role, mine[-1].unit_id, views)


def _view(look: Look, known: _Known) -> Viewed:
    looker, person, case = look.looker_id, look.person_id, look.case_id
    homes, theirs = known.homes.get(looker, set()), known.homes.get(person or 0, set())
    holder, closed_at = known.cases.get(case or 0, (None, None))
    return Viewed(
        at=look.at,
        kind=LookKind(look.kind),
        standing=Standing(look.standing),
        person_id=person,
        case_id=case,
        reason=look.reason,
        done=(looker, case) in known.deeds or (looker, person) in known.cared_for,
        other_holder=holder is not None and holder != looker,
        had_until=known.left.get((looker, case or 0)) if holder != looker else None,
        closed_at=closed_at,
        neighbour=bool({building for building, _ in homes} & {building for building, _ in theirs}),
        same_surname=person is not None and known.surnames.get(person) == known.surnames.get(looker),
        relative=bool(homes & theirs) or (looker, person) in known.families,
        glass=look.kind == LookKind.REVEAL and (looker, case, look.at) in known.glass,
    )


def _known(day: date, looks: Collection[Look]) -> _Known:
    lookers = {look.looker_id for look in looks}
    people = {look.person_id for look in looks if look.person_id is not None}
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
    deeds = {(row.actor_id, row.case_id) for row in steps if row.at.astimezone(CHINA).date() == day}
    had = {(row.actor_id, row.case_id) for row in steps if row.step == Step.CLAIM}
    glass = select(Reveal.looker_id, Reveal.case_id, Reveal.uncovered_at).where(
        Reveal.looker_id.in_(lookers), Reveal.case_id.in_(case_ids), Reveal.way == Way.BREAK_GLASS
    )
    return _Known(
        surnames={person: name[:1] for person, name in names_of(lookers | people).items()},
        homes=_homes(lookers | people, day),
        families=_families(lookers, people),
        cases={row.id: (row.holder_id, row.closed_at) for row in cases},
        deeds=deeds,
        cared_for={(looker, person) for looker, case in deeds for person in whose.get(case, ())},
        left={(row.actor_id, row.case_id): row.at for row in steps if (row.actor_id, row.case_id) in had},
        glass={(row.looker_id, row.case_id, row.uncovered_at) for row in db.session.execute(glass)},
    )


def _homes(people: Collection[int], day: date) -> dict[int, set[tuple[int, int]]]:
    homes: dict[int, set[tuple[int, int]]] = {}
    found = db.session.execute(
        select(Residence.person_id, Household.building_id, Household.id)
        .join(Household, Household.id == Residence.household_id)
        .where(
            Residence.person_id.in_(people),
            Residence.valid_from <= day,
            or_(Residence.valid_to.is_(None), Residence.valid_to > day),
        )
    )
    for person, building, household in found:
        homes.setdefault(person, set()).add((building, household))
    return homes


def _families(lookers: Collection[int], people: Collection[int]) -> set[tuple[int, int]]:
    """Looker and person of whom one asked for something for the other."""
    found = db.session.execute(
        select(Case.asker_id, Case.beneficiary_id)
        .where(
            Case.asker_id != Case.beneficiary_id,
            Case.recorder_id == Case.asker_id,  # not at a desk for a resident who came by
            or_(
                and_(Case.asker_id.in_(lookers), Case.beneficiary_id.in_(people)),
                and_(Case.asker_id.in_(people), Case.beneficiary_id.in_(lookers)),
            ),
        )
        .distinct()
    ).all()
    return {(asker, beneficiary) for asker, beneficiary in found} | {(one, asker) for asker, one in found}


def path_of_unit(unit_id: int | None) -> str:
    """The path of a looker's unit; the root of everything for a look without a post."""
    path = db.session.scalar(select(Unit.path).where(Unit.id == unit_id)) if unit_id else None
    return (
        path or db.session.scalars(select(Unit.path).where(Unit.parent_id.is_(None)).order_by(Unit.id)).first() or "0"
    )


def findings_for(actor: Actor, *, verdict: Verdict | None, cursor: str | None, limit: int) -> Page[Finding]:
    """Findings about people of the officer's units, the newest first; never those about oneself."""
    query: Select[Finding] = select(Finding).where(_readable(actor))
    if verdict is not None:
        query = query.where(Finding.verdict == verdict)
    return fetch_page(
        query,
        keys=[Finding.id],
        values=lambda finding: [finding.id],
        parse=lambda values: [int(values[0])],
        cursor=cursor,
        limit=limit,
        newest_first=True,
    )


def find_finding(actor: Actor, finding_id: int, *, lock: bool = False) -> Finding:
    """One finding. Raises NotFound for those of other units, and for those about oneself."""
    query = select(Finding).where(Finding.id == finding_id, _readable(actor))
    finding = db.session.scalar(query.with_for_update() if lock else query)
    if finding is None:
        raise NotFound("没有找到这一条，可能不归您核对。")
    return finding


def looks_behind(finding: Finding, limit: int = 50) -> list[Look]:
    """The rows of the log a finding is about, the newest first: of its case or person, else of the looker's day."""
    query = select(Look).where(Look.looker_id == finding.looker_id, Look.day == finding.day, Look.kind != LookKind.LIST)
    if finding.case_id is not None:
        query = query.where(Look.case_id == finding.case_id)
    elif finding.person_id is not None:
        query = query.where(Look.person_id == finding.person_id)
    return list(db.session.scalars(query.order_by(Look.id.desc()).limit(limit)))


def numbers_of(case_ids: Collection[int]) -> dict[int, str]:
    """The numbers of cases, and nothing else of them."""
    return {row.id: row.number for row in db.session.execute(select(Case.id, Case.number).where(Case.id.in_(case_ids)))}


def _readable(actor: Actor) -> ColumnElement[bool]:
    inside = scope.below(Finding.unit_path, scope.paths_where(actor, Permission.LOOK_REVIEW))
    return and_(inside, Finding.looker_id != actor.person_id)
