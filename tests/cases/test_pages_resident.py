"""A resident's pages: from the card to the rating, and every way it may not go."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from butler.cards import actions as cards
from butler.cases import schemas
from butler.cases.actions.alarms import ring_due
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.moving import take_step
from butler.cases.models import Case, SlotBooking
from butler.cases.queries import showing
from butler.cases.states import Mode, Outcome, Stage, State, Step
from butler.families.actions import end
from butler.identity import actions as identity
from butler.identity.models import Absence, Residence
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.org import actions as org
from butler.org.models import SlotPattern
from butler.ratings.models import Rating
from factories import ERRAND_MATTER, HAND_OVER, HEALTH, LONG_AGO, Town, act_for, file_consult, file_errand
from surfing import Browser, browser_of

Clock = Callable[[str], None]
MONDAY = "2026-11-23 09:00"
NOT_DELEGABLE = "M075"  # 结婚登记: both in person
WORDS = "腿脚不便，请上门"


@pytest.fixture
def resident(town: Town, at: Clock, client: FlaskClient) -> Browser:
    """The resident of the first building on a Monday morning."""
    at(MONDAY)
    return browser_of(client, town.here.residents[0].person_id)


@pytest.fixture
def evening(town: Town) -> SlotPattern:
    """Wednesdays 18:30 at the first butler's, two people."""
    return org.add_slot_pattern(
        desk=town.here.desk,
        weekday=2,
        starts=time(18, 30),
        ends=time(20),
        place="物业服务中心",
        capacity=2,
        cutoff_minutes=30,
    )


def start(browser: Browser, town: Town, query: str = "matter=M016") -> Browser:
    """Open the form from the card of the first building."""
    return browser.open(f"/cases/new?{query}&card={town.here.card.token}")


def work(actor: Actor, case: Case, step: str, **data: Any) -> None:
    """Somebody takes a step elsewhere."""
    db.session.refresh(case)
    loaded = schemas.STEP_INPUTS[Step(step)].load(data)
    take_step(actor, case.number, Step(step), loaded, version=case.version)


def claimed(town: Town, case: Case) -> Case:
    """The same case in the butler's hands."""
    assert claim_next(town.here.butler) is case
    return case


def end_of(case: Case) -> tuple[str, str | None]:
    """Stage and outcome as the database has them now."""
    db.session.refresh(case)
    return case.stage, case.outcome


def answered(town: Town) -> Case:
    """A question the butler has answered."""
    case = claimed(town, file_consult(town.here.residents[0], town.here))
    work(town.here.butler, case, "answer", note="到社区就能办，带身份证。")
    return case


def cases() -> list[Case]:
    """All there are, the oldest first."""
    return list(db.session.scalars(select(Case).order_by(Case.id)))


# Asking


def test_errand_from_the_card_to_its_number(resident: Browser, town: Town) -> None:
    start(resident, town).press("下一步，核对", summary=WORDS, urgency="urgent").press("提交申请", consents=HAND_OVER)

    [case] = cases()
    assert resident.address == f"/my/cases/{case.number}?new=1"
    assert "提交好了" in resident.text
    assert f"单号（问进展时报这个）{case.number}" in resident.text
    assert "最晚今天 09:30，北山街道1幢管家岗接单，打电话给您。" in resident.text
    assert (case.kind, case.mode, case.urgency, case.summary) == ("errand", "daytime", "urgent", WORDS)
    assert (case.building_id, case.desk_id) == (town.here.buildings[0].id, town.here.desk.id)
    assert case.asker_id == case.beneficiary_id == town.here.residents[0].person_id
    assert showing.timeline(case)[0].data == {"consents": [HAND_OVER]}


def test_question_without_a_matter(resident: Browser, town: Town) -> None:
    start(resident, town, "kind=consult").press("下一步，核对", summary="垃圾分类站几点开？").press("提交申请")

    [case] = cases()
    assert (case.kind, case.mode, case.matter_code, case.matter_name) == ("consult", None, None, "咨询")


