"""What happens when nobody does anything: ladders, lapsed leases, ended pauses, silence.

Alarms are rows. Any number of processes may ring them: each locks a case and skips what another holds, so each alarm
rings once. Nothing here needs Valkey.
"""

from datetime import datetime

from sqlalchemy import select

from butler.cases import routing
from butler.cases.actions import clocks
from butler.cases.actions.effects import end_mandate_and_seat
from butler.cases.actions.moving import SYSTEM, move
from butler.cases.events import CaseClosedBySilence, CaseEscalated, CaseReturnedToDesk
from butler.cases.models import Case, CaseClock, CaseRung
from butler.cases.queries import finding
from butler.cases.routing import Stop
from butler.cases.states import ClockKind, Happening, Outcome, Stage, State, Step
from butler.custody import queries as custody_queries
from butler.kit import clock
from butler.kit.database import db, unit_of_work
from butler.kit.events import publish
from butler.org import queries as org_queries


def ring_due(*, limit: int = 200) -> int:
    """Ring every alarm that is due, one transaction per case; returns how many cases rang."""
    rung = 0
    while rung < limit:
        with unit_of_work():
            case = _next_due(clock.now())
            if case is None:
                return rung
            ring(case, now=clock.now())
        rung += 1
    return rung


def ring(case: Case, *, now: datetime) -> None:
    """Do what is due for this (locked) case. Doing it twice changes nothing."""
    if case.stage == Stage.PAUSED and case.paused_until is not None and case.paused_until <= now:
        _end_pause(case, now)
        return
    running = [one for one in clocks.running_clocks(case) if one.paused_at is None]
    confirm = next((one for one in running if one.kind == ClockKind.CONFIRM), None)
    if confirm is not None and confirm.due_at <= now:
        _close_by_silence(case, running, now)
        return
    for one in running:
        if one.kind != ClockKind.CONFIRM:
            _climb(case, one, now)
    if case.stage == Stage.IN_HAND and case.lease_until is not None and case.lease_until <= now:
        _lapse(case, now)
    clocks.settle(case, now=now, renew_lease=case.lease_until is not None and case.lease_until <= now)


def _next_due(now: datetime) -> Case | None:
    return db.session.scalar(
        select(Case)
        .where(Case.next_alarm_at <= now)
        .order_by(Case.next_alarm_at, Case.id)
        .limit(1)
        .options(*finding.WITH_KEY)
        .with_for_update(skip_locked=True, of=Case)
    )


def _climb(case: Case, late: CaseClock, now: datetime) -> None:
    """Climb every rung this clock has reached: the next level above answers for it, whoever has it keeps working.

    Each level is told once. Past the top there are only reminders; however many were missed (nobody was running), one
    is enough.
    """
    calendar = org_queries.calendar()
    climbed = clocks.rungs_climbed(case.id).get(late.id, 0)
    while clocks.rung_time(calendar, late.due_at, climbed) <= now:
        climbed += 1
        above = _desk_above(case)
        if above is None:
            while clocks.rung_time(calendar, late.due_at, climbed) <= now:
                climbed += 1
        _raise_to(case, late, climbed, above, now)


def _raise_to(case: Case, late: CaseClock, rung: int, above: Stop | None, now: datetime) -> None:
    desk_id = above.desk_id if above else case.accountable_desk_id
    db.session.add(CaseRung(case_id=case.id, clock_id=late.id, rung=rung, desk_id=desk_id, at=now))
    case.accountable_desk_id = desk_id
    words = f"交给{above.name}督促" if above else "再次提醒"
    _write(case, Happening.ESCALATED, now, data={"clock": late.kind, "rung": rung, "words": words})
    publish(CaseEscalated(case_id=case.id, clock_id=late.id, rung=rung, desk_id=desk_id))


def _desk_above(case: Case) -> Stop | None:
    return routing.next_above(finding.stops_of(case), case.accountable_desk_id)


def _lapse(case: Case, now: datetime) -> None:
    """Nobody has touched it for the length of a lease: it waits for somebody again, unless papers are in the holder's
    hands: those must not be left with one person and the case with another."""
    if custody_queries.outstanding_count(case.id):
        return
    assert case.holder_id is not None
    former = case.holder_id
    clocks.start_if_stopped(case, ClockKind.RESPONSE, now=now)
    seq = move(
        case,
        stage=Stage.WAITING,
        state=State(case.state),
        outcome=None,
        holder_id=None,
        step=Happening.LEASE_LAPSED,
        actor_id=None,
        role=SYSTEM,
        now=now,
    )
    publish(CaseReturnedToDesk(case_id=case.id, seq=seq, former_holder_id=former))


def _end_pause(case: Case, now: datetime) -> None:
    clocks.resume(clocks.running_clocks(case), now=now)
    _write(case, Step.RESUME, now, stage=Stage.IN_HAND)


def _close_by_silence(case: Case, running: list[CaseClock], now: datetime) -> None:
    """Nobody objected in time. Closed, and counted apart from what somebody confirmed."""
    end_mandate_and_seat(case, now)
    clocks.stop(running, ClockKind, now=now)
    outcome = Outcome.NOT_DONE if case.state == State.NOT_DONE else Outcome.SILENT
    seq = _write(case, Happening.SILENCE, now, stage=Stage.CLOSED, outcome=outcome)
    publish(CaseClosedBySilence(case_id=case.id, seq=seq))


def _write(
    case: Case,
    step: Step | Happening,
    now: datetime,
    *,
    stage: Stage | None = None,
    outcome: Outcome | None = None,
    data: dict[str, object] | None = None,
) -> int:
    stage = stage or Stage(case.stage)
    holder_id = case.holder_id if stage in (Stage.IN_HAND, Stage.PAUSED) else None
    return move(
        case,
        stage=stage,
        state=State(case.state),
        outcome=outcome,
        holder_id=holder_id,
        step=step,
        actor_id=None,
        role=SYSTEM,
        now=now,
        data=data,
    )
