"""Which cases: a queue, what somebody holds, asked for or answers for. Each returns a `Select` in its natural order."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, not_, or_, select
from sqlalchemy.orm import joinedload, load_only

from butler.cases import reaching
from butler.cases.models import Case, CaseStep
from butler.cases.routing import Stop
from butler.cases.states import Relation, Stage
from butler.identity import queries as identity
from butler.identity import scope
from butler.identity.models import Person
from butler.identity.permissions import Permission
from butler.identity.scope import Actor
from butler.kit import numbers
from butler.kit.database import db
from butler.kit.errors import NotFound
from butler.org import queries as org_queries
from butler.org.models import Building, Desk, Estate, Unit

# And no password hash.
_person = load_only(Person.name, Person.phone, Person.no_calls, Person.no_texts, Person.reach)
_unit = load_only(Unit.code, Unit.name, Unit.level)
SHOWN = (
    joinedload(Case.desk, innerjoin=True).joinedload(Desk.unit, innerjoin=True).options(_unit),
    joinedload(Case.accountable_desk, innerjoin=True),
    joinedload(Case.holder).options(_person),
    joinedload(Case.asker, innerjoin=True).options(_person),
    joinedload(Case.beneficiary, innerjoin=True).options(_person),
    joinedload(Case.unit, innerjoin=True).options(_unit),
    joinedload(Case.building).joinedload(Building.estate).joinedload(Estate.community).options(_unit),
)
"""Everything a case page or answer shows, in the query that loads the case."""
_named = load_only(Person.name)
LISTED = (
    joinedload(Case.desk, innerjoin=True).joinedload(Desk.unit, innerjoin=True).options(_unit),
    joinedload(Case.accountable_desk, innerjoin=True),
    joinedload(Case.holder).options(_named),
    joinedload(Case.beneficiary, innerjoin=True).options(_named),
    joinedload(Case.unit, innerjoin=True).options(_unit),
    joinedload(Case.building).joinedload(Building.estate).joinedload(Estate.community).options(_unit),
)
"""What a line of a list shows: no telephone is opened for it, and no words."""
WITH_KEY = (*SHOWN, joinedload(Case.key))
"""And the key its words are opened with: for one case. Lists open nothing."""


def find_case(actor: Actor, number: str, *, lock: bool = False) -> Case:
    """The case with this number, if the caller may see it. Raises NotFound otherwise, the same for "not there" and "not
    yours". With `lock` the row is held until the transaction ends."""
    known = numbers.read_number(number)
    query = (
        select(Case)
        .where(Case.number == known, scope.visible(Case, actor))
        .options(*WITH_KEY)
        .execution_options(populate_existing=True)  # as it is now: desk and holder may have changed since
    )
    if lock:
        query = query.add_columns(scope.keep_in_sight(Case.number)).with_for_update(of=Case)
    case = db.session.scalar(query) if known else None
    if case is None:
        raise NotFound("没有找到这个单号的办件。请核对单号，或在“我的办件”里找。")
    return case


def case_at_hand(case_id: int) -> Case:
    """The case with this id as it is now, with everything shown of it; for callers who have it locked."""
    return db.session.scalars(_shown_query(), {"case": case_id}).one()


@cache
def _shown_query() -> Select[Case]:
    by_id = select(Case).where(Case.id == bindparam("case"))
    return by_id.options(*WITH_KEY).execution_options(populate_existing=True)


def cases_named(case_ids: Collection[int]) -> Sequence[Case]:
    """The cases with these ids, bare; no question is asked for none."""
    return db.session.scalars(select(Case).where(Case.id.in_(case_ids))).all() if case_ids else []


def relations(actor: Actor, case: Case) -> frozenset[Relation]:
    """How the caller stands to this case."""
    found = set()
    if case.shows(actor.person_id):
        found.add(Relation.ASKER)
    if actor.person_id == case.holder_id:
        found.add(Relation.HOLDER)
    desks = scope.desks_where(actor, Permission.CASE_WORK)
    if case.desk_id in desks:
        found.add(Relation.DESK)
    if case.accountable_desk_id in desks and case.accountable_desk_id != case.desk_id:
        found.add(Relation.ABOVE)
    if any(
        case.unit_path == path or case.unit_path.startswith(path + ".")
        for path in scope.paths_where(actor, Permission.CASE_SUPERVISE)
    ):
        found.add(Relation.ABOVE)
    return frozenset(found)


