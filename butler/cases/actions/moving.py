"""Taking a step: the only place where a case changes its stage, its state, its holder or its desk.

Locks the row (and before it the authority somebody acts by: `queries.acting`), checks version and lease, moves, writes the
history, sets the clocks, tells: one transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

from butler.cases.actions import clocks, history
from butler.cases.actions.effects import EFFECTS, Landing, Pause, Taking
from butler.cases.events import CaseMoved
from butler.cases.models import Case, CaseHop
from butler.cases.procedures import Arrow, Demand, arrow_for, may_take
from butler.cases.queries import acting, finding, showing
from butler.cases.states import Direction, Happening, Kind, Outcome, Relation, Stage, State, Step
from butler.consents import actions as consents
from butler.consents import queries as consent_queries
from butler.consents.states import Purpose
from butler.custody import queries as custody_queries
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock, envelopes
from butler.kit.database import db
from butler.kit.errors import Conflict, EditedElsewhere
from butler.kit.events import publish
from butler.kit.writing import insert_now, together, update_now
from butler.org import queries as org_queries

SYSTEM = "system"
"""The role in which nobody acts: the clock does."""


def take_step(actor: Actor, number: str, step: Step, data: Mapping[str, Any], *, version: int) -> Case:
    """Take a step on the case with this number, as seen in this version.

    `data` is what the step's schema gave. Raises NotFound (not there, or not the caller's business), NotAllowed,
    Conflict (no such arrow, a demand unmet, the lease lost, no delegation for it any more), EditedElsewhere (another
    version), Invalid (bad data).
    """
    acting.hold_authority(number)  # before the case: see there
    return take(finding.find_case(actor, number, lock=True), actor, step, data, version=version)


def take(case: Case, actor: Actor, step: Step, data: Mapping[str, Any], *, version: int) -> Case:
    """The same on a case that is at hand, loaded with `finding.SHOWN` and locked; it can be shown as it is afterwards."""
    relations = finding.relations(actor, case)
    arrow = arrow_for(Kind(case.kind), Stage(case.stage), State(case.state), step)
    if Relation.HOLDER not in relations and Relation.DESK in relations and arrow.by == frozenset({Relation.HOLDER}):
        _refuse_lost_lease(case)
    may_take(arrow, relations)
    acting.check_step(actor, case, step, arrow.by & relations)
    acting.check_not_alone(case, step)
    if version != case.version:
        raise EditedElsewhere(
            "您打开之后，这件办件有了新变化。您填的内容还在，请看过最新情况再提交。", version=case.version
        )
    now = clock.now()
    for demand in sorted(arrow.demands):
        _check_demand(demand, case, actor, now)
    return follow(arrow, case, actor, step, data, role=_acting_as(arrow.by & relations, actor, case), now=now)


def follow(
    arrow: Arrow, case: Case, actor: Actor, step: Step, data: Mapping[str, Any], *, role: str, now: datetime
) -> Case:
    """Go where an arrow leads, for a caller to whom it is open: what the step does beside, clocks, move, history, news."""
    taking = Taking(case=case, actor=actor, data=data, now=now)
    effect = EFFECTS.get(step)
    landing = effect(taking) if effect else None
    running = clocks.running_clocks(case)
    with together():
        clocks.stop(running, arrow.stops, now=now)
        match step:
            case Step.PAUSE:
                clocks.pause(running, now=now)
            case Step.RESUME:
                clocks.resume(running, now=now)
            case Step.DISPUTE:
                clocks.revive(case, now=now)
        if arrow.starts is not None and not any(one.kind == arrow.starts and one.stopped_at is None for one in running):
            clocks.start(case, arrow.starts, now=now, limit=taking.limit)
        seq = move(
            case,
            stage=arrow.stage or Stage(case.stage),
            state=arrow.state or State(case.state),
            outcome=Outcome.NOT_DONE if arrow.outcome and case.state == State.NOT_DONE else arrow.outcome,
            holder_id=_holder_after(step, case, actor, arrow.stage),
            landing=landing,
            pause=taking.pause,
            step=step,
            actor_id=actor.person_id,
            role=role,
            now=now,
            note=str(data.get("note") or ""),
            data=taking.kept,
        )
    publish(CaseMoved(case_id=case.id, step=step, seq=seq, actor_id=actor.person_id, role=role))
    for event in taking.events:
        publish(event)
    return case


def move(
    case: Case,
    *,
    stage: Stage,
    state: State,
    outcome: Outcome | None,
    holder_id: int | None,
    landing: Landing | None = None,
    pause: Pause | None = None,
    step: Step | Happening,
    actor_id: int | None,
    role: str,
    now: datetime,
    note: str = "",
    data: Mapping[str, Any] | None = None,
) -> int:
    """Set everything a case may change, write its line of history and its next alarm; returns the line's number.

    Nothing else sets a stage, a state, a holder or a desk: people come here by `take_step`, the system by `alarms`.
    First everything is asked, then everything is set: the constraints of the table see either the old case or the new.
    """
    paused_until = (pause.until if pause else case.paused_until) if stage is Stage.PAUSED else None
    timing = clocks.work_out(case, stage=stage, paused_until=paused_until, now=now, renew_lease=actor_id is not None)
    hops = showing.hops(case) if landing is not None or stage is Stage.CLOSED else []
    holder = db.session.get(Person, holder_id) if holder_id is not None else None
    after: dict[str, Any] = {
        "stage": stage.value, "state": state.value, "holder_id": holder_id, "desk_id": case.desk_id,
        "paused_until": paused_until, "version": case.version + 1, **vars(timing),
    }  # fmt: skip
    if landing is not None:
        after |= _land(case, landing, hops, now)
    if stage is Stage.RESOLVED and case.stage != Stage.RESOLVED:
        after |= {"resolver_id": case.holder_id, "resolved_at": now}
    if stage is Stage.CLOSED and case.closed_at is None:
        after |= {"outcome": outcome, "closed_at": now, "closed_level": _closing_level(case, hops)}
    if pause is not None or stage is not Stage.PAUSED:
        after["pause_reason"] = pause.reason if pause else None
    if holder_id != case.holder_id:
        after["lease_epoch"] = case.lease_epoch + (holder_id is not None)
        set_committed_value(case, "holder", holder)
    line = history.next_line(
        case, step, stage=stage, state=state, desk_id=after["desk_id"],
        actor_id=actor_id, role=role, at=now, note=note, data=data,
    )  # fmt: skip
    db.session.flush()
    with together():
        update_now(case, **after, last_seq=line.seq, head_hash=line.hash)
        insert_now(beside=[line])
    return line.seq


def _land(case: Case, landing: Landing, hops: Sequence[CaseHop], now: datetime) -> dict[str, Any]:
    """Another desk works on it; whoever answered for the old desk's work now answers through the new one."""
    desk, direction = org_queries.desk(landing.desk_id), landing.direction
    hop = CaseHop(
        case_id=case.id, seq=hops[-1].seq + 1, desk_id=desk.id, direction=direction.value, at=now,
        sealed_why=envelopes.seal(case.id, "case_hops.sealed_why", landing.why),
    )  # fmt: skip
    insert_now(hop)
    set_committed_value(hop, "desk", desk)
    set_committed_value(case, "hops", [*hops, hop])
    after: dict[str, Any] = {
        "desk_id": desk.id,
        "sealed_why": envelopes.seal(case.id, "cases.sealed_why", landing.why),
    }
    if case.accountable_desk_id == case.desk_id or direction is Direction.UP:
        after["accountable_desk_id"] = desk.id
        set_committed_value(case, "accountable_desk", desk)
    set_committed_value(case, "desk", desk)
    return after


