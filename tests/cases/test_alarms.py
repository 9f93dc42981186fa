"""What happens when nobody does anything: each rung once, on time, to the right desk."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import select

from butler.cases.actions.alarms import ring, ring_due
from butler.cases.actions.claiming import claim_next
from butler.cases.models import Case, CaseClock, CaseRung
from butler.cases.queries import checking, finding, showing
from butler.cases.states import Stage
from butler.identity import actions as identity
from butler.identity.models import Person
from butler.kit import clock
from butler.kit.database import db
from butler.org.actions.calendar import load_year
from butler.org.notices import NoticeDay
from butler.org.states import DayKind
from factories import Town, file_consult, file_errand

Clock = Callable[[str], None]


def rungs(case: Case) -> list[tuple[int, int]]:
    return [
        (rung.rung, rung.desk_id)
        for rung in db.session.scalars(select(CaseRung).where(CaseRung.case_id == case.id).order_by(CaseRung.id))
    ]


def test_a_late_case_climbs_one_level_at_a_time_and_each_once(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)  # response is due at 11:00
    grid, community, street, district = (
        town.here.desk_of(unit).id
        for unit in (town.here.grids[0], town.here.community, town.here.street, town.district)
    )
    expected = []
    for moment, desk in (
        ("2026-11-23 11:00", grid),
        ("2026-11-24 17:30", community),
        ("2026-11-25 17:30", street),
        ("2026-11-30 17:30", district),
    ):
        at(moment)
        assert ring_due() == 1
        assert ring_due() == 0
        expected.append((len(expected) + 1, desk))
        assert rungs(case) == expected
        assert case.accountable_desk_id == desk
        assert case.desk_id == town.here.desk.id  # the butler's desk still has it
    assert case.stage == Stage.WAITING
    assert list(checking.violations()) == []


def test_not_a_minute_too_early(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    at("2026-11-23 10:59")

    assert ring_due() == 0
    assert rungs(case) == []


def test_the_grid_worker_sees_it_and_no_neighbour_does(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    at("2026-11-23 11:30")
    ring_due()

    assert list(db.session.scalars(finding.escalated_to(town.here.grid_worker))) == [case]
    for other in (town.here.other_grid_worker, town.sibling.grid_worker, town.here.community_staff):
        assert list(db.session.scalars(finding.escalated_to(other))) == []


def test_after_a_long_silence_levels_are_told_once_and_reminded_once(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    at("2027-03-01 09:00")  # nobody was running for three months

    assert ring_due() == 1
    assert ring_due() == 0

    told = rungs(case)
    assert len(told) == 5
    assert [desk for _, desk in told[3:]] == [town.here.desk_of(town.district).id] * 2
    assert case.next_alarm_at is not None
    assert case.next_alarm_at > clock.now()


def test_nobody_on_duty_still_climbs(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    for actor in (town.here.grid_worker, town.here.community_staff):
        identity.disable(db.session.get_one(Person, actor.person_id))
    at("2026-11-25 17:30")

    ring_due()

    assert [rung for rung, _ in rungs(case)] == [1, 2, 3]


def test_a_pause_ends_by_itself(town: Town, at: Clock) -> None:
    from butler.cases import schemas
    from butler.cases.actions.moving import take_step
    from butler.cases.states import Step

    at("2026-11-23 09:00")
    case = file_consult(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    data = schemas.STEP_INPUTS[Step.PAUSE].load(
        {"reason": "waiting_for_appointment", "until": "2026-11-24T14:00:00+08:00"}
    )
    take_step(town.here.butler, case.number, Step.PAUSE, data, version=case.version)
    assert case.next_alarm_at == data["until"]
    at("2026-11-24 14:00")

    assert ring_due() == 1

    assert (case.stage, case.holder_id) == (Stage.IN_HAND, town.here.butler.person_id)
    assert case.due_at is not None
    assert case.due_at > clock.now()
    assert list(checking.violations()) == []


def test_a_published_year_moves_what_rested_on_a_guess(town: Town, at: Clock) -> None:
    at("2027-01-28 09:00")  # no notice for 2027 yet
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    handling = next(one for one in showing.clocks(case) if one.kind == "handling")
    assert handling.provisional
    assert "尚未公布" in handling.why
    before = handling.due_at

    holidays = [NoticeDay(date(2027, 2, day), DayKind.OFF, "春节") for day in (1, 2, 3, 4, 5)]
    load_year(year=2027, days=holidays, source="测试用通知")

    moved = db.session.get_one(CaseClock, handling.id)
    assert (moved.provisional, moved.due_at > before) == (False, True)
    assert case.due_at == moved.due_at
    assert showing.timeline(case)[-1].step == "due_moved"
    assert list(checking.violations()) == []


def test_ringing_without_cause_changes_nothing(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    before = (case.version, case.next_alarm_at, case.due_at)

    ring(case, now=clock.now())

    assert (case.version, case.next_alarm_at, case.due_at) == before
