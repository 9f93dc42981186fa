"""Whole journeys over HTTP, each from the first word to the last: what everybody sees, and what everybody is told."""

import re
import uuid
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from apart import bearer
from butler.cases.jobs import sweep_alarms
from butler.cases.queries import checking
from butler.identity.scope import Actor
from butler.kit import outbox
from butler.kit.database import db
from butler.kit.outbox import OutboxMessage
from butler.notifications import checking as notices_checking
from butler.notifications.models import DemoMessage, Notice
from butler.org import actions as org
from factories import ERRAND_MATTER, Street, Town

Clock = Callable[[str], None]
Case = dict[str, Any]

PAPERS = [{"name": "近期免冠照片", "copies": 2, "condition": "完好"}]
WINDOW = {"window": "北山街道便民服务中心2号窗口", "receipt_number": "演示-001"}


class Somebody:
    """Somebody with a telephone."""

    def __init__(self, client: FlaskClient, headers: dict[str, str] | None = None) -> None:
        self._client, self._headers = client, headers or {}

    def get(self, path: str, **query: str) -> Any:
        """The JSON behind an address."""
        answer = self._client.get(f"/api/v1{path}", query_string=query, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, body: dict[str, Any] | None = None, *, version: int | None = None) -> Any:
        """Do something."""
        headers = {**self._headers, "Idempotency-Key": uuid.uuid4().hex}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        answer = self._client.post(f"/api/v1{path}", json=body or {}, headers=headers)
        assert answer.status_code in (200, 201, 202, 204), answer.text
        return answer.json if answer.data else None

    def case(self, case: Case) -> Case:
        """A case as this person sees it now."""
        return self.get(f"/cases/{case['number']}")

    def step(self, case: Case, step: str, **body: Any) -> Case:
        """Take a step on a case as it is now; it must be among those that are offered."""
        seen = self.case(case)
        assert step in seen["allowed_steps"]
        return self.post(f"/cases/{case['number']}/steps/{step}", body, version=seen["version"])

    def refused(self, case: Case, step: str, **body: Any) -> str:
        """Why a step is refused."""
        headers = self._headers | {"Idempotency-Key": uuid.uuid4().hex, "If-Match": f'"{self.case(case)["version"]}"'}
        answer = self._client.post(f"/api/v1/cases/{case['number']}/steps/{step}", json=body, headers=headers)
        assert answer.status_code == 409, answer.text
        return answer.json["detail"]

    def take(self, *steps: str | tuple[str, dict[str, Any]], case: Case) -> Case:
        """Take one step after the other."""
        for one in steps:
            name, body = one if isinstance(one, tuple) else (one, {})
            case = self.step(case, name, **body)
        return case

    def history(self, case: Case) -> list[str]:
        """The steps of a case so far."""
        return [line["step"] for line in self.get(f"/cases/{case['number']}/timeline")["items"]]


@pytest.fixture
def street(town: Town, at: Clock) -> Street:
    """Where it all happens, on a Monday morning; the butler comes to the gate in the evenings."""
    at("2026-11-23 09:00")
    for weekday in range(5):
        org.add_slot_pattern(
            desk=town.here.desk,
            weekday=weekday,
            starts=time(18, 30),
            ends=time(20),
            place="物业服务中心",
            capacity=6,
            cutoff_minutes=30,
        )
    return town.here


@pytest.fixture
def call(client: FlaskClient) -> Callable[[Actor], Somebody]:
    """Somebody who is signed in."""
    return lambda actor: Somebody(client, bearer(actor.person_id))


@pytest.fixture
def resident(client: FlaskClient, street: Street) -> Somebody:
    """Who lives there, signed in with the code from a text message."""
    stranger, phone = Somebody(client), phone_of_resident(street)
    stranger.post("/auth/codes", {"phone": phone})
    (text,) = texts_to(phone)
    code = re.findall(r"\d{6}", text)[0]
    return Somebody(
        client,
        {"Authorization": f"Bearer {stranger.post('/auth/sessions', {'phone': phone, 'code': code})['token']}"},
    )


