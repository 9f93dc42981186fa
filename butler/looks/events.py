"""What happened while somebody looked, in the past tense. Ids only."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DecoySeen:
    """Somebody looked at a decoy: a resident who does not exist, whose case nobody needs. `role`, `unit_id`: their post."""

    case_id: int
    looker_id: int
    role: str
    unit_id: int | None
