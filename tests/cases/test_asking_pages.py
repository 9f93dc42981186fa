"""Asking: from the card to the number, and every way it may not go."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from butler.cards import actions as cards
from butler.cases.models import Case
from butler.cases.queries import showing
from butler.cases.states import Mode
from butler.families.actions import end
from butler.identity import actions as identity
from butler.identity.models import Absence, Residence
from butler.kit import clock
from butler.kit.database import db
from butler.org.models import SlotPattern
from factories import ERRAND_MATTER, HAND_OVER, HEALTH, LONG_AGO, Town, act_for, file_errand
from surfing import Browser, browser_of
from tests.cases.home import MONDAY, NOT_DELEGABLE, WORDS, Clock, cases, start


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
