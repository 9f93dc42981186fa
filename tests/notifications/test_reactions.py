"""Who is told what, on the rows that the reactions write; literal numbers of statements."""

import pytest
from sqlalchemy import select

from butler.cases.events import CaseClosedBySilence, CaseEscalated, CaseFiled, CaseMoved, CaseReturnedToDesk
from butler.cases.models import CaseStep
from butler.cases.states import Outcome, PauseReason, Stage, State, Step
from butler.identity.permissions import Role
from butler.kit.database import db
from butler.kit.events import publish
from butler.kit.outbox import OutboxMessage
from butler.notifications.models import Notice
from butler.org.states import DeskKind
from rows import NOON, make_case, make_desk, make_person, seat
from statements import statements

IN_HAND = {"stage": Stage.IN_HAND, "lease_until": NOON}
RESOLVED = {"stage": Stage.RESOLVED, "state": State.DELIVERED}
CLOSED = {
    "stage": Stage.CLOSED,
    "outcome": Outcome.CONFIRMED,
    "closed_at": NOON,
    "closed_level": "grid",
    "next_alarm_at": None,
}


@pytest.fixture
def people(session):
    """An asker with an old father, two butlers at one desk; and noise: a third butler at another desk."""
    desk = make_desk()
    seat(make_person("吴闲人"), make_desk())
    return {
        "desk": desk,
        "asker": make_person("张女儿"),
        "father": make_person("张父亲", phone=None),
        "butler": seat(make_person("陈管家一"), desk),
        "colleague": seat(make_person("王管家二"), desk),
    }


def case_of(people, **columns):
    return make_case(
        desk_id=people["desk"].id, asker_id=people["asker"].id, beneficiary_id=people["father"].id, **columns
    )


def take(case, step, actor, role=Role.BUTLER):
    """Have the engine say that a step was taken."""
    case.last_seq += 1
    db.session.add(
        CaseStep(
            case_id=case.id, district=case.district, seq=case.last_seq, step=step, stage=case.stage, state=case.state,
            actor_id=actor.id, actor_role=role, desk_id=case.desk_id, at=NOON, hash=b"",
        )
    )  # fmt: skip
    db.session.flush()
    publish(CaseMoved(case_id=case.id, step=step, seq=case.last_seq, actor_id=actor.id, role=role))


def told(case):
    """Person → the news and what happens next; the name of the matter and the number are as they should be."""
    found = {}
    for notice in db.session.scalars(select(Notice).where(Notice.case_id == case.id).order_by(Notice.id)):
        news, rest = notice.text.removeprefix("【管家通】").split("：", 1)
        matter, then = rest.split(f"，单号{case.number}。", 1)
        assert matter == case.matter_name
        assert notice.person_id not in found
        found[notice.person_id] = (news, then)
    return found


def test_filing_tells_the_desk(people):
    case = case_of(people, recorder_id=people["asker"].id)

    publish(CaseFiled(case_id=case.id))

    assert told(case) == {
        people["butler"].id: ("新办件等您接", "请尽快接单。"),
        people["colleague"].id: ("新办件等您接", "请尽快接单。"),
    }


def test_filing_for_somebody_tells_them_and_not_who_filed(people):
    case = case_of(people, recorder_id=people["butler"].id)

    publish(CaseFiled(case_id=case.id))

    assert told(case) == {
        people["colleague"].id: ("新办件等您接", "请尽快接单。"),
        people["asker"].id: ("已替您登记", "有人接单就告诉您。"),
    }


@pytest.mark.parametrize(
    ("step", "news", "then"),
    [
        (Step.CLAIM, "陈管家接单了", "接下来会联系您。"),
        (Step.SUBMIT, "材料已送到窗口", "部门有结果就告诉您。"),
        (Step.RECORD_RESULT, "结果出来了", "接下来把结果送到您手上。"),
        (Step.NOTE, "陈管家给您留言了", "请打开进展看看。"),
    ],
)
def test_step_of_the_holder_tells_the_asker_alone(people, step, news, then):
    case = case_of(people, holder_id=people["butler"].id, **IN_HAND)

    take(case, step, people["butler"])

    assert told(case) == {people["asker"].id: (news, then)}


@pytest.mark.parametrize("step", [Step.ANSWER, Step.RESOLVE])
def test_being_done_tells_the_asker(people, step):
    case = case_of(people, resolver_id=people["butler"].id, **RESOLVED)

    take(case, step, people["butler"])

    news = {Step.ANSWER: "陈管家答复您了", Step.RESOLVE: "陈管家说办完了"}[step]
    assert {person: said[0] for person, said in told(case).items()} == {people["asker"].id: news}


