"""An errand from the first word to the last, and every way it may not go."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from butler.cases import schemas
from butler.cases.actions.alarms import ring
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.moving import take_step
from butler.cases.models import Case, CaseClock, Mandate
from butler.cases.procedures.limits import LEASE
from butler.cases.queries import checking, finding, showing
from butler.cases.states import Mode, Outcome, Stage, State, Step
from butler.custody import queries as custody
from butler.identity.actions import appoint
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, EditedElsewhere, Invalid, NotAllowed, NotFound, RateLimited
from factories import Town, actor_of, file_errand

Clock = Callable[[str], None]
PAPER = {"name": "近期免冠照片", "copies": 2, "condition": "完好"}


def take(actor: Actor, case: Case, step: str, **data: Any) -> Case:
    """Take a step as the API would: input through its schema, at the present version."""
    loaded = schemas.STEP_INPUTS[Step(step)].load(data)
    return take_step(actor, case.number, Step(step), loaded, version=case.version)


def colleague_of(town: Town) -> Actor:
    """A second butler at the same desk."""
    person = Person(name="刘师傅", username="second", password_hash="-", created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    appoint(person=person, role=Role.BUTLER, desk=town.here.desk)
    return actor_of(person)


def hand_in(town: Town, at: Clock) -> Case:
    """An errand that lies at the authority."""
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    butler = town.here.butler
    assert claim_next(butler) is case
    take(butler, case, "authorise")
    take(butler, case, "receive_originals", items=[PAPER])
    return take(butler, case, "submit", window="北山街道便民服务中心2号窗口", receipt_number="R-1")


def test_the_whole_way(town: Town, at: Clock) -> None:
    case = hand_in(town, at)
    resident, butler = town.here.residents[0], town.here.butler

    at("2026-11-25 10:00")
    take(butler, case, "record_result", result="granted")
    take(butler, case, "return_originals")
    take(butler, case, "resolve")
    assert (case.stage, case.state, case.holder_id) == (Stage.RESOLVED, State.DELIVERED, None)
    take(resident, case, "confirm")

    assert (case.stage, case.outcome, case.closed_level) == (Stage.CLOSED, Outcome.CONFIRMED, "grid")
    assert case.next_alarm_at is None
    assert [line.step for line in showing.timeline(case)] == [
        "filed",
        "claim",
        "authorise",
        "receive_originals",
        "submit",
        "record_result",
        "return_originals",
        "resolve",
        "confirm",
    ]
    assert [line.kind for line in showing.clocks(case)] == [
        "response",
        "handling",
        "authority",
        "delivery",
        "confirm",
    ]
    assert all(one.stopped_at is not None for one in showing.clocks(case))
    assert list(checking.violations()) == []


def test_filing_tells_where_it_went_and_why_and_by_when(town: Town, at: Clock) -> None:
    at("2026-11-20 18:30")  # Friday evening, after hours

    case = file_errand(town.here.residents[0], town.here, mode=Mode.OFF_HOURS)

    assert [hop.desk.kind for hop in showing.hops(case)] == ["district", "street", "community", "grid", "butler"]
    assert case.desk_id == case.accountable_desk_id == town.here.desk.id
    assert case.routed_why == "北山街道1幢管家岗负责这栋楼"
    assert case.due_at == datetime(2026, 11, 23, 10, 30, tzinfo=clock.CHINA)  # Monday, two working hours
    assert "11月23日（周一）10:30" in case.due_why
    assert case.unit_path.endswith(town.here.grids[0].code)


@pytest.mark.parametrize("step", ["authorise", "submit", "record_result", "resolve", "confirm", "return_originals"])
def test_a_step_before_its_time_is_refused_and_changes_nothing(town: Town, at: Clock, step: str) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    data = {"submit": {"window": "窗口"}, "record_result": {"result": "granted"}}.get(step, {})
    before = case.version

    with pytest.raises(Conflict):
        take(town.here.butler, case, step, **data)

    assert (case.version, case.stage, len(showing.timeline(case))) == (before, Stage.WAITING, 1)


def test_only_the_holder_works_on_it(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)

    with pytest.raises(NotAllowed):
        take(town.here.residents[0], case, "pause", reason="waiting_for_resident", until="2026-11-24T09:00:00+08:00")
    with pytest.raises(NotFound):  # a butler of another desk has no business with it
        take(town.here.other_butler, case, "authorise")


def test_an_old_version_is_refused(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    seen = case.version
    claim_next(town.here.butler)

    with pytest.raises(EditedElsewhere) as refusal:
        take_step(town.here.residents[0], case.number, Step.CANCEL, {"note": ""}, version=seen)

    assert refusal.value.facts == {"version": case.version}


def test_papers_that_may_not_be_kept_are_refused(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    take(town.here.butler, case, "authorise")

    with pytest.raises(Invalid) as refusal:
        take(town.here.butler, case, "receive_originals", items=[{"name": "居民身份证"}])

    assert [error.pointer for error in refusal.value.errors] == ["/items/0/name"]


@pytest.mark.parametrize("step", ["resolve", "release", "cancel"])
def test_nothing_ends_while_an_original_is_out(town: Town, at: Clock, step: str) -> None:
    case = hand_in(town, at)
    actor = town.here.residents[0] if step == "cancel" else town.here.butler

    with pytest.raises(Conflict, match="还有 1 件原件没有归还"):
        take(actor, case, step, note="做不了")

    assert custody.outstanding_count(case.id) == 1


def test_without_a_mandate_nothing_is_handed_in(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    take(town.here.butler, case, "authorise")
    at("2027-11-23 09:00")  # the mandate's term is over

    with pytest.raises(Conflict, match="委托书"):
        take(town.here.butler, case, "submit", window="2号窗口")


def test_whoever_takes_over_signs_anew(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    take(town.here.butler, case, "authorise")
    take(town.here.butler, case, "release", note="明天开始休假")
    colleague = colleague_of(town)
    assert claim_next(colleague) is case
    with pytest.raises(Conflict, match="另一位管家"):
        take(colleague, case, "submit", window="2号窗口")

    take(colleague, case, "authorise")
    take(colleague, case, "submit", window="2号窗口")

    assert case.state == State.SUBMITTED
    in_force = select(Mandate.agent_id).where(Mandate.case_id == case.id, Mandate.revoked_at.is_(None))
    assert db.session.scalars(in_force).all() == [colleague.person_id]


def test_closing_ends_the_mandate(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    take(town.here.butler, case, "authorise")

    take(town.here.residents[0], case, "cancel", note="自己去办了")

    assert case.outcome == Outcome.CANCELLED
    assert db.session.scalars(select(Mandate.revoked_at).where(Mandate.case_id == case.id)).one() == clock.now()


def test_the_authority_has_its_own_clock(town: Town, at: Clock) -> None:
    case = hand_in(town, at)

    clocks = {one.kind: one for one in showing.clocks(case)}

    assert clocks["handling"].stopped_at == clock.now()
    assert clocks["authority"].stopped_at is None
    assert case.due_at == clocks["authority"].due_at


def test_a_dispute_revives_the_old_clock(town: Town, at: Clock) -> None:
    case = hand_in(town, at)
    butler, resident = town.here.butler, town.here.residents[0]
    take(butler, case, "record_result", result="granted")
    take(butler, case, "return_originals")
    take(butler, case, "resolve")
    delivery = next(one for one in showing.clocks(case) if one.kind == "delivery")
    promised = delivery.due_at
    at("2026-11-26 09:00")  # the promise was 25 November, 17:30

    take(resident, case, "dispute", note="证上名字写错了")

    assert (case.stage, case.state, case.holder_id) == (Stage.IN_HAND, State.RESULT_READY, butler.person_id)
    assert (delivery.stopped_at, delivery.due_at, case.due_at) == (None, promised, promised)
    assert promised < clock.now()
    assert case.next_alarm_at == promised  # already late: it rings at once


def test_not_done_needs_a_reason_and_closes_as_such(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    with pytest.raises(Invalid):
        take(town.here.butler, case, "resolve")

    take(town.here.butler, case, "resolve", note="户籍不在本区，请到户籍地办理")
    take(town.here.residents[0], case, "confirm")

    assert (case.state, case.outcome) == (State.NOT_DONE, Outcome.NOT_DONE)


def test_pausing_moves_the_due_time_by_exactly_the_paused_working_time(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    before = case.due_at
    assert before is not None
    at("2026-11-24 10:00")
    take(
        town.here.butler, case, "pause", reason="waiting_for_resident", until="2026-11-27T10:00:00+08:00", note="等照片"
    )
    assert (case.stage, case.due_at, case.lease_until) == (Stage.PAUSED, None, None)
    at("2026-11-25 10:00")  # one working day of eight hours-minus-lunch later

    take(town.here.butler, case, "resume")

    assert case.due_at == before + timedelta(days=1)
    assert (case.stage, case.paused_until, case.pause_reason) == (Stage.IN_HAND, None, None)


def test_urging_twice_is_too_often(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    take(town.here.residents[0], case, "urge")

    with pytest.raises(RateLimited) as refusal:
        take(town.here.residents[0], case, "urge")

    assert int(refusal.value.headers["Retry-After"]) == (4 * 60 + 90) * 60  # four working hours and lunch: 14:30


def test_referring_up_moves_it_to_the_grid_and_stays_counted_apart(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)

    take(town.here.butler, case, "refer_up", note="要街道出证明")

    grid_desk = town.here.desk_of(town.here.grids[0])
    assert (case.stage, case.desk_id, case.accountable_desk_id) == (Stage.WAITING, grid_desk.id, grid_desk.id)
    last = showing.hops(case)[-1]
    assert (last.direction, last.why) == ("up", "上报：要街道出证明")
    assert claim_next(town.here.grid_worker) is case


def test_dispatch_sends_it_down_within_ones_own_unit(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    target = town.here.other_desk

    take(town.here.community_staff, case, "dispatch", desk_id=str(target.id), note="请王师傅办")

    assert case.desk_id == target.id
    with pytest.raises(Invalid):
        take(town.here.community_staff, case, "dispatch", desk_id=str(town.sibling.desk.id), note="")


def test_silence_closes_it_apart_from_confirmed(town: Town, at: Clock) -> None:
    case = hand_in(town, at)
    take(town.here.butler, case, "record_result", result="granted")
    take(town.here.butler, case, "return_originals")
    take(town.here.butler, case, "resolve")
    at("2026-12-15 09:00")

    ring(case, now=clock.now())

    assert (case.stage, case.outcome) == (Stage.CLOSED, Outcome.SILENT)
    assert showing.timeline(case)[-1].step == "silence"
    assert list(checking.violations()) == []


def test_a_lapsed_lease_returns_the_case_to_its_desk(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    epoch = case.lease_epoch
    assert case.lease_until is not None
    at("2026-12-08 09:00")  # the errand is late by a working day and nobody has touched it
    assert case.lease_until <= clock.now(), LEASE

    ring(case, now=clock.now())

    assert (case.stage, case.holder_id, case.lease_epoch) == (Stage.WAITING, None, epoch)
    assert claim_next(town.here.butler) is case
    assert case.lease_epoch == epoch + 1


def test_a_lapsed_lease_does_not_part_papers_from_their_case(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    take(town.here.butler, case, "authorise")
    take(town.here.butler, case, "receive_originals", items=[PAPER])
    at("2026-12-08 09:00")

    ring(case, now=clock.now())

    assert (case.stage, case.holder_id) == (Stage.IN_HAND, town.here.butler.person_id)
    assert case.next_alarm_at is not None
    assert case.next_alarm_at > clock.now()


def test_someone_else_finds_the_same_nothing(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)

    for stranger in (
        town.here.residents[1],
        town.here.other_butler,
        town.sibling.butler,
        town.sibling.street_staff,
        town.elsewhere.butler,
    ):
        with pytest.raises(NotFound) as mine:
            finding.find_case(stranger, case.number)
        with pytest.raises(NotFound) as nobodys:
            finding.find_case(stranger, "0000-0000-0000")
        assert mine.value.detail == nobodys.value.detail
    for insider in (
        town.here.residents[0],
        town.here.butler,
        town.here.community_staff,
        town.here.street_staff,
        town.district_staff,
    ):
        assert finding.find_case(insider, case.number) is case


def test_clocks_are_one_of_a_kind(town: Town, at: Clock) -> None:
    case = hand_in(town, at)

    running = db.session.scalars(
        select(CaseClock.kind).where(CaseClock.case_id == case.id, CaseClock.stopped_at.is_(None))
    ).all()

    assert running == ["authority"]
