"""The resident says it is done, and what they thought of it, in one go."""

from collections.abc import Sequence

from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.states import Step
from butler.identity.scope import Actor


def confirm_and_rate(
    actor: Actor, number: str, *, version: int, grade: int | None, tags: Sequence[str] = (), note: str = ""
) -> Case:
    """Confirm a case and, when a grade (5 非常满意 to 1 非常不满意) is given, rate it in the same transaction.

    Without a grade the words go with the confirmation. Raises as `take_step`, and Invalid (``/tags``) when the reasons
    do not fit the grade.
    """
    case = take_step(actor, number, Step.CONFIRM, {"note": "" if grade else note}, version=version)
    if grade is None:
        return case
    judged = {"grade": grade, "tags": list(tags), "note": note}
    return take_step(actor, number, Step.RATE, judged, version=case.version)