def _holder_after(step: Step, case: Case, actor: Actor, stage: Stage | None) -> int | None:
    """Who has it in hand afterwards."""
    match stage:
        case None:
            return case.holder_id
        case Stage.IN_HAND if step is Step.CLAIM:
            return actor.person_id
        case Stage.IN_HAND if step is Step.DISPUTE:
            return case.resolver_id
        case Stage.IN_HAND | Stage.PAUSED:
            return case.holder_id
        case _:
            return None


def _check_demand(demand: Demand, case: Case, actor: Actor, now: datetime) -> None:
    match demand:
        case Demand.NOTHING_IN_CUSTODY:
            left = custody_queries.outstanding_count(case.id)
            if left:
                raise Conflict(f"还有 {left} 件原件没有归还。请先把原件还给居民，再办这一步。")
        case Demand.HAND_OVER:
            consents.demand(
                Purpose.HAND_OVER,
                consent_queries.in_force(case.id),
                "居民还没有同意把材料交给窗口，这一步没有办。请当面问一问，同意了，在办件页面登记“居民当面同意了”，再办这一步。",
            )
        case Demand.MANDATE:
            mandate = showing.mandate_in_force(case.id, now)
            if mandate is None:
                raise Conflict("委托书不在有效期内，或还没有签。请先和居民签好委托书。")
            if mandate.agent_id != actor.person_id:
                raise Conflict("委托书写的是另一位管家。请和居民重新签一份，再办这一步。")


def _refuse_lost_lease(case: Case) -> None:
    """A colleague of the desk has it now: say who, so that the two can talk."""
    holder = db.session.get_one(Person, case.holder_id)
    raise Conflict(
        f"这件已由{holder.courtesy_name}师傅接手。您写的内容没有提交，可以复制给对方。",
        code="lease-lost",
    )


def _acting_as(relations: frozenset[Relation], actor: Actor, case: Case) -> str:
    """In which role somebody acts, given what lets them: their own affair comes before their office, and the post at
    the desk of the case before their other posts."""
    if Relation.ASKER in relations or not actor.posts:
        return Role.RESIDENT.value
    return next((post.role for post in actor.posts if post.desk_id == case.desk_id), actor.posts[0].role)


def _closing_level(case: Case, hops: Sequence[CaseHop]) -> str:
    """How far up it had to go: the highest level that worked on it. A butler's work counts as the grid's."""
    worked = {hop.desk.kind for hop in hops if hop.direction == Direction.UP} | {case.desk.kind}
    return next((level for level in ("district", "street", "community", "grid") if level in worked), "grid")