def test_check_page_shows_everything_and_writes_nothing(resident: Browser, town: Town, evening: SlotPattern) -> None:
    start(resident, town)
    page = resident.press("下一步，核对", slot_id=f"{evening.id}-20261125", summary=WORDS)

    for words in (
        "异地就医备案",
        "错峰代办，11月25日（周三）18:30，在物业服务中心交给管家",
        "陈管家演示苑 1幢",
        "您自己",
        WORDS,
        "最晚11月25日（周三） 18:30有人接单",
        "没有打勾的不算同意。",
    ):
        assert words in page.text
    assert cases() == []


def test_evening_is_booked(resident: Browser, town: Town, evening: SlotPattern) -> None:
    start(resident, town).press("下一步，核对", slot_id=f"{evening.id}-20261125").press("提交申请", consents=HAND_OVER)

    [case] = cases()
    booking = showing.booking(case)
    assert booking is not None
    assert (case.mode, booking.pattern_id, str(booking.day)) == (Mode.OFF_HOURS, evening.id, "2026-11-25")
    assert "11月25日（周三）18:30，在物业服务中心" in resident.text


def test_evening_that_fills_up_meanwhile_gives_the_form_back(
    resident: Browser, town: Town, evening: SlotPattern
) -> None:
    slot = f"{evening.id}-20261125"
    start(resident, town).press("下一步，核对", slot_id=slot, summary=WORDS)
    taken = [file_errand(town.here.residents[1], town.here, mode=Mode.OFF_HOURS, slot_id=slot) for _ in range(2)]

    resident.press("提交申请", consents=HAND_OVER)

    assert resident.status == 422
    assert "这个时段刚刚约满了" in resident.text
    form = resident.form("下一步，核对")
    assert form.fields["summary"] == [WORDS]
    assert slot not in form.choices["slot_id"]
    assert cases() == taken


def test_no_evenings_while_the_butler_is_away(resident: Browser, town: Town, evening: SlotPattern) -> None:
    away = {"starts_at": clock.now() - timedelta(days=1), "ends_at": clock.now() + timedelta(days=1)}
    db.session.add(Absence(person_id=town.here.butler.person_id, **away))
    db.session.flush()

    start(resident, town)

    assert "王管家代班" in resident.text
    assert "slot_id" not in resident.form("下一步，核对").choices


def test_family_member(resident: Browser, town: Town) -> None:
    start(resident, town)
    assert "要先有家人的授权" in resident.text
    child, parent = town.here.residents
    chosen = str(act_for(child, parent)["delegation"])
    db.session.commit()

    start(resident, town).press("下一步，核对", beneficiary__delegation=chosen)
    assert (resident.status, parent.name in resident.text) == (200, True)
    resident.press("提交申请", consents=[HAND_OVER])

    [case] = cases()
    assert (case.asker_id, case.beneficiary_id) == (child.person_id, parent.person_id)
    assert str(case.delegation_id) == chosen
    assert showing.timeline(case)[0].data == {"consents": [HAND_OVER]}


def test_who_may_act_for_a_relative_still_asks_for_themselves(resident: Browser, town: Town) -> None:
    act_for(*town.here.residents)
    db.session.commit()
    page = resident.open(f"/cases/new?kind=consult&building={town.here.buildings[0].id}")
    assert "我自己" in page.text
    page.press("下一步，核对", summary=WORDS, beneficiary__delegation="").press("提交申请")
    case = db.session.scalars(select(Case)).one()
    assert (case.asker_id, case.delegation_id) == (case.beneficiary_id, None)


def test_authority_that_is_taken_back_meanwhile_gives_the_form_back(resident: Browser, town: Town) -> None:
    child, parent = town.here.residents
    chosen = act_for(child, parent)["delegation"]
    db.session.commit()
    start(resident, town).press("下一步，核对", beneficiary__delegation=str(chosen))
    end(parent, chosen)
    db.session.commit()

    resident.press("提交申请", consents=[HAND_OVER])

    assert resident.status == 422
    assert "请家人授权" in resident.text
    assert cases() == []


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"summary": " "}, "请写一写您想问什么"),
        ({"summary": "很" * 1001}, "写得太长了，最多 1000 个字"),
    ],
)
def test_form_keeps_what_was_typed(resident: Browser, town: Town, typed: dict[str, str], message: str) -> None:
    start(resident, town, "kind=consult").press("下一步，核对", **typed)

    assert resident.status == 422
    assert message in resident.text
    fields = resident.form("下一步，核对").fields
    assert {name: fields[name.replace("__", ".")] for name in typed} == {name: [text] for name, text in typed.items()}


