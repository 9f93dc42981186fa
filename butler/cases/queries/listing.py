"""Pages of lists: keyset, a fixed number of queries however many rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal

from butler.cases.models import Case
from butler.cases.queries import finding
from butler.cases.states import Stage
from butler.identity.scope import Actor
from butler.kit.paging import Page, fetch_page

_FAR = datetime.fromisoformat("9999-01-01T00:00:00+00:00")  # paused cases have no due time and come last


def page_of(actor: Actor, capacity: str, *, stage: Stage | None, cursor: str | None, limit: int) -> Page[Case]:
    """What the caller asked for (newest first), has in hand or has on their desks (earliest due first)."""
    match capacity:
        case "asker":
            query = finding.asked_by(actor)
        case "holder":
            query = finding.held_by(actor)
        case "desk":
            query = finding.on_desks_of(actor)
        case _:
            raise ValueError(capacity)
    if stage is not None:
        query = query.where(Case.stage == stage)
    if capacity == "asker":
        return by_age(query, cursor, limit)
    return by_due(query, cursor, limit)


def queue_page(actor: Actor, desk_id: int | None, *, cursor: str | None, limit: int) -> Page[Case]:
    """What waits on the caller's desks, in the order it will be claimed."""
    return fetch_page(
        finding.waiting_for(actor, desk_id).order_by(None).options(*finding.LISTED),
        keys=[Case.urgency_rank, Case.due_at, Case.id],
        values=lambda case: [case.urgency_rank, case.due_at.isoformat() if case.due_at else None, case.id],
        parse=lambda values: [int(values[0]), datetime.fromisoformat(values[1]), int(values[2])],
        cursor=cursor,
        limit=limit,
    )


def escalations_page(actor: Actor, *, cursor: str | None, limit: int) -> Page[Case]:
    """What came up to the caller's desks because it is late."""
    return by_due(finding.escalated_to(actor), cursor, limit)


def by_due(query: Any, cursor: str | None, limit: int) -> Page[Case]:
    """A page of any list of cases, the earliest due first."""
    due: ColumnElement[datetime] = func.coalesce(Case.due_at, literal(_FAR))
    return fetch_page(
        query.order_by(None),
        keys=[due, Case.id],
        values=lambda case: [(case.due_at or _FAR).isoformat(), case.id],
        parse=lambda values: [datetime.fromisoformat(values[0]), int(values[1])],
        cursor=cursor,
        limit=limit,
    )


def by_age(query: Any, cursor: str | None, limit: int) -> Page[Case]:
    """A page of any list of cases, the newest first."""
    return fetch_page(
        query.order_by(None),
        keys=[Case.id],
        values=lambda case: [case.id],
        parse=lambda values: [int(values[0])],
        cursor=cursor,
        limit=limit,
        newest_first=True,
    )
