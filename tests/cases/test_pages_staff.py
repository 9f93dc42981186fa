"""The desk: from the next case to its end through forms alone, and every way it may not go."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from butler.cases import schemas
from butler.cases.actions.alarms import ring_due
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.filing import Wish, file_case
from butler.cases.actions.moving import take_step
from butler.cases.models import Case, Mandate
from butler.cases.queries import checking, showing
from butler.cases.states import Kind, Mode, Outcome, Stage, State, Step
from butler.custody import queries as custody
from butler.identity import actions as identity
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import ButlerFlask, db
from factories import HAND_OVER, LONG_AGO, Town, actor_of, file_consult, file_errand
from statements import statements
from surfing import Browser, browser_of

Clock = Callable[[str], None]
Sit = Callable[[Actor], Browser]
MONDAY = "2026-11-23 09:00"
PHOTO = "近期免冠照片"
PAPER = {"name": PHOTO, "copies": 2, "condition": "完好"}


@pytest.fixture
def sit(app: ButlerFlask, client: FlaskClient) -> Sit:
    """A browser of its own for each person, signed in."""

    def browser(actor: Actor) -> Browser:
        signed_in = browser_of(type(client)(app, app.response_class, use_cookies=True), actor.person_id)
        db.session.commit()
        return signed_in

    return browser


@pytest.fixture
def butler(town: Town, at: Clock, sit: Sit) -> Browser:
    """The butler of the first building at the desk on a Monday morning."""
    at(MONDAY)
    return sit(town.here.butler)


def errand(town: Town, asker: int = 0) -> Case:
    """An errand that waits at the first butler's desk."""
    case = file_errand(town.here.residents[asker], town.here)
    db.session.commit()
    return case


def take(actor: Actor, case: Case, step: str, **data: Any) -> None:
    """A step that somebody else takes meanwhile."""
    db.session.refresh(case)
    loaded = schemas.STEP_INPUTS[Step(step)].load(data)
    take_step(actor, case.number, Step(step), loaded, version=case.version)
    db.session.commit()


def in_hand(town: Town, *steps: tuple[str, dict[str, Any]]) -> Case:
    """An errand in the first butler's hands, some steps on."""
    case = errand(town)
    claim_next(town.here.butler)
    db.session.commit()
    for step, data in steps:
        take(town.here.butler, case, step, **data)
    return case


