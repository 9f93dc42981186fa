"""What residents may know of who has looked: everything about their own cases, nothing about anybody else's."""

from collections.abc import Sequence

from sqlalchemy import select

from butler.cases.models import Case
from butler.cases.queries import finding, own
from butler.identity.scope import Actor
from butler.kit.database import db
from butler.kit.paging import Page, cursor_at, id_at
from butler.looks.queries import Entry, looks_at

MOST_CASES = 500  # of one resident


def looks_at_own(actor: Actor, number: str, *, cursor: str | None, limit: int) -> Page[Entry]:
    """Who has looked at one case of this person's own. Raises NotFound for any other, whatever their office."""
    case = finding.find_case(own.as_resident(actor), number)
    return _page(looks_at(case_ids=[case.id], before=id_at(cursor), limit=limit + 1), limit)


def looks_at_all_own(actor: Actor, *, cursor: str | None, limit: int) -> Page[Entry]:
    """Who has looked at any case of this person's own, or found them by name."""
    entries = looks_at(
        case_ids=list(_numbers_of(actor)), person_id=actor.person_id, before=id_at(cursor), limit=limit + 1
    )
    return _page(entries, limit)


def cases_of(actor: Actor, entries: Sequence[Entry]) -> dict[int, Case]:
    """The person's own cases that these entries are about, by id."""
    ids = {entry.case_id for entry in entries if entry.case_id is not None}
    mine = finding.asked_by(own.as_resident(actor)).where(Case.id.in_(ids))
    return {case.id: case for case in db.session.scalars(mine)}


def _numbers_of(actor: Actor) -> Sequence[int]:
    mine = finding.asked_by(own.as_resident(actor)).order_by(None).options().subquery()
    return db.session.scalars(select(mine.c.id).order_by(mine.c.id.desc()).limit(MOST_CASES)).all()


def _page(entries: list[Entry], limit: int) -> Page[Entry]:
    rows = entries[:limit]
    return Page(rows, cursor_at(rows[-1].id) if len(entries) > limit else None)
