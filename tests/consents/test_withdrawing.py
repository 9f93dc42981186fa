"""Taking a consent back: what ends with it at once, what has to wait, what stays, and who is told."""

import io
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from files.hostile import picture
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from apart import bearer
from butler.cases.actions.consenting import agree, take_back
from butler.cases.actions.filing import Wish, file_case
from butler.cases.actions.moving import take_step
from butler.cases.jobs import destroy_papers
from butler.cases.models import Case
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Kind, Step
from butler.consents import queries
from butler.consents.states import Channel, Purpose
from butler.files.models import Attachment
from butler.identity.models import Person
from butler.identity.scope import Actor
from butler.kit.database import db
from butler.kit.files import Store
from butler.notifications.deliveries import deliver_notice
from butler.notifications.models import Notice
from butler.rights import actions as rights
from butler.rights import consenting
from factories import HAND_OVER, HEALTH, PAPERS, Town, file_errand, guards
from surfing import Browser, browser_of

ABOUT_HEALTH = {"M027-Q1": "低保、低边等"}
PHOTO_IN_HAND = {"items": [{"name": "近期免冠照片", "copies": 1, "condition": ""}]}


@pytest.fixture(autouse=True)
def disk(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store(tmp_path / "files", margin=0)
    monkeypatch.setitem(app.extensions, "files", store)
    return store


@pytest.fixture
def case(town: Town, at: Callable[[str], None]) -> Case:
    """An errand the butler has in hand, with the word to hand it in and none yet for photos of papers."""
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here, consents=[HAND_OVER])
    return step(town.here.butler, case, Step.CLAIM)


def step(actor: Actor, case: Case, step: Step, **data: Any) -> Case:
    db.session.refresh(case)  # a file that came in wrote a line
    return take_step(actor, case.number, step, STEP_INPUTS[step].load(data), version=case.version)


def send(client: FlaskClient, case: Case, actor: Actor, *, kind: str = "paper", consents: str = "") -> Any:
    db.session.commit()
    form = {"kind": kind, "file": FileStorage(io.BytesIO(picture()), filename="a.jpg")}
    if consents:
        form["consents"] = consents
    return client.post(
        f"/api/v1/cases/{case.number}/attachments",
        data=form | {"_end": "1"},
        headers=bearer(actor.person_id) | {"Idempotency-Key": uuid.uuid4().hex},
    )


def states() -> list[tuple[str, str | None]]:
    rows = db.session.scalars(select(Attachment).order_by(Attachment.id)).all()
    return [(row.state, row.destroyed_why) for row in rows]


def told(case: Case, actor: Actor) -> list[str]:
    """The news of what somebody was told about a case, in order."""
    notices = select(Notice).where(Notice.case_id == case.id, Notice.person_id == actor.person_id).order_by(Notice.id)
    return [one.text.removeprefix("【管家通】").partition("：")[0] for one in db.session.scalars(notices)]


# Papers


def test_a_paper_needs_a_consent_and_may_bring_it_along(client: FlaskClient, case: Case, town: Town) -> None:
    resident = town.here.residents[0]
    refused = send(client, case, resident)
    assert (refused.status_code, refused.json["code"], refused.json["consent"]) == (409, "consent-missing", PAPERS)
    assert refused.json["errors"][0]["pointer"] == "/consents"
    assert send(client, case, resident, kind="photo").status_code == 201
    assert send(client, case, resident, consents="papers@2").status_code == 422
    assert send(client, case, resident, consents=PAPERS).status_code == 201
    assert send(client, case, resident).status_code == 201, "nothing is asked twice"
    assert [row.purpose for row in queries.of_case(case.id)] == ["hand_over", "papers"]


def test_a_butler_who_photographs_a_paper_has_asked_face_to_face(client: FlaskClient, case: Case, town: Town) -> None:
    assert send(client, case, town.here.butler).status_code == 409
    assert send(client, case, town.here.butler, consents=PAPERS).status_code == 201
    assert queries.of_case(case.id)[-1].channel == "face_to_face"
    assert told(case, town.here.residents[0]) == ["陈管家接单了", "已登记您的同意"]


def test_copies_are_destroyed_at_once(client: FlaskClient, case: Case, town: Town) -> None:
    resident, butler = town.here.residents[0], town.here.butler
    send(client, case, resident, consents=PAPERS)
    send(client, case, resident, kind="photo")
    take_back(resident, case.number, Purpose.PAPERS, channel=Channel.PAGE)
    assert states() == [("destroyed", "withdrawn"), ("stored", None)], "a photo of a place is no paper"
    assert send(client, case, resident).status_code == 409
    assert told(case, butler)[-1] == "居民撤回了授权"
    assert told(case, resident) == ["陈管家接单了"], "nobody is told what they did themselves"
    assert queries.in_force(case.id) == {Purpose.HAND_OVER}
    agree(resident, case.number, [PAPERS], channel=Channel.PAGE)
    assert send(client, case, resident).status_code == 201


