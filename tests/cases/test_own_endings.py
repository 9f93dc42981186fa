"""Confirmed, rated, disputed, cancelled: how a case ends for who asked."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from butler.cases.models import SlotBooking
from butler.cases.queries import showing
from butler.cases.states import Mode, Outcome, Stage, State
from butler.kit.database import db
from butler.org.models import SlotPattern
from butler.ratings.models import Rating
from factories import Town, file_consult, file_errand
from surfing import Browser, browser_of
from tests.cases.home import MONDAY, Clock, answered, claimed, end_of, work


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
