"""Keyset paging: every row once, however many are added meanwhile."""

import pytest
from sqlalchemy import select

from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Malformed
from butler.kit.outbox import OutboxMessage
from butler.kit.paging import LARGEST_PAGE, Page, fetch_page


def page(cursor: str | None, limit: int = 3, *, newest_first: bool = False) -> Page[OutboxMessage]:
    return fetch_page(
        select(OutboxMessage).where(OutboxMessage.topic == "page"),
        keys=[OutboxMessage.id],
        values=lambda row: [row.id],
        parse=lambda values: [int(values[0])],
        cursor=cursor,
        limit=limit,
        newest_first=newest_first,
    )


def add(count: int, start: int = 0) -> list[int]:
    rows = [
        OutboxMessage(
            topic="page", dedupe_id=f"page-{n}", payload={}, created_at=clock.now(), due_at=clock.now(), attempts=0
        )
        for n in range(start, start + count)
    ]
    db.session.add_all(rows)
    db.session.flush()
    return [row.id for row in rows]


@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_give_every_row_once(session: object, newest_first: bool) -> None:
    ids = add(8)
    seen: list[int] = []
    cursor = None
    while True:
        part = page(cursor, newest_first=newest_first)
        seen += [row.id for row in part.items]
        cursor = part.next_cursor
        if cursor is None:
            break

    assert seen == (ids[::-1] if newest_first else ids)


def test_a_full_last_page_has_no_next(session: object) -> None:
    add(3)

    assert page(None).next_cursor is None


def test_rows_added_meanwhile_do_not_shift_the_pages(session: object) -> None:
    ids = add(4)
    first = page(None)
    more = add(2, start=100)

    assert [row.id for row in page(first.next_cursor).items] == [ids[3], *more]


def test_no_page_is_larger_than_the_largest(session: object) -> None:
    add(LARGEST_PAGE + 5)

    assert len(page(None, limit=10_000).items) == LARGEST_PAGE


@pytest.mark.parametrize("cursor", ["x", "", "💥", "W10", "WyJhIl0", "bnVsbA", "W251bGxd", "e30"])
def test_a_cursor_that_is_not_ours_is_refused(session: object, cursor: str) -> None:
    if not cursor:
        assert page(cursor).items == []
        return
    with pytest.raises(Malformed) as refusal:
        page(cursor)
    assert refusal.value.code == "query-invalid"