def test_going_back_to_change_carries_everything(resident: Browser, town: Town, evening: SlotPattern) -> None:
    typed = {"slot_id": f"{evening.id}-20261202", "summary": WORDS, "urgency": "urgent"}
    start(resident, town, "matter=M016&q.M016-Q1=转诊去外地大医院").press("下一步，核对", **typed)
    assert "为什么在外地看病？转诊去外地大医院" in resident.text

    resident.press("修改告诉管家")

    form = resident.form("下一步，核对")
    assert {name: form.fields[name] for name in typed} == {name: [text] for name, text in typed.items()}
    resident.press("下一步，核对", summary="不用上门了").press("提交申请", consents=[HAND_OVER, HEALTH])
    [case] = cases()
    assert (case.summary, case.urgency, case.answers) == ("不用上门了", "urgent", {"M016-Q1": "转诊去外地大医院"})


def test_answers_cut_the_papers_and_strange_ones_are_left_out(resident: Browser, town: Town) -> None:
    start(resident, town, "matter=M016&q.M016-Q1=转诊去外地大医院")
    assert "转诊单：交原件，用完就还" in resident.text
    start(resident, town, "matter=M016&q.M016-Q1=乱写的&q.M999-Q1=也是")
    assert resident.status == 200
    assert not [name for name in resident.form("下一步，核对").fields if name.startswith("answers.")]


def test_pressing_twice_files_once(resident: Browser, town: Town) -> None:
    form = start(resident, town).press("下一步，核对").form("提交申请")
    fields = resident.filled_in(form, consents=HAND_OVER)

    first = resident.send(form.action, fields).address
    second = resident.send(form.action, fields).address

    assert first == second
    assert len(cases()) == 1


def test_going_back_to_change_what_was_filed_says_so(resident: Browser, town: Town) -> None:
    form = start(resident, town).press("下一步，核对").form("提交申请")
    fields = resident.filled_in(form, consents=HAND_OVER)
    resident.send(form.action, fields)

    resident.send(form.action, fields | {"summary": [WORDS]})

    assert resident.status == 409
    assert "您刚才那一件已经提交好了" in resident.text
    assert WORDS in resident.text
    assert [case.summary for case in cases()] == [""]


def test_two_requests_on_purpose_are_two(resident: Browser, town: Town) -> None:
    for _ in range(2):
        start(resident, town).press("下一步，核对").press("提交申请", consents=HAND_OVER)

    assert len({case.number for case in cases()}) == 2


def test_open_request_about_the_same_matter_is_said_but_refused_nothing(resident: Browser, town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)
    file_errand(town.here.residents[1], town.here)

    start(resident, town, f"matter={ERRAND_MATTER}")

    assert resident.page.links["看那一件到哪一步了"] == f"/my/cases/{case.number}"
    assert resident.form("下一步，核对")


def test_matter_that_must_be_done_in_person_becomes_a_question(resident: Browser, town: Town) -> None:
    start(resident, town, f"matter={NOT_DELEGABLE}")
    assert "这件事管家不能替您办：须男女双方亲自到场" in resident.text

    resident.press("下一步，核对", summary="要带什么？").press("提交申请")

    [case] = cases()
    assert (case.kind, case.matter_code, case.mode) == ("consult", NOT_DELEGABLE, None)


def test_without_a_card_the_own_home_counts(resident: Browser, town: Town) -> None:
    resident.open("/cases/new?matter=M016").press("下一步，核对").press("提交申请", consents=HAND_OVER)

    assert [case.building_id for case in cases()] == [town.here.buildings[0].id]