@pytest.mark.parametrize("kept_by", ["hold", "original"])
def test_what_has_to_be_kept_is_locked_and_destroyed_later(
    client: FlaskClient, case: Case, town: Town, kept_by: str
) -> None:
    resident, butler = town.here.residents[0], town.here.butler
    send(client, case, resident, consents=PAPERS)
    if kept_by == "hold":
        rights.place_hold(case.number, "（2026）浙01民初1号")
    else:
        case = step(butler, step(butler, case, Step.AUTHORISE), Step.RECEIVE_ORIGINALS, **PHOTO_IN_HAND)
    take_back(resident, case.number, Purpose.PAPERS, channel=Channel.PAGE)
    db.session.commit()
    assert (states(), destroy_papers()) == ([("stored", None)], 0)
    url = f"/api/v1/cases/{case.number}/attachments"
    opened = {actor.person_id: client.get(url, headers=bearer(actor.person_id)).json for actor in (resident, butler)}
    assert [one["items"][0]["may_open"] for one in opened.values()] == [True, False]
    shut = client.get(f"{url}/{opened[butler.person_id]['items'][0]['id']}", headers=bearer(butler.person_id))
    assert (shut.status_code, shut.json["detail"]) == (
        403,
        "居民撤回了同意，这份材料谁也不能再用。要核对的，请当面看原件。",
    )

    if kept_by == "hold":
        rights.release_hold(case.number)
    else:
        step(butler, case, Step.RETURN_ORIGINALS)
    db.session.commit()
    assert (destroy_papers(), states()) == (1, [("destroyed", "withdrawn")])


def test_papers_on_hold_outlive_their_time(
    client: FlaskClient, case: Case, town: Town, at: Callable[[str], None]
) -> None:
    resident = town.here.residents[0]
    send(client, case, resident, consents=PAPERS)
    step(resident, case, Step.CANCEL)
    rights.place_hold(case.number, "（2026）浙01民初1号")
    db.session.commit()
    at("2027-01-23 09:00")
    assert destroy_papers() == 0
    rights.release_hold(case.number)
    db.session.commit()
    assert (destroy_papers(), states()) == (1, [("destroyed", "expired")])


# Answers


def test_answers_about_health_are_forgotten_and_the_rest_stays(town: Town) -> None:
    resident = town.here.residents[0]
    place = {"building_id": town.here.buildings[0].id, "summary": "怎么申请？"}
    case = file_case(
        resident, Wish(kind=Kind.CONSULT, matter_code="M027", answers=ABOUT_HEALTH, consents=[HEALTH], **place)
    )
    before = case.version
    take_back(resident, case.number, Purpose.HEALTH, channel=Channel.PAGE)
    db.session.refresh(case)
    assert (case.answers, case.summary, case.version) == ({}, "怎么申请？", before + 1)
    assert told(case, town.here.butler) == ["新办件等您接", "居民撤回了授权"]


# WeChat


def test_progress_comes_by_wechat_only_while_somebody_wants_it(town: Town, case: Case) -> None:
    sent: list[tuple[str, str]] = []

    class Heard:
        def send(self, message: Any, dedupe_id: str) -> None:
            sent.append((message.channel, message.recipient))

    resident = db.session.get_one(Person, town.here.residents[0].person_id)
    resident.wechat_openid, resident.wechat_index = "oDemo_1", b"-"
    notice = db.session.scalars(select(Notice).where(Notice.person_id == resident.id)).first()
    assert notice is not None
    me = town.here.residents[0]
    deliver = deliver_notice(Heard())
    deliver({"notice_id": notice.id}, "a")
    consenting.agree(me, ["wechat@1"], channel=Channel.PAGE)
    deliver({"notice_id": notice.id}, "b")
    [one] = [one for one in queries.own(me) if one.purpose == "wechat"]
    consenting.take_back(me, one.id, channel=Channel.PAGE)
    deliver({"notice_id": notice.id}, "c")
    assert sent == [("sms", resident.phone), ("wechat", "oDemo_1"), ("sms", resident.phone)]


# On pages


@pytest.fixture
def resident(client: FlaskClient, case: Case, town: Town) -> Browser:
    return browser_of(client, town.here.residents[0].person_id)


