"""What somebody at a desk asks before they begin: how much there is, what is late, whose papers they hold, who could
take a case over."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased, contains_eager

from butler.cases.models import Case, CaseRung, Mandate
from butler.cases.queries import finding
from butler.cases.states import Stage
from butler.custody import queries as custody_queries
from butler.custody.models import Original
from butler.identity import scope
from butler.identity.permissions import Permission
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.org.models import Desk, Unit
from butler.org.rules import CODE_LENGTH
from butler.org.states import DeskKind, Level

MOST_DESKS = 60  # to choose from on one page


class Pressing(StrEnum):
    """Why something has to be done today."""

    TODAY = "today"  # due before midnight
    LATE = "late"  # due already


@dataclass(frozen=True)
class Counters:
    """How many: waiting on the caller's desks, in the caller's hands, and of both together due today and late."""

    waiting: int
    in_hand: int
    today: int
    late: int


def counters(actor: Actor) -> Counters:
    """The four figures on top of a desk, in one statement."""
    row = db.session.execute(
        select(
            func.count().filter(Case.stage == Stage.WAITING),
            func.count().filter(Case.holder_id == actor.person_id),
            func.count().filter(_pressing(Pressing.TODAY)),
            func.count().filter(_pressing(Pressing.LATE)),
        ).where(_to_do(actor))
    ).one()
    return Counters(*row)


def pressing(actor: Actor, why: Pressing) -> Select[Case]:
    """What waits on the caller's desks or is in their hands, and is due today or late."""
    return select(Case).where(_to_do(actor), _pressing(why)).options(*finding.LISTED)


def supervised_by(actor: Actor) -> Select[Case]:
    """Open cases in the units the caller supervises, whoever has them."""
    inside = scope.below(Case.unit_path, scope.paths_where(actor, Permission.CASE_SUPERVISE))
    return select(Case).where(Case.stage != Stage.CLOSED, inside).options(*finding.LISTED)


@dataclass(frozen=True)
class Held:
    """An original in somebody's hands, and the case it is for."""

    original: Original
    number: str
    matter_name: str


def papers_of(actor: Actor) -> list[Held]:
    """The originals the caller holds, the first due back first."""
    originals = custody_queries.held_by(actor.person_id)
    rows = db.session.execute(
        select(Case.id, Case.number, Case.matter_name).where(Case.id.in_({one.case_id for one in originals}))
    )
    cases = {row.id: row for row in rows}
    return [Held(one, cases[one.case_id].number, cases[one.case_id].matter_name) for one in originals]


def papers_out(case_ids: Collection[int]) -> Mapping[int, int]:
    """How many originals of each case are not back with the resident; cases without any are left out."""
    counted = db.session.execute(
        select(Original.case_id, func.count())
        .where(Original.case_id.in_(case_ids), Original.returned_at.is_(None))
        .group_by(Original.case_id)
    )
    return dict(counted.all())


def signed_for(actor: Actor, case_ids: Collection[int]) -> frozenset[int]:
    """Of these cases, those for which a mandate in the caller's name is in force."""
    now = clock.now()
    return frozenset(
        db.session.scalars(
            select(Mandate.case_id).where(
                Mandate.case_id.in_(case_ids),
                Mandate.agent_id == actor.person_id,
                Mandate.revoked_at.is_(None),
                Mandate.valid_from <= now,
                Mandate.valid_until > now,
            )
        )
    )


def rungs_of(case_ids: Collection[int]) -> Mapping[int, int]:
    """How far up the ladder each late case has climbed: 1 for the first level above."""
    climbed = db.session.execute(
        select(CaseRung.case_id, func.max(CaseRung.rung))
        .where(CaseRung.case_id.in_(case_ids))
        .group_by(CaseRung.case_id)
    )
    return dict(climbed.all())


def desks_for(actor: Actor, case: Case) -> list[Desk]:
    """Where the caller could send this case: the desks near its place and within their own unit, the highest first.

    Near are the units it lies in and those right below the lowest one known above a grid; where the community is known,
    everything in it, butlers too. The effect of `dispatch` accepts any desk of the unit; a page offers the likely ones.
    """
    lies_in = [code for code in case.unit_path.split(".") if len(code) <= CODE_LENGTH[Level.COMMUNITY]]
    above = aliased(Unit)
    near = [Unit.code.in_(case.unit_path.split(".")), above.code == lies_in[-1]]
    if len(lies_in[-1]) == CODE_LENGTH[Level.COMMUNITY]:
        near.append(scope.below(Unit.path, [".".join(lies_in)]))
    else:
        near = [or_(*near) & (Desk.kind != DeskKind.BUTLER)]
    return list(
        db.session.scalars(
            select(Desk)
            .join(Desk.unit)
            .outerjoin(above, above.id == Unit.parent_id)
            .where(
                scope.units_where(actor, Permission.CASE_WORK),
                Unit.valid_to.is_(None),
                Desk.id != case.desk_id,
                or_(*near),
            )
            .order_by(func.length(Unit.code), Desk.kind == DeskKind.BUTLER, Unit.code, Desk.id)
            .limit(MOST_DESKS)
            .options(contains_eager(Desk.unit))
        )
    )


def _to_do(actor: Actor) -> ColumnElement[bool]:
    waiting = (Case.stage == Stage.WAITING) & scope.workable(Case, actor)
    return or_(waiting, Case.holder_id == actor.person_id)


def _pressing(why: Pressing) -> ColumnElement[bool]:
    now = clock.now()
    if why is Pressing.LATE:
        return Case.due_at <= now
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), clock.CHINA)
    return (Case.due_at > now) & (Case.due_at < midnight)
