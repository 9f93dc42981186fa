"""The history of a case: append-only, each line chained to the one before by its hash."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from butler.cases.hashing import chain
from butler.cases.models import Case, CaseStep
from butler.cases.states import Happening, Step
from butler.kit.database import db


def record(
    case: Case,
    step: Step | Happening,
    *,
    actor_id: int | None,
    role: str,
    at: datetime,
    note: str = "",
    data: Mapping[str, Any] | None = None,
) -> CaseStep:
    """Write the next line. Call after the case has its new stage, state and desk."""
    case.last_seq += 1
    line = CaseStep(
        case=case,
        district=case.district,
        seq=case.last_seq,
        step=step.value,
        stage=case.stage,
        state=case.state,
        actor_id=actor_id,
        actor_role=role,
        desk_id=case.desk_id,
        at=at,
        note=note,
        data=dict(data or {}),
    )
    line.hash = case.head_hash = chain(case.head_hash, line)
    db.session.add(line)
    return line
