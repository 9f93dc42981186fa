"""Claim the next case: two butlers who press the button together get two different cases.

One statement picks the row and locks it; rows that another transaction holds are skipped, so what it gives nobody else
has or gets (promises.md §3.2: the read-then-write version doubled 183 of 200 claims, `SKIP LOCKED` none of 8,000).
"""

from butler.cases.actions.moving import take
from butler.cases.models import Case
from butler.cases.queries import finding
from butler.cases.states import Step
from butler.identity.scope import Actor
from butler.kit.database import db


def claim_next(actor: Actor, desk_id: int | None = None) -> Case | None:
    """Give the caller the most urgent case waiting on their desks (or on this one of them); None when nothing waits."""
    waiting = finding.waiting_for(actor, desk_id).with_only_columns(Case.id).limit(1)
    case_id = db.session.scalar(waiting.with_for_update(skip_locked=True))
    if case_id is None:
        return None
    case = finding.case_at_hand(case_id)  # asked again: the lock may have waited for none, but the row may be newer
    return take(case, actor, Step.CLAIM, {}, version=case.version)
