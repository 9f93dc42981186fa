"""What a step does beside moving the case: one function per step. Each may give the desk where the case lands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from butler.cases import routing
from butler.cases.actions.filing import file_errand_from
from butler.cases.events import CaseRated
from butler.cases.models import Case, CaseStep, Mandate
from butler.cases.procedures.limits import LONGEST_PAUSE, MANDATE_TERM, PAPERS_BACK, URGE_EVERY
from butler.cases.queries import acting, finding, showing
from butler.cases.states import Direction, State, Step
from butler.catalogue import queries as catalogue_queries
from butler.custody import actions as custody
from butler.identity import scope
from butler.identity.permissions import Permission
from butler.identity.scope import Actor
from butler.kit import worktime
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid, RateLimited
from butler.kit.worktime import Limit, Unit
from butler.org import queries as org_queries
from butler.org.models import Desk


@dataclass(frozen=True)
class Landing:
    """A desk a case moves to, which way, and why."""

    desk_id: int
    direction: Direction
    why: str


@dataclass(frozen=True)
class Pause:
    """Until when a case rests, and why."""

    until: datetime
    reason: str


@dataclass
class Taking:
    """A step being taken: what comes in, and what the effect wants kept, timed and told."""

    case: Case
    actor: Actor
    data: Mapping[str, Any]
    now: datetime
    kept: dict[str, Any] = field(default_factory=dict)  # goes into the history with the step
    pause: Pause | None = None
    limit: Limit | None = None  # for the clock that starts, where the usual one does not fit
    events: list[object] = field(default_factory=list)


Effect = Callable[[Taking], Landing | None]


def dispatch(taking: Taking) -> Landing:
    """Send it down, or across, to a desk within the caller's own unit."""
    desk = db.session.scalar(
        select(Desk)
        .join(Desk.unit)
        .where(Desk.id == taking.data["desk_id"], scope.units_where(taking.actor, Permission.CASE_WORK))
    )
    if desk is None:
        raise Invalid.at("/desk_id", "请选择您辖区里的一个岗位", code="unknown_desk")
    if desk.id == taking.case.desk_id:
        raise Invalid.at("/desk_id", "已经在这个岗位上了，请选别的岗位", code="same_desk")
    taking.kept["desk"] = desk.name
    return Landing(desk.id, Direction.DOWN, taking.data["note"] or f"分派给{desk.name}")


def refer_up(taking: Taking) -> Landing:
    """Beyond competence: the level above has to take it. Not the same as late."""
    above = routing.next_above(finding.stops_of(taking.case), taking.case.desk_id)
    if above is None:
        raise Conflict("上面没有更高一级的岗位了。请直接办理，或联系同级部门协助。")
    taking.kept["desk"] = above.name
    return Landing(above.desk_id, Direction.UP, f"上报：{taking.data['note']}")


def pause(taking: Taking) -> None:
    """Hold the clocks for a reason and until a moment; it goes on by itself then."""
    until: datetime = taking.data["until"]
    latest = worktime.due(org_queries.calendar(), taking.now, LONGEST_PAUSE).at
    if until <= taking.now:
        raise Invalid.at("/until", "恢复时间要晚于现在", code="in_past")
    if until > latest:
        raise Invalid.at("/until", f"最多暂停 {LONGEST_PAUSE.amount} 个工作日，请选早一点的时间", code="too_late")
    taking.pause = Pause(until, taking.data["reason"].value)
    taking.kept.update(reason=taking.data["reason"].value, until=until.isoformat())


def urge(taking: Taking) -> None:
    """催一下: at most once in four working hours, or it would mean nothing."""
    last = db.session.scalar(
        select(CaseStep.at)
        .where(CaseStep.case_id == taking.case.id, CaseStep.step == Step.URGE)
        .order_by(CaseStep.seq.desc())
        .limit(1)
    )
    if last is None:
        return
    again = worktime.due(org_queries.calendar(), last, URGE_EVERY).at
    if again > taking.now:
        raise RateLimited(
            "刚刚已经催过了，对方收到了提醒。您也可以直接打电话。", retry_after=again - taking.now, title="已经催过了"
        )


def answer(taking: Taking) -> None:
    """The answer itself is the note of the step; without words it is none."""
    if not taking.data["note"]:
        raise Invalid.at("/note", "请写下您的答复", code="required")


def convert(taking: Taking) -> None:
    """A question becomes an errand: same person, same place, same desk; the two know of each other."""
    errand = file_errand_from(taking.case, matter_code=taking.data["matter_code"], actor=taking.actor, now=taking.now)
    taking.kept["errand"] = errand.number


