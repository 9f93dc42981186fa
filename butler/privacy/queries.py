"""The findings: who may read them, and the rows of the log behind them."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, and_, select

from butler.cases.models import Case
from butler.identity import scope
from butler.identity.permissions import Permission
from butler.identity.scope import Actor
from butler.kit.clock import CHINA
from butler.kit.database import db
from butler.kit.errors import NotFound
from butler.kit.paging import Page, fetch_page
from butler.looks.models import Look
from butler.looks.states import LookKind
from butler.org.models import Unit
from butler.privacy.models import Finding
from butler.privacy.states import Rule, Verdict


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
    """The rows of the log a finding is about, the newest first: of its case or person, else of the looker's days."""
    days = Look.day.between(finding.first_at.astimezone(CHINA).date(), finding.day)
    lists = Look.kind == LookKind.LIST
    which = lists if finding.rule == Rule.LINES else ~lists
    query = select(Look).where(Look.looker_id == finding.looker_id, days, which)
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
