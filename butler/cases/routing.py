"""Where a case goes and why. Pure: places and who is on duty in, a desk and its path out.

Down: the case travels district → street → community → grid at once and lands on the lowest desk that is competent
and on duty: the building's butler, a butler of the same zone, the grid desk, community, street, district (design §4.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from butler.cases.states import Direction
from butler.kit.errors import Conflict


@dataclass(frozen=True)
class Stop:
    """A desk a case may come to. `butler` desks stand for buildings, the others for a unit of that level."""

    desk_id: int
    name: str
    level: str  # butler, grid, community, street, district …
    on_duty: bool


@dataclass(frozen=True)
class Hop:
    """One stop on the way, and why."""

    desk_id: int
    direction: Direction
    why: str


@dataclass(frozen=True)
class Route:
    """Where it lands, in one sentence, and the way there."""

    desk_id: int
    why: str
    hops: tuple[Hop, ...]


def route_down(chain: Sequence[Stop], own: Stop | None, neighbours: Sequence[Stop]) -> Route:
    """The way down.

    `chain`: the desks of the units from the top to the lowest unit known. `own`: the desk of the building's butler,
    where the building is known. `neighbours`: butler desks of the same zone, nearest first. Raises Conflict when there
    is no desk at all (the place lies outside every district we serve).
    """
    if not chain:
        raise Conflict("这个地方还没有开通服务。您可以拨打 12345 咨询。")
    passed = [Hop(stop.desk_id, Direction.DOWN, f"按地址转到{stop.name}") for stop in chain]
    passed[0] = replace(passed[0], why=f"由{chain[0].name}接收")
    if own is None:
        lowest = chain[-1]
        why = f"还不知道是哪一栋楼，先到{lowest.name}，由那里分派"
        return Route(lowest.desk_id, why, (*passed[:-1], replace(passed[-1], why=why)))
    if own.on_duty:
        why = f"{own.name}负责这栋楼"
        return Route(own.desk_id, why, (*passed, Hop(own.desk_id, Direction.DOWN, why)))
    away = f"{own.name}这会儿没有人值守"
    for neighbour in neighbours:
        if neighbour.on_duty:
            why = f"{away}，由同一片区的{neighbour.name}代班"
            return Route(neighbour.desk_id, why, (*passed, Hop(neighbour.desk_id, Direction.DOWN, why)))
    for place, stop in reversed(list(enumerate(chain))):
        if stop.on_duty or place == 0:
            why = f"{away}，片区里也没有人，由{stop.name}接手"
            return Route(stop.desk_id, why, (*passed[:place], replace(passed[place], why=why)))
    raise AssertionError("the first desk of the chain always takes it")


def next_above(chain: Sequence[Stop], present_desk_id: int) -> Stop | None:
    """The desk one level above, or None at the top. A desk outside the chain (a butler's) stands below all of it."""
    ids = [stop.desk_id for stop in chain]
    place = ids.index(present_desk_id) if present_desk_id in ids else len(chain)
    return chain[place - 1] if place > 0 else None