def test_two_homes_are_asked_for(resident: Browser, town: Town) -> None:
    me = town.here.residents[0].person_id
    db.session.add(Residence(person_id=me, household_id=town.here.households[1].id, valid_from=LONG_AGO))
    db.session.flush()

    resident.open("/cases/new?matter=M016").follow("演示苑 2幢北山街道一社区").press("下一步，核对").press(
        "提交申请", consents=HAND_OVER
    )

    assert [case.building_id for case in cases()] == [town.here.buildings[1].id]


def test_without_card_and_home_the_card_is_asked_for(town: Town, at: Clock, client: FlaskClient) -> None:
    at(MONDAY)
    stranger = identity.add_resident(name="外来", phone="10000000077")
    db.session.flush()

    page = browser_of(client, stranger.id).open("/cases/new?matter=M016")

    assert "请先扫管家名片" in page.text
    assert page.page.links["没有名片？打12345"] == "tel:12345"


def test_card_out_of_use_is_said(resident: Browser, town: Town) -> None:
    cards.revoke(card=town.here.card)

    assert start(resident, town).status == 410
    assert "这张卡已经停用" in resident.text


@pytest.mark.parametrize("query", ["matter=M999", "matter=M016&card=NOSUCHCARD", "matter=M016&building=99999999"])
def test_what_does_not_exist_is_not_found(resident: Browser, query: str) -> None:
    assert resident.open(f"/cases/new?{query}").status == 404


def test_errand_without_a_matter_leads_to_the_matters(resident: Browser, town: Town) -> None:
    assert start(resident, town, "").address == f"/matters?card={town.here.card.token}"
    assert resident.open("/cases/check").address == "/matters"


def test_stranger_signs_in_first_and_comes_back(client: FlaskClient, town: Town) -> None:
    answer = client.get("/cases/new?matter=M016&q.M016-Q1=%E8%BD%AC")

    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/cases/new%3Fmatter%3DM016%26q.M016-Q1%3D%25E8%25BD%25AC"


# My cases


def test_my_cases_are_mine(resident: Browser, town: Town) -> None:
    assert "还没有办件。想办什么？" in resident.open("/my").text
    mine, waiting_for_me = file_errand(town.here.residents[0], town.here), answered_first(town)
    theirs = file_errand(town.here.residents[1], town.here)

    resident.open("/my")

    shown = [address.rpartition("/")[2] for address in resident.page.links.values() if "/my/cases/" in address]
    assert shown == [waiting_for_me.number, mine.number]
    assert theirs.number not in resident.text


def answered_first(town: Town) -> Case:
    """A question that is answered while an errand waits."""
    case = file_consult(town.here.residents[0], town.here)
    work(town.here.butler, case, "claim")
    work(town.here.butler, case, "answer", note="可以。")
    return case


def test_what_is_over_comes_below_and_pages(resident: Browser, town: Town) -> None:
    for _ in range(22):
        work(town.here.residents[0], file_errand(town.here.residents[0], town.here), "cancel")

    resident.open("/my")
    assert resident.text.count("已结束：您取消了申请") == 20
    resident.follow("看更多")
    assert (resident.text.count("已结束：您取消了申请"), "更早的办件" in resident.text) == (2, True)


def test_for_somebody_in_the_family_both_see_it(town: Town, at: Clock, client: FlaskClient) -> None:
    at(MONDAY)
    child, parent = town.here.residents
    case = file_errand(child, town.here, beneficiary=act_for(child, parent))

    page = browser_of(client, parent.person_id).open(f"/my/cases/{case.number}")

    assert page.status == 200
    assert "您自己" in page.text


def test_case_of_somebody_else_looks_like_none(resident: Browser, town: Town) -> None:
    theirs = file_errand(town.here.residents[1], town.here)

    def seen(path: str) -> tuple[int, str]:
        page = resident.open(path)
        return page.status, page.text.partition("打电话问我们时")[0]

    none_such = seen("/my/cases/0000-0000-0000")
    for page in ("", "/confirm", "/dispute", "/rate", "/cancel"):
        assert seen(f"/my/cases/{theirs.number}{page}") == none_such
    assert none_such[0] == 404


