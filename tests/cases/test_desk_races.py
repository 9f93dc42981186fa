"""Pressed twice, pressed by two, moved on meanwhile: nothing happens twice and no words are lost."""

from sqlalchemy import select

from butler.cases.actions.claiming import claim_next
from butler.cases.models import Case
from butler.cases.queries import showing
from butler.cases.states import State
from butler.kit.database import db
from factories import Town, file_consult
from surfing import Browser
from tests.cases.desk import Sit, colleague_of, errand, in_hand, show, steps_of, take


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
