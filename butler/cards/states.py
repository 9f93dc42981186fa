"""Words of reports about cards, and of what stands out in how often they are scanned."""

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


class Odd(StrEnum):
    """What stands out in how often a card was scanned on a day. None of them proves anything: somebody has to look."""

    FAR_MORE = "far_more"
    AT_NIGHT = "at_night"
    OUT_OF_USE = "out_of_use"
    UNKNOWN = "unknown"
