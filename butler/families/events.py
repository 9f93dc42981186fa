"""What happened to a delegation, in the past tense. Ids only."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DelegationMoved:
    """A delegation came into a state. `by_id`: whose deed it was; none: the clock's."""

    delegation_id: int
    state: str
    by_id: int | None


@dataclass(frozen=True, kw_only=True)
class AuthorityTaken:
    """One side ended it by their word: from now on the delegate sees nothing of what was asked for under it."""

    delegation_id: int
