"""How somebody wants to be reached, and who of two may keep a case from the other (docs/threats.md, T26). Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from butler.cases.models import Case
from butler.cases.states import Step
from butler.identity.models import Person

NEVER_SEEN_FOR = timedelta(days=60)
"""How long we can tell that somebody has not signed in: sign-ins are kept a little longer (`rights/register.yaml`)."""

FACE_TO_FACE = (Step.AUTHORISE, Step.RECEIVE_ORIGINALS, Step.RETURN_ORIGINALS)
"""What is done with whoever it is for, who is told of it too."""


@dataclass(frozen=True)
class Wish:
    """What one person wants of whoever works on one case."""

    no_calls: bool
    no_texts: bool
    words: str  # a safe time or way, as they said it; for this case before that for any


def wish_of(case: Case, person: Person) -> Wish:
    """The stricter of what they want in general and of what is wanted in this case."""
    return Wish(
        no_calls=case.no_calls or person.no_calls,
        no_texts=case.no_texts or person.no_texts,
        words=case.reach or person.reach or "",
    )


def is_special(case: Case) -> bool:
    """Whether somebody who works on it has to mind anything of this."""
    wishes = [wish_of(case, person) for person in (case.asker, case.beneficiary)]
    hidden = not (case.asker_sees and case.beneficiary_sees)
    return hidden or any(wish.no_calls or wish.no_texts or wish.words for wish in wishes)


def is_between_two(case: Case) -> bool:
    """Whether there is another to keep it from."""
    return case.asker_id != case.beneficiary_id


def may_hide(
    case: Case, person_id: int, *, guardian: bool = False, other_has_seen: bool = False, now: datetime
) -> bool:
    """Whether this person may keep the case from the other, or may show it again, if it is hidden.

    Whoever it is for may always: it is their affair. Who asked for somebody who gave them an authority may not: what is
    done by it is in the open. A guardian may, as long as the child cannot have seen it.
    """
    if not is_between_two(case) or not case.shows(person_id):
        return False
    if person_id == case.beneficiary_id or not case.beneficiary_sees:
        return True
    return guardian and not other_has_seen and now < case.created_at + NEVER_SEEN_FOR
