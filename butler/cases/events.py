"""What happened, in the past tense. Ids only."""

from dataclasses import dataclass
from datetime import date, datetime

from butler.cases.states import Step


@dataclass(frozen=True, kw_only=True)
class CaseFiled:
    """Somebody asked for something."""

    case_id: int


@dataclass(frozen=True, kw_only=True)
class CaseMoved:
    """A step was taken. `seq` is its place in the history, `role` the one in which somebody took it."""

    case_id: int
    step: Step
    seq: int
    actor_id: int
    role: str


@dataclass(frozen=True, kw_only=True)
class CaseEscalated:
    """A clock ran out and the next level has been made accountable (`rung` counts from 1)."""

    case_id: int
    clock_id: int
    rung: int
    desk_id: int


@dataclass(frozen=True, kw_only=True)
class CaseReturnedToDesk:
    """The holder's lease lapsed; the case waits for somebody again."""

    case_id: int
    seq: int
    former_holder_id: int


@dataclass(frozen=True, kw_only=True)
class CaseClosedBySilence:
    """The resident neither confirmed nor disputed in time."""

    case_id: int
    seq: int


@dataclass(frozen=True, kw_only=True)
class GlassBroken:
    """Somebody without the right to uncover uncovered something all the same. `role` and `unit_id`: their post."""

    case_id: int
    reveal_id: int
    looker_id: int
    role: str
    unit_id: int


@dataclass(frozen=True, kw_only=True)
class LookDoubted:
    """A resident asks why somebody looked at their case."""

    case_id: int
    person_id: int
    look_id: int
    looker_id: int
    role: str
    unit_id: int | None
    day: date
    at: datetime
    words: str


@dataclass(frozen=True, kw_only=True)
class CaseRated:
    """The resident judged the service: `grade` 5 (非常满意) to 1 (非常不满意)."""

    case_id: int
    district: str
    grade: int
    tags: tuple[str, ...]
    comment: str
    rater_id: int
    at: datetime
