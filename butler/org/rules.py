"""Codes of places and the words of their desks. Pure.

Codes nest by prefix: GB/T 2260 (2, 4, 6 digits), GB/T 10114 (9), the statistical code (12), and our own grid code,
community + 3 digits.
"""

from collections.abc import Mapping

from butler.kit.errors import Invalid
from butler.org.states import Level

CODE_LENGTH: Mapping[Level, int] = {
    Level.PROVINCE: 2,
    Level.CITY: 4,
    Level.DISTRICT: 6,
    Level.STREET: 9,
    Level.COMMUNITY: 12,
    Level.GRID: 15,
}
DESK_SUFFIX = "服务台"


def codes_down_to(code: str) -> tuple[str, ...]:
    """The codes from the province down to `code` itself: 33, 3301, 330106 … Shorter prefixes only."""
    return tuple(code[:length] for length in CODE_LENGTH.values() if length <= len(code))


def grid_code(community_code: str, number: int) -> str:
    """The code of a community's grid: 001–899 are general grids, 901–999 exclusive ones (专属网格).

    Raises Invalid for another number.
    """
    if not 1 <= number <= 999 or number == 900:
        raise Invalid.at("/number", "网格序号要在 1–899（一般网格）或 901–999（专属网格）之间。")
    return f"{community_code}{number:03}"


def desk_name(unit_name: str) -> str:
    """What the desk of a unit is called: “北山街道服务台”."""
    return unit_name + DESK_SUFFIX
