"""What follows from the consents of one case or person, all of them at hand. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from butler.consents.register import register
from butler.consents.states import Channel, Purpose


class Row(Protocol):
    """What has to be known of a consent."""

    purpose: str
    version: int
    withdrawn_at: datetime | None
    withdrawn_channel: str | None


def agreed_in(rows: Iterable[Row]) -> frozenset[Purpose]:
    """What is agreed to now, in the words of today: an older text asks again."""
    return frozenset(
        purpose
        for row in rows
        if row.withdrawn_at is None and row.version == register()[purpose := Purpose(row.purpose)].now.version
    )


def taken_back_in(rows: Iterable[Row], purpose: Purpose) -> bool:
    """Whether it was taken back by somebody, and not given again since in any words."""
    of_it = [row for row in rows if row.purpose == purpose]
    by_somebody = any(row.withdrawn_at and row.withdrawn_channel != Channel.NEW_VERSION for row in of_it)
    return by_somebody and all(row.withdrawn_at for row in of_it)
