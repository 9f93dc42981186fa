"""Where somebody asks from: a card or a building, the desk that answers there and who is at it now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from butler.cards import queries as card_queries
from butler.cards.rules import Attendance
from butler.cases.procedures.limits import limit_of
from butler.cases.states import ClockKind, Kind, Urgency
from butler.kit import worktime
from butler.org import queries as org_queries
from butler.org.models import Desk


@dataclass(frozen=True)
class Spot:
    """A place, and who answers there. `attendance` only where a butler does: a card may belong to no building."""

    words: str  # 演示苑 1幢
    desk: Desk
    attendance: Attendance | None


def place_of_card(token: str) -> dict[str, Any]:
    """The place a card stands for, as `file_case` takes it. Raises NotFound, and Gone for a card out of use."""
    card = card_queries.card_by_token(token)
    if card.building_id is None:
        return {"unit_code": card.desk.unit.code}
    return {"building_id": card.building_id}


def spot_of_card(token: str) -> Spot:
    """The spot of a card. Raises as `place_of_card`."""
    card = card_queries.card_by_token(token)
    if card.building_id is None:
        return Spot(card.desk.unit.name, org_queries.desk_of(card.desk.unit), None)
    return spot_of_building(card.building_id)


def spot_of_building(building_id: int) -> Spot:
    """The spot of a building. Raises NotFound."""
    place = org_queries.place_of_building(building_id)
    words = f"{place.estate.name} {place.building.name}"
    if place.butler_desk is None:
        return Spot(words, org_queries.desk_of(place.unit), None)
    return Spot(words, place.butler_desk, card_queries.attendance_of(place.butler_desk))


def answer_due(kind: Kind, urgency: Urgency, now: datetime) -> datetime:
    """By when somebody takes a request that is filed now."""
    return worktime.due(org_queries.calendar(), now, limit_of(kind, ClockKind.RESPONSE, urgency)).at
