"""What happened, in the past tense. Ids only."""

from dataclasses import dataclass

from butler.consents.states import Channel, Purpose


@dataclass(frozen=True, kw_only=True)
class ConsentGiven:
    """Somebody agreed; `by_id` gave it, or wrote down that it was given."""

    consent_id: int
    purpose: Purpose
    channel: Channel
    case_id: int | None
    person_id: int
    by_id: int


@dataclass(frozen=True, kw_only=True)
class ConsentWithdrawn:
    """Somebody takes it back: what rests on it ends in the same transaction."""

    consent_id: int
    purpose: Purpose
    channel: Channel
    case_id: int | None
    person_id: int
    by_id: int