def test_scan_ask_for_the_evening_hand_in_and_confirm(
    client: FlaskClient, street: Street, resident: Somebody, call: Callable[[Actor], Somebody], at: Clock
) -> None:
    token, butler = street.card.token, call(street.butler)
    assert "帮我办事" in client.get(f"/c/{token}").text
    found = resident.get("/search", q="老人优待证")
    assert (found["answered"], found["items"][0]["name"]) == (True, "老年人公共交通优待卡办理")
    slot = resident.get("/slots", card_token=token)["items"][0]
    assert slot["free"] == 6

    case = resident.post(
        "/cases",
        {
            "kind": "errand",
            "mode": "off_hours",
            "matter_code": found["items"][0]["code"],
            "card_token": token,
            "slot_id": slot["id"],
            "summary": "请帮我办一张优待证",
            "consents": ["hand_over@1"],
        },
    )

    assert [hop["kind"] for hop in case["path"]] == ["district", "street", "community", "grid", "butler"]
    assert case["routed_why"] == "北山街道1幢管家岗负责这栋楼"
    assert case["due_at"] == slot["starts_at"] == "2026-11-23T18:30:00+08:00"
    at("2026-11-23 18:20")
    butler = call(street.butler)  # in the evening the password once more
    assert butler.post("/queue/claim-next")["number"] == case["number"]
    assert butler.post("/queue/claim-next") is None
    case = butler.take("authorise", ("receive_originals", {"items": PAPERS}), ("submit", WINDOW), case=case)
    assert butler.get("/queue")["items"] == []
    at("2026-11-25 10:00")
    butler = call(street.butler)  # a new day, a new sign-in
    case = butler.take(("record_result", {"result": "granted"}), "return_originals", "resolve", case=case)
    at("2026-11-25 20:00")
    case = resident.take("confirm", ("rate", {"grade": 5, "tags": ["态度好"], "note": "很方便"}), case=case)

    assert (case["stage"], case["outcome"], case["closed_level"]) == ("closed", "confirmed", "grid")
    assert resident.refused(case, "rate", grade=1) == "这件事已经评价过了，一件事评价一次。想补充的话，可以给管家留言。"
    assert resident.history(case) == [
        "filed", "claim", "authorise", "receive_originals", "submit", "record_result", "return_originals", "resolve",
        "confirm", "rate",
    ]  # fmt: skip
    assert news_to(phone_of_resident(street)) == [
        "陈管家接单了", "已登记您的授权", "已收到您的原件", "材料已送到窗口", "结果出来了", "原件已还给您",
        "陈管家说办完了",
    ]  # fmt: skip
    assert news_to("butler-330106002-1") == ["新办件等您接", "居民已确认"]
    nothing_is_wrong()


def test_left_alone_it_climbs_until_somebody_sees_to_it(
    street: Street, resident: Somebody, call: Callable[[Actor], Somebody], at: Clock
) -> None:
    def escalated(to: Actor) -> list[str]:
        return [one["number"] for one in call(to).get("/escalations")["items"] if one["late"]]

    case = file(resident, street)
    assert case["due_at"] == "2026-11-23T11:00:00+08:00"
    at("2026-11-23 10:59")
    assert sweep_alarms() == 0
    assert escalated(street.grid_worker) == []

    at("2026-11-23 11:00")
    assert (sweep_alarms(), sweep_alarms()) == (1, 0)

    assert escalated(street.grid_worker) == [case["number"]]
    assert resident.case(case)["accountable_desk"]["kind"] == "grid"
    assert escalated(street.other_grid_worker) == escalated(street.community_staff) == []
    at("2026-11-24 17:30")
    assert sweep_alarms() == 1
    assert escalated(street.grid_worker) == []
    assert escalated(street.community_staff) == [case["number"]]
    at("2026-11-25 09:00")
    butler = call(street.butler)
    assert butler.post("/queue/claim-next")["number"] == case["number"]  # whoever has it keeps working
    butler.step(case, "resolve", note="您的户籍不在本区，请到户籍地办。")
    case = resident.step(case, "confirm")

    assert (case["outcome"], case["closed_level"]) == ("not_done", "grid")
    assert escalated(street.community_staff) == []
    assert resident.history(case) == ["filed", "escalated", "escalated", "claim", "resolve", "confirm"]
    assert news_to(phone_of_resident(street)) == ["比约定的晚了", "陈管家接单了", "这次没有办成"]
    assert news_to("butler-330106002-1") == ["新办件等您接", "您的办件超时了", "您的办件超时了", "居民已确认"]
    assert news_to("grid-330106002-1") == ["辖区办件超时了"]
    assert news_to("community-330106002") == ["辖区办件超时了"]
    nothing_is_wrong()


def test_an_answer_that_was_none_is_asked_again(
    street: Street, resident: Somebody, call: Callable[[Actor], Somebody]
) -> None:
    butler = call(street.butler)
    case = ask(resident, card_token=street.card.token)
    butler.post("/queue/claim-next")
    butler.step(case, "answer", note="去街道办。")
    case = resident.step(case, "dispute", note="要带什么没有说")
    assert (case["stage"], case["holder"]) == ("in_hand", "陈管家")

    butler.step(case, "answer", note="带身份证和一张照片，2号窗口。")
    case = resident.step(case, "confirm")

    assert (case["stage"], case["outcome"]) == ("closed", "confirmed")
    assert resident.history(case) == ["filed", "claim", "answer", "dispute", "answer", "confirm"]
    assert news_to(phone_of_resident(street)) == ["陈管家接单了", "陈管家答复您了", "陈管家答复您了"]
    assert news_to("butler-330106002-1") == ["新办件等您接", "居民说没办好", "居民已确认"]
    nothing_is_wrong()


