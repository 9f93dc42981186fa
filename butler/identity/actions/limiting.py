"""Counting how often something happened; two requests at the same moment cannot both be the last one allowed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from butler.identity.rules import Limit, wait_before_next
from butler.kit.database import db


def one_at_a_time(name: str) -> None:
    """Wait until no other transaction is inside the same name; ours leaves it when it ends.

    Whoever takes two names takes them in the same order everywhere (address before phone).
    """
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def wait_for(
    moment: InstrumentedAttribute[datetime], which: ColumnElement[bool], at: datetime, limits: Sequence[Limit]
) -> timedelta:
    """How long until one more row is within the limits, from the times of those that are there."""
    longest, most = max(limit.per for limit in limits), max(limit.times for limit in limits)
    earlier = select(moment).where(which, moment > at - longest).order_by(moment.desc()).limit(most)
    return wait_before_next(db.session.scalars(earlier).all(), at, limits)