def waiting_for(actor: Actor, desk_id: int | None = None) -> Select[Case]:
    """Cases waiting on the caller's desks (or on one of them), in the order in which they are claimed."""
    return waiting_on(own_desks(actor, desk_id))


def waiting_on(desks: Any) -> Select[Case]:
    """Cases waiting on these desks, the most urgent first."""
    waiting = select(Case).where(Case.stage == Stage.WAITING, Case.desk_id.in_(desks))
    return waiting.order_by(Case.urgency_rank, Case.due_at, Case.id)


def own_desks(actor: Actor, desk_id: int | None = None) -> tuple[int, ...]:
    """The desks at which the caller works; with `desk_id` that one alone, or none if it is not theirs."""
    own = scope.desks_where(actor, Permission.CASE_WORK)
    return own if desk_id is None else tuple(desk for desk in own if desk == desk_id)


def held_by(actor: Actor) -> Select[Case]:
    """What the caller has in hand, the earliest due first (paused ones last)."""
    return (
        select(Case)
        .where(Case.holder_id == actor.person_id)
        .order_by(Case.due_at.asc().nulls_last(), Case.id)
        .options(*LISTED)
    )


def on_desks_of(actor: Actor) -> Select[Case]:
    """Open cases on the caller's desks, whoever has them."""
    return (
        select(Case)
        .where(Case.stage != Stage.CLOSED, scope.workable(Case, actor))
        .order_by(Case.due_at, Case.id)
        .options(*LISTED)
    )


def worked_on_by(actor: Actor) -> Select[Case]:
    """What the caller finished: resolved by them, the newest first."""
    return (
        select(Case)
        .where(Case.resolver_id == actor.person_id, Case.stage.in_([Stage.RESOLVED, Stage.CLOSED]))
        .order_by(Case.id.desc())
        .options(*LISTED)
    )


def asked_by(actor: Actor) -> Select[Case]:
    """What the caller asked for, or what was asked for them, unless it is hidden from them; the newest first."""
    return select(Case).where(scope.own(Case, actor.person_id)).order_by(Case.id.desc()).options(*LISTED)


def hidden_from(person_id: Any) -> ColumnElement[bool]:
    """Cases that would be this person's own affair, but the other has hidden them. For parts of the system, which see
    what is hidden."""
    party = or_(Case.asker_id == person_id, Case.beneficiary_id == person_id)
    return and_(party, not_(scope.own(Case, person_id)))


def may_have_seen(person_id: int, case: Case) -> bool:
    """Whether somebody has been signed in since the case was filed, or was met for it: then they may know of it."""
    met = exists().where(CaseStep.case_id == case.id, CaseStep.step.in_(reaching.FACE_TO_FACE))
    return identity.was_here_since(person_id, case.created_at) or bool(db.session.scalar(select(met)))


def unwanted(person_id: Any) -> ColumnElement[bool]:
    """Cases (joined with this `Person`) that are their own affair and of which they want no text messages."""
    party = or_(Case.asker_id == person_id, Case.beneficiary_id == person_id)
    return and_(party, or_(Case.no_texts, Person.no_texts))


def escalated_to(actor: Actor) -> Select[Case]:
    """Open cases the caller's desks answer for because they are late further down; the longest overdue first."""
    desks = scope.desks_where(actor, Permission.ESCALATIONS_SEE)
    return (
        select(Case)
        .where(
            Case.accountable_desk_id.in_(desks),
            Case.stage != Stage.CLOSED,
            Case.accountable_desk_id != Case.desk_id,
        )
        .order_by(Case.due_at, Case.id)
        .options(*LISTED)
    )


def count(query: Select[Case]) -> int:
    """How many."""
    return db.session.scalar(select(func.count()).select_from(query.order_by(None).options().subquery())) or 0


def stops_of(case: Case) -> list[Stop]:
    """The desks of the units the case lies in, from the district down (as the place was when it was filed)."""
    return [Stop(desk.id, desk.name, desk.kind, on_duty=True) for desk in org_queries.desks_of_chain(case.unit_path)]
