"""对暗号: four digits by which a resident and the butler at the door know each other (docs/threats.md, T24).

The butler says the first two, the resident the last two: each hears something the other could not have guessed, and
whoever listens at the door has learnt nothing for tomorrow. Nothing is stored: the digits follow from the key of the
indexes, the case, who has it in hand since when, and the day.
"""

from dataclasses import dataclass
from datetime import date

from butler.cases.models import Case
from butler.cases.states import Stage
from butler.identity.scope import Actor
from butler.kit.sealing import blind_index


@dataclass(frozen=True)
class MeetingCode:
    """Of one case on one day."""

    butler_says: str  # two digits
    resident_says: str  # two digits
    on: date


def code_for(actor: Actor, case: Case, on: date) -> MeetingCode | None:
    """The code of this day, for who has the case in hand and whose case it is; None for anybody else, and while nobody
    has it. Another holder, or the same one after giving it back, has another code."""
    if case.stage not in (Stage.IN_HAND, Stage.PAUSED) or case.holder_id is None:
        return None
    if actor.person_id != case.holder_id and not case.shows(actor.person_id):
        return None
    about = f"{case.id}:{case.holder_id}:{case.lease_epoch}:{on.isoformat()}"
    number = int.from_bytes(blind_index("cases.meeting", about)[:8], "big") % 10_000
    return MeetingCode(f"{number // 100:02d}", f"{number % 100:02d}", on)