def test_staff_have_their_own_affairs_here_and_nothing_else(town: Town, at: Clock, client: FlaskClient) -> None:
    at(MONDAY)
    butler = browser_of(client, town.here.butler.person_id)
    of_the_desk = file_errand(town.here.residents[0], town.here)
    own = file_errand(town.here.butler, town.sibling)

    assert butler.open(f"/my/cases/{of_the_desk.number}").status == 404
    assert butler.open(f"/my/cases/{own.number}").status == 200
    assert "取消申请" in butler.text


# One case


def test_case_tells_its_whole_story(resident: Browser, town: Town, at: Clock) -> None:
    case = claimed(town, file_errand(town.here.residents[0], town.here))
    butler = town.here.butler
    work(butler, case, "authorise")
    work(butler, case, "receive_originals", items=[{"name": "户口簿", "copies": 1}])
    at("2026-11-24 10:00")
    work(butler, case, "submit", window="3 号窗口", receipt_number="R-7")

    page = resident.open(f"/my/cases/{case.number}")

    for words in (
        "已递交到窗口，部门办理中，下一步由陈管家取回结果",
        "陈管家把材料交到了3 号窗口",
        "回执号 R-7",
        "陈管家收到了 1 样原件，有收条",
        "管家可以代为：递交材料、签收回执、补正材料、领取结果",
        "我们的时间办理、递交：11月24日（周二）办完，按时",
        "部门的时间部门办理：最晚",
        "在管家手里，11月23日（周一）交的",
        "西湖区 → 北山街道 → 北山街道一社区 → 第一网格 → 北山街道1幢管家岗",
        "“请帮我办一张优待证”".strip("“”"),
    ):
        assert words in page.text
    assert page.page.links["打给北山街道1幢管家岗0571-00000001"] == "tel:0571-00000001"


def test_words_of_people_are_never_markup(resident: Browser, town: Town) -> None:
    case = claimed(town, file_errand(town.here.residents[0], town.here))
    work(town.here.butler, case, "note", note="<script>alert(1)</script>")

    html = resident.open(f"/my/cases/{case.number}").response.get_data(as_text=True)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script" not in html


def test_late_case_says_so(resident: Browser, town: Town, at: Clock) -> None:
    case = file_errand(town.here.residents[0], town.here)
    at("2026-11-24 09:00")
    ring_due()

    page = resident.open(f"/my/cases/{case.number}")

    assert f"晚了 比约定的时间晚了，{town.here.desk_of(town.here.grids[0]).name}在督促。" in page.text
    assert "晚了" in resident.open("/my").text


def test_paused_case_goes_on_when_the_resident_is_ready(resident: Browser, town: Town) -> None:
    case = claimed(town, file_errand(town.here.residents[0], town.here))
    until = {"reason": "waiting_for_resident", "until": "2026-11-27T17:30:00+08:00"}
    work(town.here.butler, case, "pause", note="请补一张照片。", **until)
    resident.open(f"/my/cases/{case.number}")
    assert "需要您补一下，或者回个话" in resident.text
    assert "请补一张照片。" in resident.text

    resident.press("我备好了，接着办")

    assert end_of(case) == (Stage.IN_HAND, None)
    assert "您说可以接着办了" in resident.text


def test_urging_once_is_enough(resident: Browser, town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)
    resident.open(f"/my/cases/{case.number}").press("催一下")
    assert (resident.status, "已经提醒了办这件事的人" in resident.text) == (200, True)

    resident.press("催一下")

    assert (resident.status, resident.response.headers["Retry-After"]) == (
        429,
        str(5 * 3600 + 1800),
    )  # four working hours and lunch
    assert "已经催过了" in resident.text
    assert [line.step for line in showing.timeline(case)] == ["filed", "urge"]


