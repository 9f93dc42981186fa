"""The clocks of a case and its next alarm. Every open case has one: by constraint, not by habit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm.attributes import set_committed_value

from butler.cases.models import Case, CaseClock, CaseRung
from butler.cases.procedures.limits import LADDER, LEASE, REMINDER, limit_of
from butler.cases.queries import showing
from butler.cases.states import ClockKind, Kind, Stage, Urgency
from butler.kit import worktime
from butler.kit.database import db
from butler.kit.worktime import Limit, Unit, WorkCalendar
from butler.kit.writing import insert_now, update_now
from butler.org import queries as org_queries


def running_clocks(case: Case) -> list[CaseClock]:
    """The clocks that have not stopped, paused ones too, in the order they were started."""
    return [clock for clock in showing.clocks(case) if clock.stopped_at is None]


def start(case: Case, kind: ClockKind, *, now: datetime, limit: Limit | None = None) -> CaseClock:
    """Start a clock with its usual limit, or the one given (the authority's promise)."""
    before, clock = showing.clocks(case), begin(case, kind, now=now, limit=limit)
    insert_now(clock)
    set_committed_value(case, "clocks", [*before, clock])
    return clock


def begin(case: Case, kind: ClockKind, *, now: datetime, limit: Limit | None = None) -> CaseClock:
    """A clock that starts now, not written yet."""
    limit = limit or limit_of(Kind(case.kind), kind, Urgency(case.urgency))
    due = worktime.due(org_queries.calendar(), now, limit)
    return CaseClock(
        case_id=case.id,
        kind=kind.value,
        started_at=due.start,
        limit_amount=due.limit.amount,
        limit_unit=due.limit.unit.value,
        due_at=due.at,
        why=worktime.explain(due),
        provisional=due.provisional,
        calendar_version=due.calendar_version,
        pauses=[],
    )


def begin_until(case: Case, kind: ClockKind, *, now: datetime, until: datetime, why: str) -> CaseClock:
    """A clock that ends at an agreed moment (a booked slot), on no calendar's account; not written yet."""
    minutes = max(1, int((until - now).total_seconds() // 60))
    clock = begin(case, kind, now=now, limit=Limit(minutes, Unit.MINUTES))
    clock.due_at, clock.why = until, why
    return clock


def stop(clocks: Iterable[CaseClock], kinds: Iterable[ClockKind], *, now: datetime) -> None:
    """Stop the clocks of these kinds."""
    wanted = {kind.value for kind in kinds}
    for clock in clocks:
        if clock.kind in wanted:
            update_now(clock, stopped_at=now, paused_at=None)


def revive(case: Case, *, now: datetime) -> None:
    """The clock that stopped when the work was called done runs on with its old due time: a dispute is no new start."""
    of_work = [clock for clock in showing.clocks(case) if clock.kind in (ClockKind.HANDLING, ClockKind.DELIVERY)]
    if any(clock.stopped_at is None for clock in of_work):
        return
    if of_work:
        max(of_work, key=lambda clock: (clock.stopped_at, clock.id)).stopped_at = None
    else:
        start(case, ClockKind.HANDLING, now=now)


def pause(clocks: Iterable[CaseClock], *, now: datetime) -> None:
    """Hold every clock."""
    for clock in clocks:
        clock.paused_at = now


def resume(clocks: Iterable[CaseClock], *, now: datetime) -> None:
    """Let them run on: each due time moves by exactly the working time that was paused."""
    for clock in clocks:
        if clock.paused_at is not None:
            clock.due_at = _after_pause(clock, clock.due_at, clock.paused_at, now)
            clock.pauses = [*clock.pauses, [clock.paused_at.isoformat(), now.isoformat()]]
            clock.paused_at = None


def recompute(clock: CaseClock) -> bool:
    """Work out a due time again on the calendar as it is now known, pauses included; tell whether it moved."""
    before = clock.due_at
    again = worktime.due(org_queries.calendar(), clock.started_at, Limit(clock.limit_amount, Unit(clock.limit_unit)))
    clock.provisional, clock.calendar_version = again.provisional, again.calendar_version
    moved = again.at
    for began, ended in clock.pauses:
        moved = _after_pause(clock, moved, datetime.fromisoformat(began), datetime.fromisoformat(ended))
    clock.due_at, clock.why = moved, worktime.explain(again, moved if clock.pauses else None)
    return moved != before


def _after_pause(clock: CaseClock, due_at: datetime, began: datetime, ended: datetime) -> datetime:
    return worktime.shift(org_queries.calendar(), due_at, began, ended, Unit(clock.limit_unit))


def start_if_stopped(case: Case, kind: ClockKind, *, now: datetime) -> None:
    """Start a clock of this kind unless one is running."""
    if not any(one.kind == kind for one in running_clocks(case)):
        start(case, kind, now=now)


@dataclass(frozen=True)
class Timing:
    """What the clocks of a case come to: the earliest promise and why, the lease, the next alarm."""

    due_at: datetime | None
    due_why: str
    lease_until: datetime | None
    next_alarm_at: datetime | None

    def put_on(self, case: Case) -> None:
        """Write it into the case."""
        case.due_at, case.due_why = self.due_at, self.due_why
        case.lease_until, case.next_alarm_at = self.lease_until, self.next_alarm_at


def work_out(case: Case, *, stage: Stage, paused_until: datetime | None, now: datetime, renew_lease: bool) -> Timing:
    """Due time, lease and next alarm of a case that is about to be in `stage`.

    Changes nothing. What the system writes by itself does not renew the holder's lease; what a person does, does.
    """
    calendar = org_queries.calendar()
    ticking = [clock for clock in running_clocks(case) if clock.paused_at is None]
    first = min(ticking, key=lambda clock: clock.due_at, default=None)
    lease = None
    if stage is Stage.IN_HAND:
        lease = case.lease_until if case.lease_until and not renew_lease else _lease(calendar, ticking, now)
    alarm = None
    if stage is not Stage.CLOSED:
        # A clock that has only just been started has climbed nothing: no need to ask.
        climbed = rungs_climbed(case.id) if any(clock.started_at < now for clock in ticking) else {}
        alarms = [
            clock.due_at
            if clock.kind == ClockKind.CONFIRM
            else rung_time(calendar, clock.due_at, climbed.get(clock.id, 0))
            for clock in ticking
        ]
        alarm = min(moment for moment in (*alarms, lease, paused_until) if moment is not None)
    return Timing(first.due_at if first else None, first.why if first else "", lease, alarm)


def settle(case: Case, *, now: datetime, renew_lease: bool = True) -> None:
    """Bring due time, lease and next alarm up to date where stage and holder stay as they are."""
    work_out(case, stage=Stage(case.stage), paused_until=case.paused_until, now=now, renew_lease=renew_lease).put_on(
        case
    )


def rung_time(calendar: WorkCalendar, due_at: datetime, climbed: int) -> datetime:
    """When the next rung is due, after so many have been climbed; past the top, when to remind again."""
    beyond = max(0, climbed - len(LADDER) + 1)
    days = LADDER[min(climbed, len(LADDER) - 1)] + REMINDER * beyond
    return due_at if days == 0 else worktime.due(calendar, due_at, Limit(days, Unit.WORKING_DAYS)).at


def rungs_climbed(case_id: int) -> dict[int, int]:
    """How many rungs each clock of the case has climbed."""
    return dict(db.session.execute(_rungs_query(), {"case": case_id}).all())


@cache
def _rungs_query() -> Select[int, int]:
    highest = select(CaseRung.clock_id, func.max(CaseRung.rung)).where(CaseRung.case_id == bindparam("case"))
    return highest.group_by(CaseRung.clock_id)


def _lease(calendar: WorkCalendar, ticking: list[CaseClock], now: datetime) -> datetime:
    """Two working days from the holder's last step, but never before the work itself is a working day late: a case that
    lies at the authority for three weeks is not taken away from its butler."""
    lease = worktime.due(calendar, now, LEASE).at
    dues = [clock.due_at for clock in ticking]
    if not dues:
        return lease
    return max(lease, worktime.due(calendar, min(dues), Limit(1, Unit.WORKING_DAYS)).at)
