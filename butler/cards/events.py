"""What happened to cards, in the past tense. Ids only."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CardReported:
    """Somebody says that a card is not right."""

    report_id: int
