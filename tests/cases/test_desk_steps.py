"""A case at the desk, from the next one to its end, through forms alone."""

from sqlalchemy import select

from butler.cases.actions.claiming import claim_next
from butler.cases.models import Case, Mandate
from butler.cases.queries import checking
from butler.cases.states import Outcome, Stage, State
from butler.custody import queries as custody
from butler.kit.database import db
from factories import Town, file_consult
from surfing import Browser
from tests.cases.desk import MONDAY, PAPER, PHOTO, Clock, Sit, colleague_of, errand, in_hand, show, steps_of, take


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