def test_what_could_not_be_done_is_told_as_such(people):
    case = case_of(people, stage=Stage.RESOLVED, state=State.NOT_DONE, resolver_id=people["butler"].id)

    take(case, Step.RESOLVE, people["butler"])

    assert told(case) == {people["asker"].id: ("这次没有办成", "原因和别的办法请看进展。")}


@pytest.mark.parametrize(
    ("step", "news"),
    [
        (Step.AUTHORISE, "已登记您的授权"),
        (Step.RECEIVE_ORIGINALS, "已收到您的原件"),
        (Step.RETURN_ORIGINALS, "原件已还给您"),
    ],
)
def test_signature_and_papers_are_told_to_the_beneficiary_too(people, step, news):
    case = case_of(people, holder_id=people["butler"].id, **IN_HAND)

    take(case, step, people["butler"])

    assert {person: said[0] for person, said in told(case).items()} == {
        people["asker"].id: news,
        people["father"].id: news,
    }


@pytest.mark.parametrize(
    ("reason", "news"),
    [
        (PauseReason.WAITING_FOR_RESIDENT, "需要您补一下"),
        (PauseReason.WAITING_FOR_APPOINTMENT, "约好时间再接着办"),
        (PauseReason.SPECIAL_PROCEDURE, "部门要走专门程序"),
    ],
)
def test_pause_tells_the_asker_why(people, reason, news):
    case = case_of(people, stage=Stage.PAUSED, holder_id=people["butler"].id, pause_reason=reason, paused_until=NOON)

    take(case, Step.PAUSE, people["butler"])

    assert {person: said[0] for person, said in told(case).items()} == {people["asker"].id: news}


@pytest.mark.parametrize(("step", "news"), [(Step.URGE, "居民催办"), (Step.DISPUTE, "居民说没办好")])
def test_urging_and_disputing_tell_the_desk_and_the_holder(people, step, news):
    holder = make_person("钱网格员")
    case = case_of(people, holder_id=holder.id, **IN_HAND)

    take(case, step, people["asker"], Role.RESIDENT)

    assert {person: said[0] for person, said in told(case).items()} == {
        people["butler"].id: news,
        people["colleague"].id: news,
        holder.id: news,
    }


def test_release_tells_the_colleagues_and_not_who_released(people):
    case = case_of(people)

    take(case, Step.RELEASE, people["butler"])

    assert told(case) == {people["colleague"].id: ("办件重新等人接", "请尽快接单。")}


def test_referring_up_tells_the_asker_and_the_desk_above(people):
    grid = make_desk(DeskKind.GRID)
    worker = seat(make_person("钱网格员"), grid, Role.GRID_WORKER)
    case = make_case(desk_id=grid.id, asker_id=people["asker"].id)

    take(case, Step.REFER_UP, people["butler"])

    assert told(case) == {
        people["asker"].id: ("已请上一级来办", "有人接手就告诉您。"),
        worker.id: ("下级上报的办件", "请尽快接单。"),
    }


def test_cancelling_tells_the_desk(people):
    case = case_of(people, **CLOSED)

    take(case, Step.CANCEL, people["asker"], Role.RESIDENT)

    assert {person: said[0] for person, said in told(case).items()} == {
        people["butler"].id: "居民撤回了申请",
        people["colleague"].id: "居民撤回了申请",
    }


def test_confirming_tells_who_did_it(people):
    case = case_of(people, resolver_id=people["butler"].id, **CLOSED)

    take(case, Step.CONFIRM, people["asker"], Role.RESIDENT)

    assert told(case) == {people["butler"].id: ("居民已确认", "这件结束了。")}


def test_note_of_a_supervisor_tells_asker_and_holder_by_office(people):
    case = case_of(people, holder_id=people["butler"].id, **IN_HAND)

    take(case, Step.NOTE, make_person("孙主任"), Role.STREET_STAFF)

    assert told(case) == {
        people["asker"].id: ("街道工作人员给您留言了", "请打开进展看看。"),
        people["butler"].id: ("办件有新留言", "请打开看看。"),
    }


def test_note_of_the_asker_tells_the_holder(people):
    case = case_of(people, holder_id=people["butler"].id, **IN_HAND)

    take(case, Step.NOTE, people["asker"], Role.RESIDENT)

    assert told(case) == {people["butler"].id: ("办件有新留言", "请打开看看。")}


@pytest.mark.parametrize("step", [Step.RATE, Step.CONVERT])
def test_rating_and_converting_tell_nobody(people, step):
    case = case_of(people, resolver_id=people["butler"].id, **CLOSED)

    take(case, step, people["asker"], Role.RESIDENT)

    assert told(case) == {}


