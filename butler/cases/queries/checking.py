"""Invariants of cases, asked of the whole database: run after tests, nightly and after every restore.

What a constraint can hold is a constraint; here is what spans rows. Each question returns the violations it finds.
"""

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import and_, exists, func, select

from butler.cases.hashing import chain, first_hash
from butler.cases.models import Case, CaseClock, CaseHop, CaseStep, Mandate, SlotBooking
from butler.cases.states import ClockKind, Stage, Step
from butler.custody.models import Original
from butler.kit.database import db


def violations() -> Iterator[str]:
    """Every broken promise found, one line each; none when all is well."""
    yield from _broken_histories()
    yield from _wrong_places()
    yield from _wrong_clocks()
    yield from _left_behind()


def _broken_histories() -> Iterator[str]:
    """The chain of each case is whole and ends where the case is."""
    heads = {
        row.id: row
        for row in db.session.execute(
            select(
                Case.id,
                Case.number,
                Case.last_seq,
                Case.head_hash,
                Case.stage,
                Case.state,
                Case.lease_epoch,
                Case.desk_id,
            )
        )
    }
    lines = db.session.scalars(
        select(CaseStep).order_by(CaseStep.case_id, CaseStep.seq).execution_options(yield_per=2000)
    )
    seen = set()
    for case_id, steps in groupby(lines, key=lambda line: line.case_id):
        head = heads.get(case_id)
        if head is None:
            continue  # filed after the heads were read
        seen.add(case_id)
        before, place, last = first_hash(head.number), 0, None
        takings = 0
        for last in steps:
            if last.seq > head.last_seq:
                break  # taken after the heads were read
            place += 1
            if last.seq != place:
                yield f"{head.number}: history jumps from line {place - 1} to {last.seq}"
                break
            before = chain(before, last)
            if before != last.hash:
                yield f"{head.number}: line {last.seq} does not fit its hash"
                break
            takings += last.step in (Step.CLAIM, Step.DISPUTE)
            if last.seq == head.last_seq:
                if (last.stage, last.state) != (head.stage, head.state):
                    ends, now = f"{last.stage}/{last.state}", f"{head.stage}/{head.state}"
                    yield f"{head.number}: the history ends {ends}, the case is {now}"
                if before != head.head_hash:
                    yield f"{head.number}: the head hash is not that of the last line"
                if takings != head.lease_epoch:
                    yield f"{head.number}: taken {takings} times, but the lease epoch is {head.lease_epoch}"
        if place < head.last_seq:
            yield f"{head.number}: {head.last_seq} lines announced, {place} found"
    for case_id in heads.keys() - seen:
        yield f"{heads[case_id].number}: has no history"


def _wrong_places() -> Iterator[str]:
    """The way a case went ends at its desk."""
    last = select(CaseHop.case_id, func.max(CaseHop.seq).label("seq")).group_by(CaseHop.case_id).subquery()
    found = db.session.scalars(
        select(Case.number)
        .outerjoin(last, last.c.case_id == Case.id)
        .outerjoin(CaseHop, and_(CaseHop.case_id == Case.id, CaseHop.seq == last.c.seq))
        .where(CaseHop.desk_id.is_distinct_from(Case.desk_id))
    )
    for number in found:
        yield f"{number}: its path does not end at its desk"


def _wrong_clocks() -> Iterator[str]:
    """Something is timed while a case is open, nothing after; the resident's clock runs exactly while they decide."""
    running = exists().where(CaseClock.case_id == Case.id, CaseClock.stopped_at.is_(None))
    confirming = exists().where(
        CaseClock.case_id == Case.id, CaseClock.stopped_at.is_(None), CaseClock.kind == ClockKind.CONFIRM
    )
    for number in db.session.scalars(select(Case.number).where((Case.stage == Stage.CLOSED) == running)):
        yield f"{number}: an open case without a clock, or a closed one with one"
    for number in db.session.scalars(select(Case.number).where((Case.stage == Stage.RESOLVED) != confirming)):
        yield f"{number}: resolved without the resident's clock, or the other way round"


def _left_behind() -> Iterator[str]:
    """A closed case keeps nothing: no paper, no power, no seat."""
    kept = {
        "an original is still out": exists().where(Original.case_id == Case.id, Original.returned_at.is_(None)),
        "a mandate is still in force": exists().where(Mandate.case_id == Case.id, Mandate.revoked_at.is_(None)),
        "a seat is still taken": exists().where(SlotBooking.case_id == Case.id, SlotBooking.freed_at.is_(None)),
    }
    for words, condition in kept.items():
        for number in db.session.scalars(select(Case.number).where(Case.stage == Stage.CLOSED, condition)):
            yield f"{number}: closed, but {words}"
