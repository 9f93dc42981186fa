"""Cases over HTTP, as the contract says it."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from butler.cases.actions.alarms import ring_due
from butler.cases.models import Case, CaseStep
from butler.catalogue import queries as catalogue_queries
from butler.catalogue.models import MatterVersion
from butler.identity.models import SignIn
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.numbers import fingerprint, new_secret
from butler.kit.outbox import OutboxMessage
from butler.ratings.models import Rating
from factories import ERRAND_MATTER, HAND_OVER, Town
from statements import statements

Clock = Callable[[str], None]
URL = "/api/v1"
NOTHING_SPECIAL = {"no_calls": False, "no_texts": False, "reach": None, "sees_case": True}
"""Of who asked: reached as usual."""


class Api:
    """Somebody with a token."""

    def __init__(self, client: FlaskClient, actor: Actor | None) -> None:
        self.client = client
        self.token = new_secret()
        if actor is not None:
            sign_in = SignIn(
                token_hash=fingerprint(self.token),
                person_id=actor.person_id,
                face="api",
                created_at=clock.now(),
                seen_at=clock.now(),
                expires_at=clock.now().replace(year=2030),
            )
            db.session.add(sign_in)
            db.session.commit()

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(URL + path, headers=self._headers() | headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        given = self._headers() | {"Idempotency-Key": uuid.uuid4().hex} | headers
        return self.client.post(URL + path, json=body if body is not None else {}, headers=given)

    def step(self, case: dict[str, Any], step: str, **body: Any) -> Any:
        return self.post(f"/cases/{case['number']}/steps/{step}", body, **{"If-Match": f'"{case["version"]}"'})

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture
def morning(at: Clock, town: Town) -> Town:
    at("2026-11-23 09:00")
    return town


@pytest.fixture
def resident(client: FlaskClient, morning: Town) -> Api:
    return Api(client, morning.here.residents[0])


@pytest.fixture
def butler(client: FlaskClient, morning: Town) -> Api:
    return Api(client, morning.here.butler)


def wish(town: Town, **more: Any) -> dict[str, Any]:
    return {
        "kind": "errand",
        "matter_code": ERRAND_MATTER,
        "mode": "daytime",
        "card_token": town.here.card.token,
        "summary": "请帮我办一张卡",
        "consents": [HAND_OVER],
    } | more


def test_filing_answers_with_what_the_contract_promises(resident: Api, morning: Town) -> None:
    response = resident.post("/cases", wish(morning))

    assert response.status_code == 201
    case = response.json
    assert response.headers["Location"].endswith(f"/cases/{case['number']}")
    assert response.headers["ETag"] == f'"{case["version"]}"'
    assert (case["kind"], case["state"], case["stage"], case["version"]) == ("errand", "requested", "waiting", 1)
    assert case["desk"]["kind"] == "butler"
    assert [hop["kind"] for hop in case["path"]] == ["district", "street", "community", "grid", "butler"]
    assert case["due_at"] == "2026-11-23T11:00:00+08:00"
    assert case["due_why"] == "从11月23日（周一）09:00起算，2小时（只算上班时间），最晚11月23日（周一）11:00"
    assert case["allowed_steps"] == ["note", "urge", "cancel"]
    assert case["asker"] == {"name": "张北山街道", "phone": "10010600200", **NOTHING_SPECIAL}


def test_the_same_key_is_one_case_and_one_answer(resident: Api, morning: Town) -> None:
    key = {"Idempotency-Key": "a-key-of-sixteen-or-more"}
    first = resident.post("/cases", wish(morning), **key)
    again = resident.post("/cases", wish(morning), **key)
    other = resident.post("/cases", wish(morning, summary="别的事"), **key)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.json["code"] == "idempotency-key-reused"
    assert db.session.scalar(select(func.count()).select_from(Case)) == 1


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"matter_code": "M999"}, "/matter_code"),
        ({"matter_code": None}, "/matter_code"),
        ({"mode": None}, "/mode"),
        ({"kind": "repair"}, "/kind"),
        ({"card_token": None}, "/card_token"),
        ({"building_id": "1"}, "/building_id"),
        ({"card_token": None, "building_id": "999999999"}, "/building_id"),
        ({"card_token": None, "unit_code": "990000"}, "/unit_code"),
        ({"slot_id": "1-20260101"}, "/slot_id"),
        ({"mode": "off_hours", "slot_id": "1-20261332"}, "/slot_id"),
        ({"summary": "x" * 1001}, "/summary"),
        ({"summary": 5}, "/summary"),
        ({"surprise": 1}, "/surprise"),
        ({"urgency": "emergency"}, "/urgency"),
        ({"answers": []}, "/answers"),
        ({"answers": {"M012-Q1": "月球户籍"}}, "/answers/M012-Q1"),
        ({"answers": {"M012-Q1": ["杭州户籍", "外地户籍、常住杭州"]}}, "/answers/M012-Q1"),
        ({"answers": {"M001-Q1": "弹性提前退休"}}, "/answers"),
        ({"consents": [1]}, "/consents/0"),
        ({"beneficiary": {"delegation": "x"}}, "/beneficiary/delegation"),
    ],
)
def test_a_wish_with_a_mistake_changes_nothing(
    resident: Api, morning: Town, more: dict[str, Any], pointer: str
) -> None:
    body = {name: value for name, value in wish(morning, **more).items() if value is not None}

    response = resident.post("/cases", body)

    assert response.status_code == 422
    assert response.mimetype == "application/problem+json"
    assert pointer in [error["pointer"] for error in response.json["errors"]]
    assert db.session.scalar(select(func.count()).select_from(Case)) == 0
    assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_a_case_says_what_changed_in_its_matter_since(resident: Api, butler: Api, morning: Town) -> None:
    filed = resident.post("/cases", wish(morning, answers={"M012-Q1": "杭州户籍", "M012-Q2": "我不清楚"})).json
    matter = catalogue_queries.matter(ERRAND_MATTER)
    assert (filed["matter_revision"], filed["matter_changes"]) == (matter.revision, [])
    older = {**matter.plain(), "fee": "20元", "materials": matter.plain()["materials"][1:], "code": matter.code}
    older["situations"] = []
    kept = MatterVersion(code=matter.code, revision="a" * 12, content=older, kept_at=clock.now())
    db.session.add(kept)
    db.session.execute(update(Case).where(Case.number == filed["number"]).values(matter_revision="a" * 12))
    db.session.commit()

    for reader in (resident, butler):
        changes = [change["text"] for change in reader.get(f"/cases/{filed['number']}").json["matter_changes"]]
        assert changes[0] == "材料多了一样：居民身份证，带原件；手机里有电子证照的，不用带纸质的。"
        assert f"费用从“20元”改成“{matter.fee}”。" in changes


def test_a_matter_that_needs_the_person_is_refused_with_the_reason(resident: Api, morning: Town) -> None:
    response = resident.post("/cases", wish(morning, matter_code="M074"))

    assert (response.status_code, response.json["code"]) == (409, "state-conflict")
    assert "不能代办" in response.json["detail"]


def test_an_errand_the_answers_exclude_is_refused_with_what_is_possible(resident: Api, morning: Town) -> None:
    said = wish(morning, matter_code="M037", answers={"M037-Q1": "多人且未公证"})
    response = resident.post("/cases", said)

    assert (response.status_code, response.json["code"]) == (409, "state-conflict")
    assert response.json["detail"] == (
        "“住房公积金死亡提取”不能代办：继承人多又没有公证的，一般要全体继承人一起到窗口。"
        "可以窗口办、线上导办；您也可以改为咨询，管家陪您准备材料。"
    )
    assert resident.post("/cases", said | {"answers": {"M037-Q1": "唯一继承人或已公证"}}).status_code == 201


def test_a_question_whose_answers_exclude_an_errand_does_not_turn_into_one(
    resident: Api, butler: Api, morning: Town
) -> None:
    asked = wish(morning, matter_code="M037", kind="consult", answers={"M037-Q1": "多人且未公证"}, consents=[])
    del asked["mode"]
    question = butler.step(resident.post("/cases", asked).json, "claim").json

    refused = butler.step(question, "convert", matter_code="M037")

    assert refused.status_code == 409
    assert "一般要全体继承人一起到窗口" in refused.json["detail"]


def test_the_whole_way_over_http(resident: Api, butler: Api, morning: Town) -> None:
    filed = resident.post("/cases", wish(morning)).json
    case = butler.post("/queue/claim-next").json
    assert case["number"] == filed["number"]
    assert case["allowed_steps"][0] == "authorise"
    for step, body in (
        ("authorise", {}),
        ("receive_originals", {"items": [{"name": "近期免冠照片", "copies": 2}]}),
        ("submit", {"window": "2号窗口", "receipt_number": "R-1"}),
        ("record_result", {"result": "granted"}),
        ("return_originals", {}),
        ("resolve", {}),
    ):
        response = butler.step(case, step, **body)
        assert response.status_code == 200, response.json
        case = response.json
    mine = resident.get(f"/cases/{filed['number']}").json
    assert mine["allowed_steps"] == ["confirm", "note", "dispute"]
    mine = resident.step(mine, "confirm").json
    assert mine["allowed_steps"] == ["rate"]
    mine = resident.step(mine, "rate", grade=5, tags=[], note="好").json

    assert (mine["stage"], mine["outcome"]) == ("closed", "confirmed")
    assert db.session.scalars(select(Rating.grade)).all() == [5]
    lines = resident.get(f"/cases/{filed['number']}/timeline").json["items"]
    assert [line["seq"] for line in lines] == list(range(1, 11))
    assert lines[0]["who"] == "您"
    assert lines[1]["who"] == "陈管家"
    assert resident.step(mine, "rate", grade=1).status_code == 409


def test_a_step_needs_the_version_it_was_decided_on(resident: Api, morning: Town) -> None:
    case = resident.post("/cases", wish(morning)).json
    path = f"/cases/{case['number']}/steps/urge"

    assert resident.post(path).json["code"] == "precondition-required"
    assert resident.post(path, **{"If-Match": '"x"'}).status_code == 400
    stale = resident.post(path, **{"If-Match": '"99"'})
    assert (stale.status_code, stale.json["code"], stale.json["version"]) == (412, "edited-elsewhere", case["version"])
    assert resident.post(path, **{"If-Match": f'"{case["version"]}"'}).status_code == 200


def test_an_unchanged_case_is_not_sent_again(resident: Api, morning: Town) -> None:
    case = resident.post("/cases", wish(morning)).json

    assert resident.get(f"/cases/{case['number']}", **{"If-None-Match": '"1"'}).status_code == 304
    resident.step(case, "urge")
    assert resident.get(f"/cases/{case['number']}", **{"If-None-Match": '"1"'}).status_code == 200


def test_strangers_get_the_answer_of_a_missing_case(resident: Api, client: FlaskClient, morning: Town) -> None:
    number = resident.post("/cases", wish(morning)).json["number"]
    strangers = (morning.here.residents[1], morning.sibling.butler, morning.elsewhere.street_staff)
    for stranger in (Api(client, actor) for actor in strangers):
        for path in ("", "/timeline"):
            theirs = stranger.get(f"/cases/{number}{path}")
            nobodys = stranger.get(f"/cases/0000-0000-0000{path}")
            assert theirs.status_code == nobodys.status_code == 404
            assert _without_request(theirs.json) == _without_request(nobodys.json)
    assert Api(client, None).get(f"/cases/{number}").status_code == 401


def test_staff_above_see_it_masked(resident: Api, client: FlaskClient, morning: Town) -> None:
    number = resident.post("/cases", wish(morning)).json["number"]

    seen = Api(client, morning.here.street_staff).get(f"/cases/{number}").json

    assert seen["asker"] == {"name": "张**", "phone": "100****0200", **NOTHING_SPECIAL}
    assert seen["allowed_steps"] == ["dispatch", "note", "urge"]


def test_queue_is_in_the_order_of_claiming_and_pages(resident: Api, butler: Api, morning: Town) -> None:
    normal = [resident.post("/cases", wish(morning)).json["number"] for _ in range(3)]
    urgent = resident.post("/cases", wish(morning, urgency="urgent")).json["number"]
    first = butler.get("/queue?limit=2").json
    second = butler.get(f"/queue?limit=2&cursor={first['next_cursor']}").json

    assert [case["number"] for case in first["items"] + second["items"]] == [urgent, *normal]
    assert second["next_cursor"] is None
    assert butler.post("/queue/claim-next").json["number"] == urgent
    assert [case["number"] for case in butler.get("/cases?as=holder").json["items"]] == [urgent]
    assert len(butler.get("/cases?as=desk").json["items"]) == 4


def test_an_empty_queue_has_nothing_to_claim(butler: Api) -> None:
    response = butler.post("/queue/claim-next")

    assert (response.status_code, response.data) == (204, b"")


def test_lists_ask_the_same_number_of_questions_for_one_and_three(resident: Api, butler: Api, morning: Town) -> None:
    counts = []
    for wanted in (1, 3):
        while db.session.scalar(select(func.count()).select_from(Case)) < wanted:
            resident.post("/cases", wish(morning))
        with statements() as sent:
            assert len(butler.get("/queue").json["items"]) == wanted
        counts.append(len(sent))

    assert counts[0] == counts[1]


def test_escalations_show_the_late_case_once(resident: Api, client: FlaskClient, morning: Town, at: Clock) -> None:
    number = resident.post("/cases", wish(morning)).json["number"]
    worker = Api(client, morning.here.grid_worker)
    assert worker.get("/escalations").json["items"] == []
    at("2026-11-23 11:01")
    ring_due()

    items = worker.get("/escalations").json["items"]

    assert [(item["number"], item["late"]) for item in items] == [(number, True)]
    assert Api(client, morning.here.other_grid_worker).get("/escalations").json["items"] == []
    assert Api(client, morning.here.residents[0]).get("/escalations").status_code in (403, 404)


def test_a_booked_slot_is_a_promise_and_a_seat(resident: Api, morning: Town) -> None:
    from datetime import time

    from butler.org import actions as org

    org.add_slot_pattern(
        desk=morning.here.desk,
        weekday=0,
        starts=time(19),
        ends=time(20),
        place="服务中心",
        capacity=1,
        cutoff_minutes=60,
    )
    db.session.commit()
    slots = resident.get(f"/slots?card_token={morning.here.card.token}").json["items"]
    assert [slot["starts_at"] for slot in slots] == [
        "2026-11-23T19:00:00+08:00",
        "2026-11-30T19:00:00+08:00",
    ]
    case = resident.post("/cases", wish(morning, mode="off_hours", slot_id=slots[0]["id"])).json
    assert case["due_at"] == slots[0]["starts_at"]
    assert case["due_why"] == "您预约了11月23日（周一）19:00，在服务中心，管家会在这之前接单"

    full = resident.post("/cases", wish(morning, mode="off_hours", slot_id=slots[0]["id"]))
    assert (full.status_code, full.json["code"]) == (409, "state-conflict")
    assert resident.get(f"/slots?card_token={morning.here.card.token}").json["items"][0]["free"] == 0
    resident.step(case, "cancel")
    assert resident.get(f"/slots?card_token={morning.here.card.token}").json["items"][0]["free"] == 1


def test_an_unknown_step_is_not_an_address(resident: Api, morning: Town) -> None:
    case = resident.post("/cases", wish(morning)).json

    assert resident.step(case, "teleport").status_code == 404


def test_a_refused_step_leaves_no_line(resident: Api, morning: Town) -> None:
    case = resident.post("/cases", wish(morning)).json
    before = db.session.scalar(select(func.count()).select_from(CaseStep))

    assert resident.step(case, "confirm").status_code == 409
    assert resident.step(case, "cancel", note=7).status_code == 422
    assert db.session.scalar(select(func.count()).select_from(CaseStep)) == before


def _without_request(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "instance"}