def test_first_escalation_tells_asker_holder_and_the_desk_above(people):
    grid = make_desk(DeskKind.GRID)
    worker = seat(make_person("钱网格员"), grid, Role.GRID_WORKER)
    case = case_of(people, holder_id=people["butler"].id, accountable_desk_id=grid.id, **IN_HAND)

    publish(CaseEscalated(case_id=case.id, clock_id=7, rung=1, desk_id=grid.id))

    assert told(case) == {
        people["asker"].id: ("比约定的晚了", "已提醒网格员督促，您也可以催一下。"),
        people["butler"].id: ("您的办件超时了", "请马上办，并打电话说明。"),
        worker.id: ("辖区办件超时了", "请督促，直到办好。"),
    }


def test_later_escalations_leave_the_asker_in_peace(people):
    street = make_desk(DeskKind.STREET)
    staff = seat(make_person("孙街道"), street, Role.STREET_STAFF)
    case = case_of(people, holder_id=people["butler"].id, accountable_desk_id=street.id, **IN_HAND)

    publish(CaseEscalated(case_id=case.id, clock_id=7, rung=3, desk_id=street.id))

    assert set(told(case)) == {people["butler"].id, staff.id}


def test_escalation_of_a_waiting_case_tells_everybody_who_could_have_taken_it(people):
    grid = make_desk(DeskKind.GRID)
    case = case_of(people, accountable_desk_id=grid.id)

    publish(CaseEscalated(case_id=case.id, clock_id=7, rung=1, desk_id=grid.id))

    assert {person: said[0] for person, said in told(case).items()} == {
        people["asker"].id: "比约定的晚了",
        people["butler"].id: "您的办件超时了",
        people["colleague"].id: "您的办件超时了",
    }


def test_rungs_climbed_at_once_are_told_apart(people):
    case = case_of(people, holder_id=people["butler"].id, **IN_HAND)

    for rung in (1, 2, 3):
        publish(CaseEscalated(case_id=case.id, clock_id=7, rung=rung, desk_id=make_desk().id))

    to_holder = select(Notice.dedupe_id).where(Notice.person_id == people["butler"].id).order_by(Notice.id)
    assert db.session.scalars(to_holder).all() == [
        f"case:{case.id}:late-7-{rung}:{people['butler'].id}" for rung in (1, 2, 3)
    ]


def test_lapse_tells_the_former_holder_and_the_desk_each_their_own(people):
    case = case_of(people)

    publish(CaseReturnedToDesk(case_id=case.id, seq=5, former_holder_id=people["butler"].id))

    assert told(case) == {
        people["butler"].id: ("办件已退回待接", "保留时间到了，要办请重新接单。"),
        people["colleague"].id: ("办件重新等人接", "请尽快接单。"),
    }


def test_closing_by_silence_tells_the_asker(people):
    case = case_of(people, resolver_id=people["butler"].id, **CLOSED)

    publish(CaseClosedBySilence(case_id=case.id, seq=9))

    assert told(case) == {people["asker"].id: ("办件已自动结束", "一直没等到您回话，没办好请打电话。")}


def test_sensitive_matter_is_not_named(people):
    case = case_of(people, matter_code="M024", matter_name="计划生育家庭特别扶助金申领")

    take(case, Step.CLAIM, people["butler"])

    assert [notice.text for notice in db.session.scalars(select(Notice).where(Notice.case_id == case.id))] == [
        f"【管家通】陈管家接单了：您的申请，单号{case.number}。接下来会联系您。"
    ]


def test_each_notice_has_its_row_in_the_outbox(people):
    case = case_of(people)

    take(case, Step.CLAIM, people["butler"])

    db.session.flush()
    (notice,) = db.session.scalars(select(Notice).where(Notice.case_id == case.id))
    (message,) = db.session.scalars(select(OutboxMessage))
    assert notice.dedupe_id == message.dedupe_id == f"case:{case.id}:1:{people['asker'].id}"
    assert (message.topic, message.payload) == ("notice", {"notice_id": notice.id})


@pytest.mark.parametrize("size", [1, 9])
def test_telling_a_desk_costs_the_same_however_many_sit_there(people, size):
    desk = make_desk()
    for _ in range(size):
        seat(make_person(), desk)
    case = make_case(desk_id=desk.id, asker_id=people["asker"].id)

    with statements() as sent:
        publish(CaseFiled(case_id=case.id))
        db.session.flush()

    assert len(sent) == 3  # who sits there; the notices; their rows in the outbox
    assert len(told(case)) == size


@pytest.mark.parametrize("size", [1, 9])
def test_a_step_costs_the_same_however_many_are_told(people, size):
    desk = make_desk()
    for _ in range(size):
        seat(make_person(), desk)
    case = make_case(desk_id=desk.id, asker_id=people["asker"].id)

    with statements() as sent:
        publish(CaseMoved(case_id=case.id, step=Step.URGE, seq=2, actor_id=people["asker"].id, role=Role.RESIDENT))
        db.session.flush()

    assert len(sent) == 3  # who sits there; the notices; their rows in the outbox
    assert len(told(case)) == size
