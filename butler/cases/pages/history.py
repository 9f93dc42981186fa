"""The history of a case as pages show it, the same for residents and staff."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from butler.cases import answers
from butler.cases.models import Case, CaseStep
from butler.cases.queries import showing
from butler.cases.states import Happening, State, Step
from butler.cases.telling import Told, tell_step
from butler.cases.wording import DONE
from butler.identity.permissions import FieldClass, Role
from butler.identity.scope import Actor


@dataclass(frozen=True)
class Line:
    """One thing that happened: a sentence with who did it, short further sentences, somebody's own words."""

    step: Step | Happening
    at: datetime
    who: str
    text: str
    details: tuple[str, ...]
    note: str
    errand: str | None  # the number of the case it turned into


def lines_of(actor: Actor, case: Case, plain: Collection[FieldClass] = tuple(FieldClass)) -> list[Line]:
    """Everything that happened, the newest first, as `actor` reads it; `plain`: what they read without a mask."""
    return [_line(actor, line, plain) for line in reversed(showing.timeline(case))]


def last_words(lines: Sequence[Line]) -> Line | None:
    """What whoever works on it said when they last gave it out of their hands: answered, called it done, or paused it
    until they hear from the resident. None when they said nothing."""
    given = next((line for line in lines if line.step in (Step.ANSWER, Step.RESOLVE, Step.PAUSE)), None)
    return given if given is not None and given.note else None


def _line(actor: Actor, line: CaseStep, plain: Collection[FieldClass]) -> Line:
    step: Step | Happening = Step(line.step) if line.step in set(Step) else Happening(line.step)
    told = Told(DONE[step]) if line.is_gone else tell_step(step, State(line.state), line.data)
    return Line(
        step=step,
        at=line.at,
        who=answers.who_did(actor, line),
        text=_sentence(actor, line, step, told.what),
        details=told.details,
        note=answers.words_for(line.note, plain),
        errand=line.data.get("errand"),
    )


def _sentence(actor: Actor, line: CaseStep, step: Step | Happening, what: str) -> str:
    if line.actor is None:
        return "暂停的时间到了，接着办" if step is Step.RESUME else what
    if step is Happening.FILED and line.actor_role != Role.RESIDENT:
        what = "代为登记了申请"
    if step is Step.RESUME and line.actor_role == Role.RESIDENT:
        what = "说可以接着办了"
    return f"{answers.who_did(actor, line)}{what}"