def authorise(taking: Taking) -> None:
    """The resident, or who may sign for them, has signed what the butler may do (民法典 art 165): each act named, this
    case only, with a term.

    A letter signed before, for another butler or a term that is over, ends here.
    """
    case, by = taking.case, taking.data["signed_by"]
    acting.check_signature(case, by_delegate=by == "delegate", at=taking.now)
    until = taking.now + MANDATE_TERM
    before = update(Mandate).where(Mandate.case_id == case.id, Mandate.revoked_at.is_(None))
    db.session.execute(before.values(revoked_at=taking.now))
    db.session.add(
        Mandate(
            case_id=case.id,
            principal_id=case.beneficiary_id,
            agent_id=taking.actor.person_id,
            matter_code=case.matter_code,
            acts=[act.value for act in taking.data["acts"]],
            signed_how=taking.data["signed_how"].value,
            valid_from=taking.now,
            valid_until=until,
        )
    )
    db.session.flush()
    taking.kept.update(acts=[act.value for act in taking.data["acts"]], valid_until=until.isoformat())
    if case.asker_id != case.beneficiary_id:
        taking.kept["signed_by"] = by.value


def receive_originals(taking: Taking) -> None:
    """Papers change hands: a receipt line for each."""
    case = taking.case
    originals = custody.receive(
        case_id=case.id,
        items=taking.data["items"],
        owner_id=case.beneficiary_id,
        butler_id=taking.actor.person_id,
        now=taking.now,
        due_back_at=worktime.due(org_queries.calendar(), taking.now, PAPERS_BACK).at,
    )
    taking.kept["originals"] = [{"name": one.name, "copies": one.copies} for one in originals]


def submit(taking: Taking) -> None:
    """Handed in at the window. From here the authority's clock runs, not ours; both are shown."""
    matter = catalogue_queries.matter(taking.case.matter_code or "")
    promised = matter.promised_limit
    if promised.days:
        unit = Unit.WORKING_DAYS if promised.unit == "working" else Unit.CALENDAR_DAYS
        taking.limit = Limit(promised.days, unit)
    else:
        taking.limit = Limit(1, Unit.WORKING_DAYS)  # done on the spot; a day to write it down
    taking.kept.update(window=taking.data["window"], receipt_number=taking.data["receipt_number"])
    if expected_on := taking.data["expected_on"]:
        taking.kept["expected_on"] = expected_on.isoformat()  # what the window said; our clock keeps the promise


def record_result(taking: Taking) -> None:
    """What the authority decided, in its words."""
    taking.kept["result"] = taking.data["result"].value


def return_originals(taking: Taking) -> None:
    """Everything we still hold goes back."""
    case = taking.case
    given = custody.give_back(
        case_id=case.id, butler_id=taking.actor.person_id, owner_id=case.beneficiary_id, now=taking.now
    )
    taking.kept["originals"] = [{"name": one.name, "copies": one.copies} for one in given]


def resolve(taking: Taking) -> None:
    """Done, or honestly not: then the resident is told why and what else they can do."""
    if taking.case.state not in (State.RESULT_READY, State.RETURNED) and not taking.data["note"]:
        raise Invalid.at("/note", "还没有办成，请写清原因和居民还可以怎么办", code="required")


def dispute(taking: Taking) -> None:
    """Not done, says the resident; they need not prove it, but say what is missing."""
    if not taking.data["note"]:
        raise Invalid.at("/note", "请说一下哪里没有办好", code="required")


def rate(taking: Taking) -> None:
    """The judgement itself is kept by `ratings`, which refuses a second one."""
    taking.events.append(
        CaseRated(
            case_id=taking.case.id,
            district=taking.case.district,
            grade=taking.data["grade"],
            tags=tuple(taking.data["tags"]),
            comment=taking.data["note"],
            rater_id=taking.actor.person_id,
            at=taking.now,
        )
    )
    taking.kept["grade"] = taking.data["grade"]


def end_powers(taking: Taking) -> None:
    """A mandate ends with its case (民法典 art 173), and a seat nobody needs is free again."""
    end_mandate_and_seat(taking.case, taking.now)


def end_mandate_and_seat(case: Case, now: datetime) -> None:
    """See `end_powers`; also when a case closes by silence."""
    mandate = showing.mandate_in_force(case.id, now)
    if mandate is not None:
        mandate.revoked_at = now
    booking = showing.booking(case)
    if booking is not None:
        booking.freed_at = now


EFFECTS: Mapping[Step, Effect] = {
    Step.DISPATCH: dispatch,
    Step.REFER_UP: refer_up,
    Step.PAUSE: pause,
    Step.URGE: urge,
    Step.ANSWER: answer,
    Step.CONVERT: convert,
    Step.AUTHORISE: authorise,
    Step.RECEIVE_ORIGINALS: receive_originals,
    Step.SUBMIT: submit,
    Step.RECORD_RESULT: record_result,
    Step.RETURN_ORIGINALS: return_originals,
    Step.RESOLVE: resolve,
    Step.CONFIRM: end_powers,
    Step.DISPUTE: dispute,
    Step.RATE: rate,
    Step.CANCEL: end_powers,
}