def test_give_and_take_back_on_pages(resident: Browser, client: FlaskClient, case: Case, town: Town) -> None:
    resident.open("/my").follow("隐私与授权")
    assert "把材料交给部门窗口" in resident.text
    resident.follow("撤回：把材料交给部门窗口，老年人公共交通优待卡办理")
    assert "还没交的，管家不会再去窗口交。" in resident.text
    assert "撤回以前已经办的，仍然有效。" in resident.text
    resident.press("撤回")
    assert (resident.status, resident.address) == (200, "/my/consents?done=withdraw")
    assert "已经撤回的" in resident.text

    resident.open(f"/my/cases/{case.number}")
    assert "这件事还等您同意" in resident.text
    resident.press("同意打勾的这一项")
    assert (resident.status, "请在同意的那一项打勾。" in resident.text) == (422, True)
    resident.press("同意打勾的这一项", consents=HAND_OVER)
    assert "同意记下了" in resident.text
    assert told(case, town.here.butler)[-2:] == ["居民撤回了授权", "居民同意交窗口了"]
    assert queries.in_force(case.id) == {Purpose.HAND_OVER}


def test_a_paper_on_a_page(resident: Browser, case: Case) -> None:
    resident.open(f"/my/cases/{case.number}/attachments/new")
    resident.upload("传上去", (picture(), "a.jpg"), kind="paper")
    assert (resident.status, "要您先打勾同意才能传" in resident.text) == (409, True)
    resident.upload("传上去", (picture(), "a.jpg"), kind="paper", consents=PAPERS)
    assert (resident.status, states()) == (200, [("stored", None)])
    assert "consents" not in resident.open(f"/my/cases/{case.number}/attachments/new").form("传上去").choices
    withdraw = resident.open("/my/consents").page.links["撤回：保存证件、材料的照片，老年人公共交通优待卡办理"]
    assert "现在存着 1 份证件、材料的照片。" in resident.open(withdraw).text
    resident.press("撤回")
    assert states() == [("destroyed", "withdrawn")]
    assert "居民撤回了同意，已于" in resident.open(f"/my/cases/{case.number}").text


def test_at_the_desk(client: FlaskClient, case: Case, town: Town) -> None:
    butler = browser_of(client, town.here.butler.person_id)
    butler.open(f"/desk/cases/{case.number}")
    assert "居民的授权" in butler.text
    butler.press("登记同意", consents=PAPERS)
    assert "居民的同意登记好了" in butler.text
    assert queries.in_force(case.id) == {Purpose.HAND_OVER, Purpose.PAPERS}
    butler.press("登记撤回")
    assert "撤回登记好了" in butler.text
    assert queries.in_force(case.id) == {Purpose.PAPERS}
    colleague = browser_of(client, town.here.street_staff.person_id).open(f"/desk/cases/{case.number}")
    assert "居民的授权" in colleague.text
    assert not [form for form in colleague.page.forms if "consents" in form.action]


def test_every_text_is_public(client: FlaskClient) -> None:
    page = client.get("/consents").get_data(as_text=True)
    assert "我同意管家通保存我为这件事传的证件、材料的照片。" in page


def test_held_papers_are_said_to_stay(resident: Browser, client: FlaskClient, case: Case, town: Town) -> None:
    send(client, case, town.here.residents[0], consents=PAPERS)
    rights.place_hold(case.number, "（2026）浙01民初1号")
    db.session.commit()
    resident.open("/my/consents").follow("撤回：保存证件、材料的照片，老年人公共交通优待卡办理")
    assert "这件事按法律要求要保留，照片先不销毁，锁起来谁也不能用" in resident.text
    resident.press("撤回")
    assert states() == [("stored", None)]


def test_nobody_reads_of_consents_of_a_case_that_is_hidden_from_them(client: FlaskClient, town: Town) -> None:
    asker, other = town.here.residents
    hidden = file_errand(asker, town.here, beneficiary=guards(asker, other, town.here.butler), beneficiary_sees=False)
    assert hidden.beneficiary_id == other.person_id
    db.session.commit()
    mine, theirs = (client.get("/api/v1/me/consents", headers=bearer(one.person_id)).json for one in (asker, other))
    assert ([one["case_number"] for one in mine["items"]], theirs["items"]) == ([hidden.number] * 2, [])
    assert queries.of_case(hidden.id)[0].person_id == other.person_id
    url = f"/my/consents/{queries.of_case(hidden.id)[0].id}/withdraw"
    assert browser_of(client, other.person_id).open(url).status == 404
    assert browser_of(client, asker.person_id).open(url).status == 200
