"""The history of a case: append-only, each line chained to the one before by its hash."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from butler.cases.hashing import chain
from butler.cases.models import Case, CaseStep
from butler.cases.states import Happening, Stage, State, Step
from butler.kit import envelopes
from butler.kit.sealing import Key


def next_line(
    case: Case,
    step: Step | Happening,
    *,
    stage: Stage,
    state: State,
    desk_id: int,
    actor_id: int | None,
    role: str,
    at: datetime,
    note: str = "",
    data: Mapping[str, Any] | None = None,
    key: Key | None = None,
) -> CaseStep:
    """The next line, not written yet: stage, state and desk are those after the step. The case has to take its `seq`
    and `hash` as `last_seq` and `head_hash`. `key` is that of a case which is not written yet."""
    place, words = "case_steps.sealed_words", {"note": note, "data": dict(data or {})}
    line = CaseStep(
        case_id=case.id,
        district=case.district,
        seq=case.last_seq + 1,
        step=step.value,
        stage=stage.value,
        state=state.value,
        actor_id=actor_id,
        actor_role=role,
        desk_id=desk_id,
        at=at,
        sealed_words=envelopes.seal_under(key, place, words) if key else envelopes.seal(case.id, place, words),
    )
    line.hash = chain(case.head_hash, line)
    return line