def colleague_of(town: Town) -> Actor:
    """Somebody else who sits at the first butler's desk."""
    person = Person(name="丁师傅", is_demo=True, created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    identity.appoint(person=person, role=Role.BUTLER, desk=town.here.desk, since=LONG_AGO)
    return actor_of(person)


def one_of_each(town: Town) -> None:
    """For the community's staff: one that waits, one in hand with a paper, one finished, one that is late below."""
    staff, resident = town.here.community_staff, town.here.residents[0]
    wish = Wish(
        kind=Kind.ERRAND,
        matter_code="M012",
        mode=Mode.DAYTIME,
        unit_code=town.here.community.code,
        consents=[HAND_OVER],
    )
    waiting, held, done = (file_case(resident, wish) for _ in range(3))
    late = file_errand(resident, town.here)
    late.accountable_desk_id = waiting.desk_id
    for case in (held, done):
        take(staff, case, "claim")
    take(staff, held, "authorise")
    take(staff, held, "receive_originals", items=[PAPER])
    take(staff, done, "resolve", note="年龄不到")


def asked(sent: list[str]) -> list[str]:
    """Statements that ask or write something."""
    return [one for one in sent if not one.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]


def show(browser: Browser, case: Case) -> Browser:
    return browser.open(f"/desk/cases/{case.number}")


def steps_of(case: Case) -> list[str]:
    return [line.step for line in showing.timeline(case)]


def test_errand_from_the_queue_to_the_end_by_its_big_buttons(butler: Browser, town: Town) -> None:
    case = errand(town)

    butler.open("/desk").press("接下一件")
    assert butler.address == f"/desk/cases/{case.number}?done=claim"
    butler.follow("委托书已签").press("委托书已签", acts=["submit", "collect_result"], signed_how="in_person")
    butler.follow("确认收到原件")
    butler.press("确认收到原件", items__0__name=PHOTO, items__0__copies="2", items__2__name="户口簿首页复印件")
    assert "请打印收条交给居民" in butler.text
    butler.follow("记录递交").press(
        "记录递交", window="北山街道2号窗口", receipt_number="R-7", expected_on="2026-11-30"
    )
    assert "窗口说 11月30日（周一）有结果" in butler.text
    butler.follow("记录结果").press("记录结果", result="granted", note="卡片已制好")
    butler.press("归还原件")
    butler.follow("完成送达").press("完成送达", note="卡片在信封里")

    db.session.refresh(case)
    assert (case.stage, case.state) == (Stage.RESOLVED, State.DELIVERED)
    assert steps_of(case) == [
        "filed",
        "claim",
        "authorise",
        "receive_originals",
        "submit",
        "record_result",
        "return_originals",
        "resolve",
    ]
    mandate = db.session.scalars(select(Mandate)).one()
    assert (mandate.acts, mandate.signed_how) == (["submit", "collect_result"], "in_person")
    assert [(one.name, one.copies, one.condition) for one in custody.of_case(case.id)] == [
        (PHOTO, 2, "完好"),
        ("户口簿首页复印件", 1, "完好"),
    ]
    assert "待居民确认（已送达）" in butler.text
    assert list(checking.violations()) == []


def test_errand_without_originals_goes_straight_to_the_window(butler: Browser, town: Town) -> None:
    case = in_hand(town, ("authorise", {}))

    show(butler, case).follow("确认收到原件").follow("没有原件要收，记录递交").press("记录递交", window="2号窗口")
    butler.follow("记录结果").press("记录结果", result="refused", note="年龄不到")
    butler.follow("完成送达").press("完成送达")

    db.session.refresh(case)
    assert case.state == State.DELIVERED
    assert custody.of_case(case.id) == []


def test_errand_that_cannot_be_done_is_given_back_with_a_reason(butler: Browser, town: Town) -> None:
    case = in_hand(town)

    page = show(butler, case).follow("没法办成").press("没法办成")
    assert page.status == 422
    page.press("没法办成", note="年龄不到，满六十再来")

    db.session.refresh(case)
    assert (case.stage, case.state) == (Stage.RESOLVED, State.NOT_DONE)
    assert "年龄不到，满六十再来" in page.text


def test_consult_is_answered(butler: Browser, town: Town) -> None:
    case = file_consult(town.here.residents[0], town.here)
    db.session.commit()

    butler.open("/desk/queue").press(f"接单：咨询，单号 {case.number}").follow("答复居民")
    assert "优待证在哪里办？" in butler.text
    butler.press("答复居民", note="带身份证到社区办")

    db.session.refresh(case)
    assert (case.stage, case.state) == (Stage.RESOLVED, State.ANSWERED)


def test_consult_becomes_the_errand_its_words_sound_like(butler: Browser, town: Town) -> None:
    consult = file_consult(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    db.session.commit()

    page = show(butler, consult).follow("转为代办")
    assert page.form("转为代办").choices["matter_code"][0] == "M031"
    assert page.form("搜一搜").method == "get"
    page.open(f"/desk/cases/{consult.number}/steps/convert?q=公交优待").press("转为代办", matter_code="M012")

    db.session.refresh(consult)
    errand = db.session.scalars(select(Case).where(Case.origin_id == consult.id)).one()
    assert (consult.outcome, errand.matter_code) == (Outcome.CONVERTED, "M012")
    assert butler.follow("看新的这一件").address == f"/desk/cases/{errand.number}"


def test_pause_and_resume(butler: Browser, town: Town, at: Clock) -> None:
    case = in_hand(town)

    show(butler, case).follow("暂停计时").press(
        "暂停计时", reason="waiting_for_resident", until="2026-11-25T10:00", note="还差照片"
    )
    assert "暂停：等居民补材料或回话。到 11月25日（周三） 10:00 自动接着走。" in butler.text
    butler.press("继续办理")

    db.session.refresh(case)
    assert steps_of(case)[-2:] == ["pause", "resume"]


def test_refer_up_says_where_to_and_leaves_the_butler(butler: Browser, town: Town) -> None:
    case = in_hand(town)

    page = show(butler, case).follow("上报")
    assert "会转给第一网格服务台" in page.text
    page.press("上报", note="家里没有人，要网格一起上门")

    assert (butler.address, "上报好了，上一级会接着办。" in butler.text) == ("/desk?done=refer_up", True)
    assert show(butler, case).status == 404


def test_release_goes_back_to_the_queue(butler: Browser, town: Town) -> None:
    case = in_hand(town)

    show(butler, case).follow("退回待接").press("退回待接", note="明天休假，还没有开始")

    db.session.refresh(case)
    assert (case.stage, case.holder_id) == (Stage.WAITING, None)
    assert butler.form("接单").action == f"/desk/cases/{case.number}/steps/claim"


def test_release_with_papers_in_hand_says_what_must_go_back(butler: Browser, town: Town) -> None:
    case = in_hand(town, ("authorise", {}), ("receive_originals", {"items": [PAPER]}))

    page = show(butler, case).follow("退回待接")
    assert f"您手上还有 1 样原件（{PHOTO}）。先还给居民，才能办这一步。" in page.text
    page.press("退回待接", note="想退回去")

    assert page.status == 409
    assert "还有 1 件原件没有归还" in page.text
    assert page.form("退回待接").fields["note"] == ["想退回去"]


def test_who_takes_over_has_the_letter_signed_anew_first(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = in_hand(town, ("authorise", {}))
    take(town.here.butler, case, "release", note="明天休假")
    colleague = colleague_of(town)
    take(colleague, case, "claim")

    page = sit(colleague).open("/desk")

    button = f"委托书已签：{case.matter_name}，单号 {case.number}"
    page.follow(button).press("委托书已签")
    assert {one.agent_id: one.revoked_at is None for one in db.session.scalars(select(Mandate))} == {
        town.here.butler.person_id: False,
        colleague.person_id: True,
    }
    assert "委托书已签" not in [*page.page.links, *(words for form in page.page.forms for words in form.buttons)]
    assert page.page.links["确认收到原件"] == f"/desk/cases/{case.number}/steps/receive_originals"


def test_papers_that_are_never_kept_are_refused_at_their_row(butler: Browser, town: Town) -> None:
    case = in_hand(town, ("authorise", {}))

    page = show(butler, case).follow("确认收到原件")
    assert "这件事要看一眼、不能留下的：居民身份证、社会保障卡（市民卡）。" in page.text
    page.press(
        "确认收到原件", items__2__name="身份证", items__2__condition="有点旧", items__3__copies="2", note="当面点过"
    )

    assert page.status == 422
    form = page.form("确认收到原件")
    assert "请写明（或勾选）是什么材料。" in page.text
    assert [form.fields[f"items.0.{name}"] for name in ("name", "copies", "condition")] == [
        ["身份证"],
        [""],
        ["有点旧"],
    ]
    assert [form.fields[f"items.1.{name}"] for name in ("name", "copies")] == [[""], ["2"]]
    page.press("确认收到原件", items__1__name="户口簿")
    assert page.status == 422
    assert "居民身份证当面看过就请还给本人" in page.text
    assert page.form("确认收到原件").fields["note"] == ["当面点过"]
    page.press("确认收到原件", items__0__name="身份证复印件")
    assert [one.name for one in custody.of_case(case.id)] == ["身份证复印件", "户口簿"]


def test_a_form_without_any_act_grants_nothing(butler: Browser, town: Town) -> None:
    case = in_hand(town)

    page = show(butler, case).follow("委托书已签")
    page.press("委托书已签", acts=[], note="念过了")

    assert page.status == 422
    assert "请至少勾一项" in page.text
    assert page.form("委托书已签").fields["note"] == ["念过了"]
    assert "acts" not in page.form("委托书已签").fields
    assert db.session.scalars(select(Mandate)).all() == []


def test_double_tap_is_one_step(butler: Browser, town: Town) -> None:
    case = in_hand(town)
    page = show(butler, case).follow("留言")
    form = page.form("留言")
    sent = page.filled_in(form, note="明天上午上门")

    first = page.send(form.action, sent).response.history[0]
    again = page.send(form.action, sent).response.history[0]

    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    assert steps_of(case).count("note") == 1


def test_double_tap_on_the_next_one_takes_one(butler: Browser, town: Town) -> None:
    errand(town)
    errand(town)
    page = butler.open("/desk")
    form = page.form("接下一件")

    page.send(form.action, form.fields)
    page.send(form.action, form.fields)

    taken = db.session.scalars(select(Case).where(Case.holder_id == town.here.butler.person_id)).all()
    assert len(taken) == 1


def test_two_butlers_press_at_once(butler: Browser, town: Town, sit: Sit) -> None:
    case = errand(town)
    page = butler.open("/desk/queue")
    form = page.form(f"接单：{case.matter_name}，单号 {case.number}")
    take(colleague_of(town), case, "claim")

    page.send(form.action, form.fields)

    assert page.status == 409
    assert "情况已经变了" in page.text
    assert "丁管家在办" in page.text


def test_edited_elsewhere_shows_what_happened_beside_what_was_typed(butler: Browser, town: Town) -> None:
    case = in_hand(town, ("authorise", {}), ("submit", {"window": "2号窗口"}))
    page = show(butler, case).follow("记录结果")
    form = page.form("记录结果")
    take(town.here.residents[0], case, "note", note="请打我儿子电话")

    page.send(form.action, page.filled_in(form, result="partly", note="少批了一项"))

    assert page.status == 412
    assert "这件事刚刚有了新变化" in page.text
    assert "请打我儿子电话" in page.text
    again = page.form("记录结果")
    assert (again.fields["result"], again.fields["note"]) == (["partly"], ["少批了一项"])
    page.press("记录结果")
    db.session.refresh(case)
    assert case.state == State.RESULT_READY


def test_lease_lost_keeps_the_words_to_copy(butler: Browser, town: Town) -> None:
    case = file_consult(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    db.session.commit()
    page = show(butler, case).follow("答复居民")
    form = page.form("答复居民")
    take(town.here.butler, case, "release", note="我先走了")
    take(colleague_of(town), case, "claim")

    page.send(form.action, page.filled_in(form, note="带身份证到社区办"))

    assert page.status == 409
    assert "已由丁师傅接手" in page.text
    assert "带身份证到社区办" in page.text
    assert [line.note for line in showing.timeline(case) if line.step == "answer"] == []


def test_case_that_left_keeps_the_words_to_copy(butler: Browser, town: Town) -> None:
    case = file_consult(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    db.session.commit()
    page = show(butler, case).follow("答复居民")
    form = page.form("答复居民")
    take(town.here.butler, case, "refer_up", note="不归我管")

    page.send(form.action, page.filled_in(form, note="带身份证到社区办"))

    assert page.status == 404
    assert "带身份证到社区办" in page.text
    assert "优待证在哪里办" not in page.text


@pytest.mark.parametrize(
    "path", ["", "/steps/claim", "/steps/note", "/steps/fly", "/steps/confirm", "/receipt", "/mandate"]
)
def test_other_butlers_find_nothing(town: Town, at: Clock, sit: Sit, path: str) -> None:
    at(MONDAY)
    case = errand(town)

    for actor in (town.here.other_butler, town.sibling.butler, town.elsewhere.street_staff):
        assert sit(actor).open(f"/desk/cases/{case.number}{path}").status == 404


@pytest.mark.parametrize("path", ["/desk", "/desk/queue", "/desk/mine", "/desk/history", "/desk/all", "/grid"])
def test_residents_find_no_desk(town: Town, at: Clock, sit: Sit, path: str) -> None:
    at(MONDAY)

    assert sit(town.here.residents[0]).open(path).status == 404


def test_residents_find_no_desk_page_of_their_own_case(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = errand(town)
    resident = sit(town.here.residents[0])

    for path in ("", "/steps/note", "/receipt", "/mandate"):
        assert resident.open(f"/desk/cases/{case.number}{path}").status == 404
    assert resident.open(f"/grid/cases/{case.number}").status == 404


def test_own_affairs_of_staff_are_not_on_the_desk(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = file_errand(town.sibling.butler, town.here)
    db.session.commit()

    page = sit(town.sibling.butler).open(f"/desk/cases/{case.number}")

    assert page.address == f"/my/cases/{case.number}"


def test_names_are_masked_until_somebody_has_it_in_hand(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = errand(town)
    person = db.session.get_one(Person, town.here.residents[0].person_id)
    name, phone = person.name, person.phone
    butler, supervisor = sit(town.here.butler), sit(town.here.community_staff)

    assert [name in show(one, case).text for one in (butler, supervisor)] == [False, False]
    butler.press("接单")

    assert [name in show(one, case).text for one in (butler, supervisor)] == [True, False]
    assert [str(phone) in show(one, case).text for one in (butler, supervisor)] == [True, False]
    assert name not in supervisor.open(f"/desk/cases/{case.number}/mandate").text
    assert name not in supervisor.open("/desk/all").text


def test_late_case_comes_to_the_grid_worker_once(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = errand(town)
    at("2026-11-23 11:30")
    ring_due()
    db.session.commit()
    worker = sit(town.here.grid_worker)

    page = worker.open("/grid")
    assert page.text.count(case.matter_name) == 1
    assert "第 1 级提醒，已到第一网格服务台" in page.text
    assert "晚了 30 分钟" in page.text
    assert page.page.links["打电话0571-00000001：北山街道1幢管家岗"] == "tel:0571-00000001"
    page.open(f"/grid/cases/{case.number}").press("催一下")
    assert "已经提醒了办这件事的人" in page.text
    page.press("催一下")
    assert page.status == 429

    for other in (town.here.other_grid_worker, town.sibling.grid_worker, town.here.community_staff):
        assert "没有超时上报的" in sit(other).open("/grid").text
    assert sit(town.here.butler).open("/grid").status == 403


def test_grid_worker_dispatches_what_nobody_took(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = errand(town)
    at("2026-11-23 11:30")
    ring_due()
    db.session.commit()

    page = sit(town.here.grid_worker).open(f"/grid/cases/{case.number}").follow("分派")
    page.press("分派", desk_id=str(town.here.desk_of(town.here.grids[0]).id), note="我来")

    db.session.refresh(case)
    assert case.desk_id == town.here.desk_of(town.here.grids[0]).id
    assert page.form("接单").action == f"/desk/cases/{case.number}/steps/claim"


def test_community_dispatches_to_desks_of_its_own(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = errand(town)
    page = sit(town.here.community_staff).open(f"/desk/cases/{case.number}").follow("分派")

    offered = {int(value) for value in page.form("分派").choices["desk_id"]}

    here = town.here
    assert offered == {
        here.desk_of(here.community).id,
        here.desk_of(here.grids[0]).id,
        here.desk_of(here.grids[1]).id,
        here.other_desk.id,
    }
    page.press("分派", desk_id=str(here.other_desk.id))
    db.session.refresh(case)
    assert case.desk_id == here.other_desk.id
    assert page.address == f"/desk/cases/{case.number}?done=dispatch"


def test_supervisors_see_everything_of_theirs_the_late_first(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    late = errand(town)
    at("2026-11-23 12:00")
    file_consult(town.here.residents[1], town.here)
    file_errand(town.sibling.residents[0], town.sibling)
    db.session.commit()

    for actor, expected in ((town.here.community_staff, 2), (town.here.street_staff, 2), (town.district_staff, 3)):
        page = sit(actor).open("/desk/all")
        cases = [href for href in page.page.links.values() if href.startswith("/desk/cases/") and "/steps/" not in href]
        assert len(cases) == expected
        assert cases[0] == f"/desk/cases/{late.number}"
    assert sit(town.here.grid_worker).open("/desk/all").status == 403


@pytest.mark.parametrize(
    ("who", "links"),
    [
        ("butler", ["今天", "待接", "我在办", "办过的", "找人", "当面核验", "名片"]),
        ("grid_worker", ["今天", "待接", "我在办", "办过的", "超时上报", "找人", "当面核验", "名片"]),
        (
            "community_staff",
            ["今天", "待接", "我在办", "办过的", "超时上报", "全部", "找人", "当面核验", "导出", "名片"],
        ),
    ],
)
def test_everybody_lands_on_a_desk_with_their_lists(
    town: Town, at: Clock, sit: Sit, who: str, links: list[str]
) -> None:
    at(MONDAY)

    page = sit(getattr(town.here, who)).open("/desk")

    tabs = page.response.get_data(as_text=True).partition('aria-label="工作台">')[2].partition("</nav>")[0]
    assert re.findall(r">([^<]+)</a>", tabs) == links
    for link in links[:-1]:
        assert page.open(page.page.links[link]).status == 200


def test_counters_and_what_they_lead_to(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    mine = in_hand(town)  # due in five working days
    at("2026-11-23 10:00")
    waiting = errand(town)  # due at 13:30
    at("2026-11-30 16:00")

    page = sit(town.here.butler).open("/desk")

    figures = [words for words in page.page.links if words[:1].isdigit()]
    assert figures == ["1待接", "1我在办", "1今天到期", "1超时"]
    assert waiting.number in page.open("/desk/mine?due=late").response.get_data(as_text=True)
    assert mine.number in page.open("/desk/mine?due=today").response.get_data(as_text=True)
    assert page.open("/desk/mine?due=someday").status == 422


def test_nothing_waits(butler: Browser) -> None:
    page = butler.open("/desk")

    assert "都接完了。" in page.text
    assert "接下一件" not in page.text


def test_next_one_when_a_colleague_was_faster(butler: Browser, town: Town) -> None:
    case = errand(town)
    page = butler.open("/desk")
    form = page.form("接下一件")
    take(colleague_of(town), case, "claim")

    page.send(form.action, form.fields)

    assert (page.status, page.address) == (200, "/desk?done=nothing")
    assert "都接完了。" in page.text


def test_papers_i_hold_lead_to_their_case(butler: Browser, town: Town) -> None:
    case = in_hand(town, ("authorise", {}), ("receive_originals", {"items": [PAPER]}))

    page = butler.open("/desk")

    assert "近期免冠照片 2 份" in page.text
    (link,) = [href for words, href in page.page.links.items() if words.startswith("近期免冠照片")]
    assert link == f"/desk/cases/{case.number}"


def test_what_i_finished(butler: Browser, town: Town) -> None:
    case = in_hand(town, ("resolve", {"note": "年龄不到"}))

    assert case.number in butler.open("/desk/history").response.get_data(as_text=True)


def test_long_queue_has_pages(butler: Browser, town: Town) -> None:
    cases = {errand(town).number for _ in range(21)}

    first = butler.open("/desk/queue")
    seen = {number for number in cases if number in first.response.get_data(as_text=True)}
    second = butler.follow("看更多")
    rest = {number for number in cases if number in second.response.get_data(as_text=True)}

    assert (len(seen), len(rest), seen | rest) == (20, 1, cases)


def test_receipt_holds_what_is_out(butler: Browser, town: Town) -> None:
    case = in_hand(town, ("authorise", {}), ("receive_originals", {"items": [PAPER]}))

    page = show(butler, case).follow("打印收条")

    assert page.address == f"/desk/cases/{case.number}/receipt"
    for words in (
        case.number,
        PHOTO,
        "完好",
        "交的人：张居民",
        "收的人：陈管家",
        "最晚 2026年12月21日（周一）归还。凭此取回。",
        "共 1 样 2 份",
    ):
        assert words in page.text
    assert page.text.count("签名") == 4  # two lines on each of two slips


def test_receipt_without_papers_leads_back(butler: Browser, town: Town) -> None:
    case = in_hand(town)

    assert butler.open(f"/desk/cases/{case.number}/receipt").address == f"/desk/cases/{case.number}"


def test_letter_names_each_act_and_never_everything(butler: Browser, town: Town) -> None:
    case = in_hand(town, ("authorise", {"acts": ["submit"]}))

    page = show(butler, case).follow("打印委托书")

    for words in (
        case.asker.name,
        "陈师傅",
        "演示物业",
        case.matter_name,
        "☑ 递交材料",
        "☐ 领取结果",
        "不得转委托",
        "委托自动失效",
        "从 2026年11月23日（周一）到 2027年5月22日（周六）",
    ):
        assert words in page.text
    assert "全权" not in page.text
    consult = file_consult(town.here.residents[0], town.here)
    db.session.commit()
    assert butler.open(f"/desk/cases/{consult.number}/mandate").status == 404


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/desk", 12), ("/desk/queue", 6), ("/desk/mine", 6), ("/desk/history", 6), ("/desk/all", 6), ("/grid", 7)],
)
def test_lists_cost_the_same_however_long(town: Town, at: Clock, sit: Sit, path: str, expected: int) -> None:
    at(MONDAY)
    desk = sit(town.here.community_staff)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            one_of_each(town)
        with statements() as sent:
            assert desk.open(path).status == 200
            counts.append(len(asked(sent)))

    assert counts == [expected, expected]


@pytest.mark.parametrize("papers", [1, 3])
def test_a_case_page_costs_the_same_however_long_its_history(butler: Browser, town: Town, papers: int) -> None:
    items = [PAPER | {"name": f"照片{number}"} for number in range(papers)]
    case = in_hand(town, ("authorise", {}), *[("receive_originals", {"items": items})] * papers)

    path = f"/desk/cases/{case.number}"

    with statements() as sent:
        assert butler.open(path).status == 200

    assert len(asked(sent)) == 15
