"""What happened, in the past tense. Ids only."""

from dataclasses import dataclass

from butler.cases.states import Step


@dataclass(frozen=True, kw_only=True)
class CaseFiled:
    """Somebody asked for something."""

    case_id: int


@dataclass(frozen=True, kw_only=True)
class CaseMoved:
    """A step was taken. `seq` is its place in the history."""

    case_id: int
    step: Step
    seq: int
    actor_id: int


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
