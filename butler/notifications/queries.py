"""What somebody has been told, and what a demo would have sent."""

from sqlalchemy import select

from butler.cases.models import Case
from butler.cases.queries.finding import hidden_from
from butler.kit import envelopes
from butler.kit.database import db
from butler.kit.paging import PAGE, Page, fetch_page
from butler.notifications.models import DemoMessage, Notice


def notices_of(person_id: int, *, cursor: str | None = None, limit: int = PAGE) -> Page[Notice]:
    """A person's own notices, newest first. Raises `Malformed` for a cursor that is not ours."""
    page = fetch_page(
        select(Notice)
        .join(Case, Case.id == Notice.case_id)
        .where(Notice.person_id == person_id, ~hidden_from(person_id)),
        keys=[Notice.id],
        values=lambda notice: [notice.id],
        parse=lambda values: [int(values[0])],
        cursor=cursor,
        limit=limit,
        newest_first=True,
    )
    envelopes.read_keys({notice.case_id for notice in page.items})
    return page


def demo_messages(limit: int) -> list[DemoMessage]:
    """The latest messages of the demo, newest first."""
    return list(db.session.scalars(select(DemoMessage).order_by(DemoMessage.id.desc()).limit(limit)))
