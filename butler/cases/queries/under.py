"""What was asked for, and done, under a delegation."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from butler.cases.models import Case, CaseStep
from butler.cases.queries import finding
from butler.cases.queries.listing import by_age
from butler.families.models import Delegation
from butler.identity import scope
from butler.identity.scope import Actor
from butler.kit.database import db
from butler.kit.paging import Page


def asked_under(actor: Actor, one: Delegation, *, cursor: str | None, limit: int) -> Page[Case]:
    """The cases asked for under a delegation of the caller's, as far as they may see them; the newest first."""
    query = select(Case).where(Case.delegation_id == one.id, scope.visible(Case, actor)).options(*finding.LISTED)
    return by_age(query, cursor, limit)


def deeds_of(delegate_id: int, case_ids: Collection[int]) -> Mapping[int, list[CaseStep]]:
    """What the delegate did themselves on each of the cases, in order; one query for all."""
    deeds: dict[int, list[CaseStep]] = {case_id: [] for case_id in case_ids}
    lines = select(CaseStep).where(CaseStep.case_id.in_(case_ids), CaseStep.actor_id == delegate_id)
    for line in db.session.scalars(lines.order_by(CaseStep.case_id, CaseStep.seq)):
        deeds[line.case_id].append(line)
    return deeds
