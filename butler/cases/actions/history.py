"""The history of a case: append-only, each line chained to the one before by its hash."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from butler.cases.models import Case, CaseStep
from butler.cases.states import Happening, Step
from butler.kit.database import db


def first_hash(number: str) -> bytes:
    """Where the chain of a case begins."""
    return hashlib.sha256(number.encode()).digest()


def chain(before: bytes, line: CaseStep) -> bytes:
    """The hash of a line: SHA-256 over the hash before it and everything the line says."""
    said = orjson.dumps(
        [
            line.seq,
            line.step,
            line.stage,
            line.state,
            line.actor_id,
            line.actor_role,
            line.desk_id,
            line.at.astimezone(UTC).isoformat(),
            line.note,
            line.data,
        ],
        option=orjson.OPT_SORT_KEYS,
    )
    return hashlib.sha256(before + said).digest()


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
        case_id=case.id,
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
