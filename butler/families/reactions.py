"""What families do when something happens further down."""

from butler.families import queries
from butler.families.states import Basis
from butler.identity.events import ChildSeen
from butler.kit import clock
from butler.kit.errors import NotAllowed


def refuse_without_guardian(event: ChildSeen) -> None:
    """Nobody under 14 is made known without a guardian who agrees (个人信息保护法 31). Raises NotAllowed, which undoes the
    verification."""
    if not queries.has_guardian(event.person_id, clock.now(), (Basis.GUARDIANSHIP,)):
        raise NotAllowed(
            "这位居民未满14周岁，要由监护人同意。请先登记监护人（看户口簿或出生医学证明），再来核实。这次没有改动。",
            title="先登记监护人",
        )