def test_note_is_left_and_empty_ones_are_not(resident: Browser, town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)
    resident.open(f"/my/cases/{case.number}").press("发出留言", note="照片要几寸的？")
    assert "留言发出去了" in resident.text

    resident.press("发出留言", note="  ")

    assert resident.status == 422
    assert [line.note for line in showing.timeline(case) if line.step == "note"] == ["照片要几寸的？"]


def test_words_are_kept_when_the_case_has_moved_on(resident: Browser, town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)
    resident.open(f"/my/cases/{case.number}")
    claimed(town, case)

    resident.press("发出留言", note="照片要几寸的？")

    assert resident.status == 412
    assert "这件事刚刚有了新变化" in resident.text
    assert "陈管家接单了" in resident.text  # theirs
    assert resident.form("发出留言").fields["note"] == ["照片要几寸的？"]  # mine, to send again
    resident.press("发出留言", note="照片要几寸的？")
    assert resident.status == 200
    assert [line.step for line in showing.timeline(case)] == ["filed", "claim", "note"]


def test_step_that_is_over_shows_the_case_and_the_words(resident: Browser, town: Town) -> None:
    case = answered(town)
    form = resident.open(f"/my/cases/{case.number}/dispute").form("请接着答复")
    fields = resident.filled_in(form, note="没说带几张照片")
    work(town.here.residents[0], case, "confirm")

    resident.send(form.action, fields)

    assert resident.status == 409
    assert "您刚才写的（没有提交，可以复制）没说带几张照片" in resident.text
    assert end_of(case) == (Stage.CLOSED, Outcome.CONFIRMED)


def test_pages_of_steps_that_are_not_open_lead_back(resident: Browser, town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)

    for step in ("confirm", "dispute", "rate"):
        assert resident.open(f"/my/cases/{case.number}/{step}").address == f"/my/cases/{case.number}"


# Confirm, dispute, rate, cancel


def test_confirm_with_a_grade_is_one_deed(resident: Browser, town: Town) -> None:
    case = answered(town)
    page = resident.open(f"/my/cases/{case.number}").follow("说清楚了")
    assert "grade" not in page.form("说清楚了").fields  # nothing is chosen for anybody
    resident.press("说清楚了", grade="5", tags=["办得快", "讲得清楚"], note="谢谢陈师傅")

    assert end_of(case) == (Stage.CLOSED, Outcome.CONFIRMED)
    rating = db.session.scalars(select(Rating)).one()
    assert (rating.grade, rating.tags, rating.comment) == (5, ["办得快", "讲得清楚"], "谢谢陈师傅")
    assert [line.step for line in showing.timeline(case)][-2:] == ["confirm", "rate"]
    assert "您作了评价：非常满意" in resident.text
    assert resident.open(f"/my/cases/{case.number}").status == 200
    assert "说说您满意不满意" not in resident.page.links


def test_confirm_without_a_grade_and_rate_later(resident: Browser, town: Town) -> None:
    case = answered(town)
    resident.open(f"/my/cases/{case.number}/confirm").press("说清楚了", note="好的")
    assert end_of(case) == (Stage.CLOSED, Outcome.CONFIRMED)
    assert showing.timeline(case)[-1].note == "好的"
    assert db.session.scalar(select(func.count()).select_from(Rating)) == 0

    resident.follow("说说您满意不满意").press("提交评价", grade="1", tags=["等得太久"])

    assert db.session.scalars(select(Rating.grade)).all() == [1]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"grade": "5", "tags": ["等得太久"]}, "您选了“非常满意”，有的理由和它对不上"),
        ({"tags": ["办得快"]}, "请也选一下满意不满意"),
    ],
)
def test_confirmation_that_does_not_fit_confirms_nothing(
    resident: Browser, town: Town, typed: dict[str, Any], message: str
) -> None:
    case = answered(town)
    resident.open(f"/my/cases/{case.number}/confirm").press("说清楚了", note="谢谢", **typed)

    assert resident.status == 422
    assert message in resident.text
    form = resident.form("说清楚了")
    assert (form.fields["note"], form.fields["tags"]) == (["谢谢"], typed["tags"])
    assert end_of(case) == (Stage.RESOLVED, None)


