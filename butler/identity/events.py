"""What happened to people, in the past tense. Ids only."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ChildSeen:
    """A butler is about to note who somebody is, and their papers say that they are under 14."""

    person_id: int


@dataclass(frozen=True, kw_only=True)
class PostLost:
    """A post of somebody ends, or they are shut out."""

    person_id: int
    by_id: int
