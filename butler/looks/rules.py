"""How many people somebody may look at in a day, and what uncovering takes. Values in, values out."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from butler.identity.permissions import Role
from butler.identity.rules import DESK_OF_ROLE, Limit
from butler.looks.states import FieldClass, LookKind, Standing, Way

KEPT = timedelta(days=3 * 365 + 2)
"""How long the log is kept: three years whatever years are leap years; 网络安全法 art. 21 asks for six months."""
PEOPLE_A_DAY = 60
"""People one may look at one by one in a day, without having their case in hand, before saying why (promises.md T10)."""
MORE_FOR_A_REASON = 20
"""How many more each written reason allows."""

UNCOVERED_FOR = timedelta(minutes=15)
COVERED = (FieldClass.NAME, FieldClass.PHONE, FieldClass.ADDRESS, FieldClass.WORDS, FieldClass.PAPERS)
"""What can be uncovered."""
HOW_OFTEN: Mapping[Way, tuple[Limit, ...]] = {
    Way.REASON: (Limit(10, timedelta(hours=1)), Limit(30, timedelta(days=1))),
    Way.BREAK_GLASS: (Limit(3, timedelta(hours=1)), Limit(10, timedelta(days=1))),
}
"""How often one person may uncover."""
SEARCHES = (Limit(30, timedelta(hours=1)), Limit(120, timedelta(days=1)))
"""How often one person may look for people."""
MOST_FOUND = 50

SHORTEST_WORDS: Mapping[Way, int] = {Way.REASON: 4, Way.BREAK_GLASS: 10}
"""Letters a reason in one's own words has at least."""


def counts(kind: LookKind, standing: Standing) -> bool:
    """Whether a look counts towards the day's people: not lines of lists, not what two
    people decided to export, and not one's own work or affairs."""
    return kind not in (LookKind.LIST, LookKind.EXPORT) and standing not in (Standing.HOLDER, Standing.OWN)


def way_to_uncover(standing: Standing, *, answers_for_it: bool) -> Way | None:
    """What it takes somebody to uncover more of a case; None: it is not for them.

    Who works on it gives a reason, and so does who answers for it because it is late. Who only supervises breaks the
    glass (promises.md §4.3). Somebody whose own affair it is reads it as a resident.
    """
    match standing:
        case Standing.HOLDER | Standing.DESK:
            return Way.REASON
        case Standing.ABOVE:
            return Way.REASON if answers_for_it else Way.BREAK_GLASS
        case _:
            return None


@dataclass(frozen=True)
class Overseer:
    """Somebody appointed somewhere on the way up from a unit."""

    person_id: int
    role: Role
    unit_path: str


def whom_to_tell(overseers: Iterable[Overseer], *, unit_path: str, role: Role, looker_id: int) -> list[int]:
    """Who hears of it at once when somebody of this unit breaks the glass: its lead and every privacy officer.

    The lead of a butler is the property company's; of everybody else, and of a butler who has none, the people at the
    nearest desk above. Nobody is told of themselves.
    """
    others = [one for one in overseers if one.person_id != looker_id]
    officers = [one.person_id for one in others if one.role is Role.PRIVACY_OFFICER]
    leads = [one for one in others if one.role is Role.PROPERTY_LEAD] if role is Role.BUTLER else []
    if not leads:
        above = [one for one in others if one.role in DESK_OF_ROLE and len(one.unit_path) < len(unit_path)]
        leads = [one for one in above if len(one.unit_path) == max(len(one.unit_path) for one in above)]
    return list(dict.fromkeys([one.person_id for one in leads] + officers))


def says_something(text: str, way: Way) -> bool:
    """Whether words are long enough to be a reason, and more than one key pressed many times."""
    letters = [letter for letter in text if unicodedata.category(letter)[0] in "LN"]
    least = SHORTEST_WORDS[way]
    return len(letters) >= least and len(set(letters)) >= least // 2
