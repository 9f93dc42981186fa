"""Finding people: exactly, within reach, masked, written down, limited; and the budget of people a day."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from butler.cases.actions.claiming import claim_next
from butler.cases.models import Case
from butler.identity.scope import Actor
from butler.kit.database import db
from butler.looks.actions import ReasonRequired, Seen, record_looks
from butler.looks.models import Look, LookReason
from butler.looks.rules import PEOPLE_A_DAY
from butler.looks.states import LookKind, Standing
from factories import Town, file_consult
from surfing import browser_of
from tests.looks.conftest import bearer_of

Clock = Callable[[str], None]
WORDS = "今天做回访，社区安排我打一百个电话"


@pytest.fixture
def case(town: Town, at: Clock) -> Case:
    at("2026-11-23 09:00")
    case = file_consult(town.here.residents[0], town.here)
    db.session.commit()
    return case


def phone_of(town: Town) -> str:
    return f"100{town.here.street.code[3:]}00"


def searching(client: FlaskClient, actor: Actor) -> Callable[[str, str], Any]:
    headers = bearer_of(actor)
    db.session.commit()
    return lambda by, text: client.post("/api/v1/cases/search", json={"by": by, "text": text}, headers=headers)


def test_a_person_is_found_by_the_whole_of_something_and_by_nothing_less(
    client: FlaskClient, town: Town, case: Case
) -> None:
    name, phone = town.here.residents[0].name, phone_of(town)
    search = searching(client, town.here.butler)
    asked = [
        ("name", name), ("name", f" {name} "), ("phone", phone), ("phone", f"+86 {phone[:3]}-{phone[3:]}"),
        ("number", case.number), ("number", case.number.lower().replace("-", "")),
        ("name", name[:-1]), ("name", name[0]), ("name", "%"), ("name", "李北山街道"), ("number", "7K3M"),
    ]  # fmt: skip

    found = [[item["number"] for item in search(by, text).json["items"]] for by, text in asked]

    assert found == [[case.number]] * 6 + [[]] * 5
    assert [search("phone", text).status_code for text in (phone[:-1], "%", "")] == [422] * 3


def test_what_is_found_is_masked_and_written_down(client: FlaskClient, town: Town, case: Case) -> None:
    answer = searching(client, town.here.butler)("name", town.here.residents[0].name)

    assert answer.json["items"][0]["beneficiary"] == {"name": "张**", "phone": f"100****{phone_of(town)[-4:]}"}
    assert town.here.residents[0].name not in answer.text
    searching(client, town.here.butler)("name", "没有这个人")
    rows = db.session.execute(
        select(Look.kind, Look.reason, Look.person_id, Look.case_id, Look.sealed_words).order_by(Look.id)
    )
    assert [tuple(row) for row in rows] == [
        ("search", "name", case.beneficiary_id, case.id, None),
        ("search", "name", None, None, None),
    ]
    log = client.get(f"/api/v1/cases/{case.number}/access-log", headers=bearer_of(town.here.residents[0])).json
    assert log["items"][0]["sentence"] == "今天 09:00，陈管家查找时看到了，因为这件事转到了这个岗位。按姓名查找。"


def test_nobody_is_found_outside_ones_reach(client: FlaskClient, town: Town, case: Case) -> None:
    reach = {
        town.here.butler: 1, town.here.community_staff: 1, town.here.street_staff: 1, town.district_staff: 1,
        town.here.grid_worker: 0, town.here.other_butler: 0, town.sibling.street_staff: 0, town.elsewhere.butler: 0,
    }  # fmt: skip
    for actor, expected in reach.items():
        search = searching(client, actor)
        for by, text in (("name", town.here.residents[0].name), ("phone", phone_of(town)), ("number", case.number)):
            assert len(search(by, text).json["items"]) == expected, (actor.name, by)
    assert searching(client, town.here.residents[0])("name", "张").status_code == 403


def test_so_many_searches_and_the_refused_ones_are_written_down_too(
    client: FlaskClient, town: Town, case: Case, at: Clock
) -> None:
    search = searching(client, town.here.butler)
    for number in range(30):
        at(f"2026-11-23 09:{number:02}")
        assert search("name", town.here.residents[0].name).status_code == 200
    at("2026-11-23 09:45")

    refused = search("name", town.here.residents[0].name)

    assert (refused.status_code, refused.json["code"], "Retry-After" in refused.headers) == (429, "rate-limited", True)
    assert db.session.scalars(select(Look.refused).order_by(Look.id)).all() == [False] * 30 + [True]
    at("2026-11-23 10:01")
    assert search("number", case.number).status_code == 200


def test_the_same_on_a_page(client: FlaskClient, town: Town, case: Case) -> None:
    desk = browser_of(client, town.here.butler.person_id)
    db.session.commit()
    desk.open("/desk/search").press("找", by="phone", text="12")
    assert (desk.status, "手机号要写 11 位数字" in desk.text) == (422, True)
    desk.press("找", by="name", text=town.here.residents[0].name)
    assert "找到 1 件" in desk.text
    assert desk.address == "/desk/search"  # the name is in no address
    desk.press("找", by="name", text="没有这个人")
    assert "没有找到" in desk.text


def test_after_so_many_people_a_reason_is_needed(client: FlaskClient, town: Town, case: Case) -> None:
    desk = browser_of(client, town.here.butler.person_id)
    headers = bearer_of(town.here.butler)
    for person in range(PEOPLE_A_DAY):
        record_looks(town.here.butler, LookKind.FULL, [Seen(10**9 + person, 1, "330106", Standing.DESK)])
    db.session.commit()
    count = len(db.session.scalars(select(Look.id)).all())
    path = f"/api/v1/cases/{case.number}"

    refused = client.get(path, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (403, "reason-required")
    assert case.summary not in refused.text
    assert len(db.session.scalars(select(Look.id)).all()) == count
    assert client.get("/api/v1/queue", headers=headers).status_code == 200  # lists go on

    desk.open(f"/desk/cases/{case.number}").press("写好了，接着看", words="还要看")
    assert desk.status == 422
    desk.press("写好了，接着看", words=WORDS)
    assert desk.address == f"/desk/cases/{case.number}"
    assert client.get(path, headers=headers).status_code == 200
    assert [one.words for one in db.session.scalars(select(LookReason))] == [WORDS]


def test_work_in_hand_is_never_stopped_and_a_new_day_begins_anew(town: Town, case: Case, at: Clock) -> None:
    butler = town.here.butler
    for person in range(PEOPLE_A_DAY):
        record_looks(butler, LookKind.FULL, [Seen(10**9 + person, 1, "330106", Standing.ABOVE)])
    claim_next(butler)
    record_looks(butler, LookKind.FULL, [Seen(case.beneficiary_id, case.id, "330106", Standing.HOLDER)])
    record_looks(butler, LookKind.FULL, [Seen(10**9, 1, "330106", Standing.ABOVE)])  # seen before
    with pytest.raises(ReasonRequired):
        record_looks(butler, LookKind.FULL, [Seen(7, 1, "330106", Standing.ABOVE)])
    at("2026-11-24 00:00")
    record_looks(butler, LookKind.FULL, [Seen(7, 1, "330106", Standing.ABOVE)])