def test_rating_twice_is_refused(resident: Browser, town: Town) -> None:
    case = answered(town)
    work(town.here.residents[0], case, "confirm")
    form = resident.open(f"/my/cases/{case.number}/rate").form("提交评价")
    resident.send(form.action, resident.filled_in(form, grade="4"))
    db.session.refresh(case)
    form.fields["_key"], form.fields["_version"] = ["another-key-0000"], [str(case.version)]

    resident.send(form.action, resident.filled_in(form, grade="1"))

    assert resident.status == 409
    assert "这件事已经评价过了" in resident.text
    assert db.session.scalars(select(Rating.grade)).all() == [4]


def test_dispute_brings_it_back(resident: Browser, town: Town) -> None:
    case = answered(town)
    resident.open(f"/my/cases/{case.number}").follow("没说清，再问").press("请接着答复", note=" ")
    assert resident.status == 422

    resident.press("请接着答复", note="要不要带照片？")

    assert end_of(case) == (Stage.IN_HAND, None)
    assert (case.state, case.holder_id) == (State.ASKED, town.here.butler.person_id)
    assert "要不要带照片？" in resident.text


def test_cancel_says_what_is_lost_and_gives_the_evening_free(
    resident: Browser, town: Town, evening: SlotPattern
) -> None:
    case = file_errand(town.here.residents[0], town.here, mode=Mode.OFF_HOURS, slot_id=f"{evening.id}-20261125")
    page = resident.open(f"/my/cases/{case.number}").follow("不办了，取消申请")
    assert "约好的时段会让给别人。" in page.text

    resident.press("取消申请", note="自己去办了")

    assert end_of(case) == (Stage.CLOSED, Outcome.CANCELLED)
    assert db.session.scalars(select(SlotBooking.freed_at.is_(None))).all() == [False]
    assert "申请已经取消" in resident.text
    assert "说说您满意不满意" not in resident.page.links


def test_nothing_is_cancelled_while_originals_are_out(resident: Browser, town: Town) -> None:
    case = claimed(town, file_errand(town.here.residents[0], town.here))
    form = resident.open(f"/my/cases/{case.number}/cancel").form("取消申请")
    work(town.here.butler, case, "authorise")
    work(town.here.butler, case, "receive_originals", items=[{"name": "户口簿"}])

    page = resident.open(f"/my/cases/{case.number}/cancel")
    assert "先拿回原件，再取消" in page.text
    assert not [form for form in page.page.forms if "取消申请" in form.buttons]
    form.fields["_version"] = [str(case.version)]
    assert resident.send(form.action, resident.filled_in(form)).status == 409
    assert end_of(case) == (Stage.IN_HAND, None)


def test_what_could_not_be_done_is_told_with_its_reason(resident: Browser, town: Town) -> None:
    case = claimed(town, file_errand(town.here.residents[0], town.here))
    work(town.here.butler, case, "resolve", note="要满六十岁才能办。")
    assert "要满六十岁才能办。" in resident.open(f"/my/cases/{case.number}").text

    resident.follow("知道了，就这样").press("知道了，就这样")

    assert end_of(case) == (Stage.CLOSED, Outcome.NOT_DONE)


def test_question_that_became_an_errand_leads_there(resident: Browser, town: Town) -> None:
    case = claimed(town, file_consult(town.here.residents[0], town.here))
    work(town.here.butler, case, "convert", matter_code="M016")

    resident.open(f"/my/cases/{case.number}").follow("看转成的代办")

    assert (resident.status, "异地就医备案" in resident.text) == (200, True)


def test_own_affairs_of_staff_are_judged_as_a_resident(town: Town, at: Clock, client: FlaskClient) -> None:
    at(MONDAY)
    case = claimed(town, file_errand(town.here.butler, town.here))
    page = browser_of(client, town.here.butler.person_id).open(f"/my/cases/{case.number}")

    assert {"催一下", "发出留言", "快速离开"} == {button for form in page.page.forms for button in form.buttons}
