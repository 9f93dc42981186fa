"""Keyset paging: the next page starts after the last row seen, however much has been added meanwhile."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from butler.kit.database import db
from butler.kit.errors import Malformed

Row = TypeVar("Row")

PAGE = 20
LARGEST_PAGE = 50


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows and where the next ones begin (None on the last page)."""

    items: Sequence[Row]
    next_cursor: str | None


def fetch_page(
    query: Select[Row],
    *,
    keys: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
    values: Callable[[Row], Sequence[Any]],
    parse: Callable[[Sequence[Any]], Sequence[Any]],
    cursor: str | None,
    limit: int = PAGE,
    newest_first: bool = False,
) -> Page[Row]:
    """One page of a query in ascending order of `keys` (descending with `newest_first`).

    `keys` end in a unique column; `values` reads them from a row as JSON-able values and `parse` turns those back.
    Raises `Malformed` (query-invalid) for a cursor that is not ours.
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    if cursor:
        last_seen = tuple_(*_read_cursor(cursor, parse))
        query = query.where(tuple_(*keys) < last_seen if newest_first else tuple_(*keys) > last_seen)
    order = [key.desc() for key in keys] if newest_first else list(keys)
    rows = db.session.scalars(query.order_by(*order).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, _write_cursor(values(rows[-1])) if more else None)


def cursor_at(row_id: int) -> str:
    """The cursor of a list that is counted by one id alone."""
    return _write_cursor([row_id])


def id_at(cursor: str | None) -> int | None:
    """The id in such a cursor; None on the first page. Raises `Malformed` (query-invalid)."""
    if not cursor:
        return None
    (row_id,) = _read_cursor(cursor, _one_id)
    return int(row_id)


def _one_id(values: Sequence[Any]) -> Sequence[int]:
    (row_id,) = values
    if type(row_id) is not int or not 0 < row_id < 2**63:
        raise ValueError("not an id")
    return [row_id]


def _write_cursor(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).rstrip(b"=").decode()


def _read_cursor(cursor: str, parse: Callable[[Sequence[Any]], Sequence[Any]]) -> Sequence[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = orjson.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        return parse(values)
    except (ValueError, TypeError, IndexError, KeyError, binascii.Error, UnicodeEncodeError) as error:
        raise Malformed("翻页的位置读不出来，请从第一页重新看。", code="query-invalid") from error
