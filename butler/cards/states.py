"""Words of reports about cards."""

from enum import StrEnum


class Wrong(StrEnum):
    """What somebody says is wrong with a card."""

    PASTED_OVER = "pasted_over"
    OTHER_PAGE = "other_page"
    ASKS_MONEY = "asks_money"
    NUMBER_DIFFERS = "number_differs"
    WORN = "worn"
    OTHER = "other"


class Found(StrEnum):
    """What was found where the card hangs."""

    FINE = "fine"
    REPLACED = "replaced"
    FALSE_CARD = "false_card"
