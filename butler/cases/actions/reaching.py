"""Keeping a case from the other of two, and saying how to be reached about it. None of it is a line of the history:
that is read by both when it is shown again, and whoever works on it reads what holds now beside the telephone."""

from butler.cases import reaching
from butler.cases.models import Case
from butler.cases.queries import finding, own
from butler.cases.states import Stage
from butler.families import queries as families
from butler.identity.scope import Actor
from butler.kit import clock, envelopes
from butler.kit.database import db
from butler.kit.errors import Conflict


def keep_from_the_other(actor: Actor, number: str, *, hidden: bool) -> Case:
    """Hide one's own case from the other whose affair it is too, or show it again.

    From this moment it is in no list, count, export or notice of theirs, and its number answers like one that does not
    exist. Raises NotFound, also for whoever it is hidden from; Conflict where the rule does not allow it.
    """
    case = finding.find_case(own.as_resident(actor), number, lock=True)
    if not may_hide(actor, case):
        raise Conflict("这件事是替对方办的，对方一直看得到，不能藏起来。什么都没有改动。")
    if actor.person_id == case.beneficiary_id:
        case.asker_sees = not hidden
    else:
        case.beneficiary_sees = not hidden
    db.session.flush()
    return case


def may_hide(actor: Actor, case: Case) -> bool:
    """`reaching.may_hide`, with what the database knows."""
    guardian = actor.person_id == case.asker_id and families.under_guardianship(case.delegation_id)
    seen = guardian and finding.may_have_seen(case.beneficiary_id, case)
    return reaching.may_hide(case, actor.person_id, guardian=guardian, other_has_seen=seen, now=clock.now())


def say_how(actor: Actor, number: str, *, no_calls: bool, no_texts: bool, reach: str) -> Case:
    """Say how to be reached about one case. Raises NotFound, and Conflict once it is closed."""
    case = finding.find_case(own.as_resident(actor), number, lock=True)
    if case.stage == Stage.CLOSED:
        raise Conflict("这件事已经办完，不会再找您了。什么都没有改动。")
    case.no_calls, case.no_texts = no_calls, no_texts
    case.sealed_reach = envelopes.seal(case.id, "cases.sealed_reach", reach) if reach else None
    db.session.flush()
    return case