def test_a_question_becomes_an_errand(street: Street, resident: Somebody, call: Callable[[Actor], Somebody]) -> None:
    butler = call(street.butler)
    question = ask(resident, card_token=street.card.token)
    butler.post("/queue/claim-next")
    question = butler.step(question, "convert", matter_code=ERRAND_MATTER)
    assert (question["stage"], question["outcome"]) == ("closed", "converted")
    errand, before = resident.get("/cases", **{"as": "asker"})["items"]
    assert (before["number"], errand["kind"], errand["stage"]) == (question["number"], "errand", "waiting")

    assert butler.post("/queue/claim-next")["number"] == errand["number"]
    butler.take("authorise", case=errand)
    butler.post(
        f"/cases/{errand['number']}/consents", {"consents": ["hand_over@1"]}
    )  # said face to face, over the letter
    butler.take(("submit", WINDOW), ("record_result", {"result": "granted"}), "resolve", case=errand)
    errand = resident.step(errand, "confirm")

    assert errand["outcome"] == "confirmed"
    assert resident.history(question) == ["filed", "claim", "convert"]
    assert resident.history(errand) == ["filed", "claim", "authorise", "submit", "record_result", "resolve", "confirm"]
    nothing_is_wrong()


def test_a_place_nobody_knew_is_found_by_the_community(
    street: Street, resident: Somebody, call: Callable[[Actor], Somebody]
) -> None:
    community, butler = call(street.community_staff), call(street.butler)
    case = ask(resident, unit_code=street.community.code)
    assert [hop["kind"] for hop in case["path"]] == ["district", "street", "community"]
    assert (case["stage"], case["desk"]["kind"]) == ("waiting", "community")
    assert butler.post("/queue/claim-next") is None

    case = community.step(case, "dispatch", desk_id=str(street.desk.id), note="住在1幢，请陈师傅答复")
    assert butler.post("/queue/claim-next")["number"] == case["number"]
    butler.step(case, "answer", note="在街道便民服务中心办。")
    case = resident.step(case, "confirm")

    assert (case["outcome"], case["desk"]["kind"], case["closed_level"]) == ("confirmed", "butler", "grid")
    assert [hop["kind"] for hop in case["path"]] == ["district", "street", "community", "butler"]
    assert resident.history(case) == ["filed", "dispatch", "claim", "answer", "confirm"]
    assert news_to("community-330106002") == ["新办件等您接"]
    assert news_to("butler-330106002-1") == ["新分派的办件", "居民已确认"]
    nothing_is_wrong()


def file(resident: Somebody, street: Street) -> Case:
    """An errand for the daytime."""
    return resident.post(
        "/cases",
        {
            "kind": "errand",
            "mode": "daytime",
            "matter_code": ERRAND_MATTER,
            "card_token": street.card.token,
            "consents": ["hand_over@1"],
        },
    )


def ask(resident: Somebody, **place: str) -> Case:
    """A question."""
    return resident.post("/cases", {"kind": "consult", "summary": "优待证怎么办？", **place})


def phone_of_resident(street: Street) -> str:
    """Of the first."""
    return f"100{street.street.code[3:]}01"


def texts_to(recipient: str) -> list[str]:
    """Every message a person has been sent, in order, once the outbox has been worked off."""
    outbox.drain()
    sent = db.session.execute(select(DemoMessage.recipient, DemoMessage.text).order_by(DemoMessage.id))
    return [text for to, text in sent if to == recipient]


def news_to(recipient: str) -> list[str]:
    """The news of each notice: what stands between the signature and the matter."""
    read = [re.match(r"【管家通】(.+?)：", text) for text in texts_to(recipient)]
    return [one[1] for one in read if one is not None]


def nothing_is_wrong() -> None:
    """Every invariant holds, and every notice has arrived, once."""
    outbox.drain()
    assert [*checking.violations(), *notices_checking.violations()] == []
    notices = sorted(db.session.scalars(select(Notice.dedupe_id)))
    sent = select(OutboxMessage.dedupe_id).where(OutboxMessage.topic == "notice", OutboxMessage.sent_at.is_not(None))
    shown = select(DemoMessage.dedupe_id).where(DemoMessage.dedupe_id.in_(notices))
    assert sorted(db.session.scalars(sent)) == notices
    assert sorted(db.session.scalars(shown)) == notices
