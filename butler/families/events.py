"""What happened to a delegation, in the past tense. Ids only."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DelegationMoved:
    """A delegation came into a state. `by_id`: whose deed it was; none: the clock's."""

    delegation_id: int
    state: str
    by_id: int | None
