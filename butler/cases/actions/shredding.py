"""Destroying what a case holds: what was said, in every table at once, by destroying its key; its papers, one by one."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select

from butler.cases.actions.history import tell_of_destroyed
from butler.cases.actions.weighing import without_health
from butler.cases.models import Case
from butler.cases.queries.holding import held, papers_out
from butler.cases.states import Stage
from butler.consents import queries as consent_queries
from butler.consents.states import Purpose
from butler.files import actions as files
from butler.files.models import Attachment
from butler.files.states import DestroyedWhy, FileKind, FileState
from butler.kit import clock, envelopes
from butler.kit.database import db
from butler.kit.envelopes import destroy_key
from butler.kit.errors import Conflict, NotFound
from butler.kit.writing import update_now


def shred_case(case_id: int) -> bool:
    """Make every text of a closed case unreadable for good; tell whether there was anything to destroy.

    What is left says that, when and by whom something was done, not what was said: wherever words were, everybody reads
    已按规定销毁. The hashes of the history still fit. Copies of the key in backups end with the backups. Raises NotFound,
    and Conflict for a case that is still open.
    """
    case = db.session.scalar(select(Case).where(Case.id == case_id).with_for_update())
    if case is None:
        raise NotFound("没有找到这件办件。")
    if case.stage != Stage.CLOSED:
        raise Conflict("这件还没有办结，内容不能销毁。")
    return destroy_key(case_id)


def destroy_papers(*, ended_before: datetime, at_most: int) -> Sequence[str]:
    """Make papers unreadable whose case ended long enough ago, or whose consent was taken back; returns the names of
    the files, to remove after the commit. Papers another process has in hand are left to it."""
    over = Case.closed_at <= ended_before
    due = _papers(or_(over, _may_go_at_once())).where(~held()).order_by(Attachment.id).limit(at_most)
    return _destroy(due.with_for_update(of=Attachment, skip_locked=True), over_since=ended_before)


def destroy_papers_of(case_id: int) -> Sequence[str]:
    """The same at once for one case whose consent has just been taken back; nothing while the law keeps it (a hold) or
    an original is still with us: then `destroy_papers` comes back to it."""
    due = _papers(Case.id == case_id, _may_go_at_once()).where(~held()).order_by(Attachment.id)
    return _destroy(due.with_for_update(of=Attachment), over_since=None)


def forget_health(case_id: int) -> None:
    """Take the answers about somebody's health out of what a case holds. Nothing to do where there are none, and where
    everything has been destroyed already."""
    query = select(Case).where(Case.id == case_id).with_for_update(key_share=True)  # see `consents.actions.hold_still`
    case = db.session.scalars(query.execution_options(populate_existing=True)).one()
    answers = case.answers
    kept = without_health(answers)
    if kept != answers:
        said = {"summary": case.summary, "answers": kept}
        sealed = envelopes.seal(case.id, "cases.sealed_words", said)
        update_now(case, sealed_words=sealed, version=case.version + 1)  # whoever has it on a screen sees it anew


def _may_go_at_once() -> ColumnElement[bool]:
    return and_(consent_queries.is_withdrawn(Case.id, Purpose.PAPERS), ~papers_out())


def _papers(*which: ColumnElement[bool]) -> Select[Attachment, datetime | None]:
    return (
        select(Attachment, Case.closed_at)
        .join(Case, Case.id == Attachment.case_id)
        .where(Attachment.kind == FileKind.PAPER, Attachment.state != FileState.DESTROYED, *which)
    )


def _destroy(due: Select[Attachment, datetime | None], *, over_since: datetime | None) -> Sequence[str]:
    names, now, told = [], clock.now(), Counter[tuple[int, DestroyedWhy]]()
    for paper, closed_at in db.session.execute(due).all():
        names.append(paper.file_name)
        over = over_since is not None and closed_at is not None and closed_at <= over_since
        why = DestroyedWhy.EXPIRED if over else DestroyedWhy.WITHDRAWN
        files.destroy(paper, why, now)
        told[paper.case_id, why] += 1
    for (case_id, why), count in sorted(told.items()):
        tell_of_destroyed(case_id, why, count)
    return names
