"""The history of a case: append-only, each line chained to the one before by its hash."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from butler.cases.hashing import chain
from butler.cases.models import Case, CaseStep
from butler.cases.queries import finding
from butler.cases.states import Happening, Stage, State, Step
from butler.files.states import DestroyedWhy
from butler.kit import clock, envelopes
from butler.kit.database import db
from butler.kit.sealing import Key
from butler.kit.writing import insert_now, together, update_now


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


def tell(
    case: Case, happening: Happening, *, actor_id: int | None, role: str, at: datetime, data: Mapping[str, Any] | None
) -> int:
    """Write that something happened to a case that stays as it is: nothing but the line and the version; returns the
    line's number. The case has to be locked."""
    line = next_line(
        case, happening, stage=Stage(case.stage), state=State(case.state), desk_id=case.desk_id, actor_id=actor_id,
        role=role, at=at, data=data,
    )  # fmt: skip
    db.session.flush()
    with together():
        update_now(case, version=case.version + 1, last_seq=line.seq, head_hash=line.hash)
        insert_now(beside=[line])
    return line.seq


def lock_for_line(case_id: int) -> Case:
    """A case as it is now, locked for as long as its history gets a line. Whoever only refers to it need not wait.

    Raises sqlalchemy.exc.NoResultFound.
    """
    query = select(Case).where(Case.id == case_id).options(*finding.WITH_KEY).with_for_update(of=Case, key_share=True)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def tell_of_destroyed(case_id: int, why: DestroyedWhy, count: int) -> None:
    """Write into the history of a case that so many of its files are no more; once however many."""
    case = lock_for_line(case_id)
    readable = envelopes.key_of_case(case_id) is not None  # else nothing can be said any more but that it happened
    data = {"why": why.value, "count": count} if readable else None
    tell(case, Happening.DESTROYED, actor_id=None, role="system", at=clock.now(), data=data)
