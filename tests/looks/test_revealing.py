"""Uncovering what is covered: who may, for what reason, how often, who hears of it; and what the resident reads."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from butler.cases.actions.alarms import ring_due
from butler.cases.actions.claiming import claim_next
from butler.cases.models import Case
from butler.identity import actions as identity
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.looks.models import Look, Reveal
from butler.looks.rules import Overseer, says_something, way_to_uncover, whom_to_tell
from butler.looks.states import Standing, Way
from butler.notifications.models import Notice
from factories import LONG_AGO, Town, actor_of, file_errand
from surfing import browser_of
from tests.looks.conftest import bearer_of

Clock = Callable[[str], None]
MONDAY = "2026-11-23 09:00"
WISH = {"fields": ["phone", "name"], "reason": "contact", "words": "居民打电话来催，要回电"}
GLASS = WISH | {"words": "有人说老人三天没有出门，要马上打电话", "break_glass": True}


_TENS = count(1_000, 1_000)  # keys of one person are their own, whichever program sends them


class Api:
    """Somebody's program."""

    def __init__(self, client: FlaskClient, actor: Actor) -> None:
        self.client, self.bearer, self.keys = client, bearer_of(actor), next(_TENS)
        db.session.commit()

    def reveal(self, case: Case, wish: Mapping[str, Any] = WISH) -> Any:
        self.keys += 1
        headers = self.bearer | {"Idempotency-Key": f"{self.keys:020}"}
        return self.client.post(f"/api/v1/cases/{case.number}/reveal", json=wish, headers=headers)

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.bearer)


def officer_of(town: Town, role: Role = Role.PRIVACY_OFFICER) -> Actor:
    """Somebody appointed in the district."""
    person = Person(name="钱隐", is_demo=True, created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    identity.appoint(person=person, role=role, unit=town.district, since=LONG_AGO)
    return actor_of(person)


@pytest.fixture
def case(town: Town, at: Clock) -> Case:
    at(MONDAY)
    case = file_errand(town.here.residents[0], town.here)
    db.session.commit()
    return case


def asker_of(case: Case) -> Person:
    return db.session.get_one(Person, case.asker_id)


def notices(case: Case) -> list[tuple[int, str]]:
    glass = select(Notice).where(Notice.dedupe_id.contains("glass"))
    return sorted((row.person_id, row.text) for row in db.session.scalars(glass))


def test_a_colleague_uncovers_a_phone_for_a_quarter_of_an_hour(
    client: FlaskClient, town: Town, case: Case, at: Clock
) -> None:
    api, asker = Api(client, town.here.butler), asker_of(case)
    covered = api.get(f"/cases/{case.number}").json["asker"]

    answer = api.reveal(case)

    assert (answer.status_code, answer.json) == (
        201,
        {
            "number": case.number,
            "fields": ["name", "phone"],
            "until": "2026-11-23T09:15:00+08:00",
            "break_glass": False,
        },
    )
    at("2026-11-23 09:14")
    shown = api.get(f"/cases/{case.number}").json
    read = {name: shown["asker"][name] for name in ("name", "phone")}
    assert (read, shown["uncovered"]) == ({"name": asker.name, "phone": asker.phone}, ["name", "phone"])
    at("2026-11-23 09:15")
    again = api.get(f"/cases/{case.number}").json
    assert (again["asker"], again["uncovered"], again["uncovered_until"]) == (covered, [], None)
    assert covered["phone"] != asker.phone
    assert notices(case) == []


def test_what_is_uncovered_is_never_answered_with_not_modified(client: FlaskClient, town: Town, case: Case) -> None:
    api = Api(client, town.here.butler)
    seen = api.get(f"/cases/{case.number}").headers["ETag"]
    headers = api.bearer | {"If-None-Match": seen}
    assert client.get(f"/api/v1/cases/{case.number}", headers=headers).status_code == 304

    api.reveal(case)

    assert client.get(f"/api/v1/cases/{case.number}", headers=headers).json["uncovered"] == ["name", "phone"]


def test_it_holds_for_this_person_and_this_case_alone(client: FlaskClient, town: Town, case: Case) -> None:
    other = file_errand(town.here.residents[1], town.here)
    Api(client, town.here.butler).reveal(case)

    assert Api(client, town.here.butler).get(f"/cases/{other.number}").json["uncovered"] == []
    assert Api(client, town.here.street_staff).get(f"/cases/{case.number}").json["uncovered"] == []


def test_the_front_door_is_for_who_has_it_in_hand_or_uncovers_it(client: FlaskClient, town: Town, case: Case) -> None:
    api = Api(client, town.here.butler)
    assert api.get(f"/cases/{case.number}").json["door"] is None

    api.reveal(case, WISH | {"fields": ["address"], "reason": "visit", "words": "下午上门收材料"})

    assert api.get(f"/cases/{case.number}").json["door"] == "1单元101"


def test_who_takes_a_case_sees_where_to_go(client: FlaskClient, town: Town, case: Case) -> None:
    claim_next(town.here.butler)

    shown = Api(client, town.here.butler).get(f"/cases/{case.number}").json

    assert (shown["door"], shown["uncovered"]) == ("1单元101", [])


@pytest.mark.parametrize(
    ("who", "wish", "status"),
    [
        ("butler", WISH, 201),
        ("butler", WISH | {"words": "啊啊啊啊啊啊"}, 422),
        ("butler", WISH | {"words": "看一下"}, 422),
        ("butler", WISH | {"fields": []}, 422),
        ("butler", WISH | {"fields": ["outline"]}, 422),
        ("butler", WISH | {"reason": "curious"}, 422),
        ("other_butler", WISH, 404),
        ("grid_worker", WISH, 404),
        ("community_staff", WISH, 403),
        ("street_staff", WISH, 403),
        ("street_staff", GLASS, 201),
        ("street_staff", GLASS | {"words": "领导要看一看"}, 422),
    ],
)
def test_who_may_uncover(
    client: FlaskClient, town: Town, case: Case, who: str, wish: dict[str, Any], status: int
) -> None:
    assert Api(client, getattr(town.here, who)).reveal(case, wish).status_code == status
    assert (len(db.session.scalars(select(Reveal)).all()) > 0) == (status == 201)


def test_a_sibling_street_and_another_district_know_of_nothing(client: FlaskClient, town: Town, case: Case) -> None:
    for actor in (town.sibling.street_staff, town.elsewhere.butler, town.here.residents[1]):
        assert Api(client, actor).reveal(case, GLASS).status_code in (403, 404)
    assert db.session.scalars(select(Look)).all() == []


def test_who_answers_for_a_late_case_gives_a_reason_and_breaks_nothing(
    client: FlaskClient, town: Town, case: Case, at: Clock
) -> None:
    at("2026-11-23 14:30")
    ring_due()

    assert Api(client, town.here.grid_worker).reveal(case).json["break_glass"] is False


def test_breaking_the_glass_tells_lead_and_officer_at_once(client: FlaskClient, town: Town, case: Case) -> None:
    officer = officer_of(town)
    text = f"【管家通】紧急查看：单号{case.number}。孙街道工作人员看了平时遮住的内容，请核对是否必要。"

    assert Api(client, town.here.street_staff).reveal(case, GLASS).json["break_glass"] is True

    told = sorted([town.district_staff.person_id, officer.person_id])
    assert notices(case) == [(person, text) for person in told]
    assert len(text) <= 70
    assert asker_of(case).name not in text


def test_so_often_and_no_more(client: FlaskClient, town: Town, case: Case, at: Clock) -> None:
    api = Api(client, town.here.butler)
    assert [api.reveal(case).status_code for _ in range(11)] == [201] * 10 + [429]
    at("2026-11-23 10:01")
    api = Api(client, town.here.butler)
    assert api.reveal(case).status_code == 201

    above = Api(client, town.here.street_staff)
    assert [above.reveal(case, GLASS).status_code for _ in range(4)] == [201] * 3 + [429]


def test_the_resident_reads_who_looked_and_why(client: FlaskClient, town: Town, case: Case, at: Clock) -> None:
    butler, above, owner = (Api(client, one) for one in (town.here.butler, town.here.street_staff, case_owner(town)))
    for _ in range(3):
        butler.get("/queue")
    at("2026-11-23 09:05")
    butler.reveal(case)
    at("2026-11-23 09:06")
    butler.get(f"/cases/{case.number}")
    at("2026-11-24 10:00")
    above.get(f"/cases/{case.number}/timeline")

    answer = owner.get(f"/cases/{case.number}/access-log").json

    at("2026-11-24 18:00")
    assert [item["sentence"] for item in answer["items"]] == [
        "今天 10:00，孙街道工作人员看了这件事的经过（事项和进度），因为负责督促这件事。",
        "11月23日（周一） 09:06，陈管家打开了这件事，看到姓名、电话、写的话、事项和进度，因为这件事转到了这个岗位。",
        "11月23日（周一） 09:05，陈管家写明理由，查看了平时遮住的姓名、电话，因为这件事转到了这个岗位。"
        "写的理由：联系居民，“居民打电话来催，要回电”。",
        "11月23日（周一） 09:00，陈管家在工作列表里看到了这件事（事项和进度），因为这件事转到了这个岗位。",
    ]
    assert [(item["who"], item["kind"], item["reason"]) for item in answer["items"]] == [
        ("孙街道工作人员", "summary", None),
        ("陈管家", "full", None),
        ("陈管家", "reveal", "contact"),
        ("陈管家", "list", None),
    ]


def case_owner(town: Town) -> Actor:
    return town.here.residents[0]


def test_pages_of_the_log_follow_one_another(client: FlaskClient, town: Town, case: Case, at: Clock) -> None:
    butler, owner = Api(client, town.here.butler), Api(client, case_owner(town))
    for minute in range(5):
        at(f"2026-11-23 09:{minute:02}")
        butler.get(f"/cases/{case.number}")
    path, seen, cursor = f"/cases/{case.number}/access-log?limit=2", [], ""
    for _ in range(3):
        page = owner.get(path + (f"&cursor={cursor}" if cursor else "")).json
        seen += [item["at"][14:16] for item in page["items"]]
        cursor = page["next_cursor"]

    assert (seen, cursor) == (["04", "03", "02", "01", "00"], None)
    assert owner.get(path + "&cursor=nonsense").status_code == 400


def test_nobody_else_reads_the_log_of_a_case(client: FlaskClient, town: Town, case: Case) -> None:
    for actor in (town.here.butler, town.here.street_staff, town.here.residents[1], officer_of(town)):
        assert Api(client, actor).get(f"/cases/{case.number}/access-log").status_code == 404


def test_the_same_on_pages(client: FlaskClient, town: Town, case: Case) -> None:
    phone = asker_of(case).phone or ""
    desk = browser_of(client, town.here.butler.person_id)
    db.session.commit()
    desk.open(f"/desk/cases/{case.number}")
    assert phone not in desk.text

    desk.follow("临时查看电话等").press("查看 15 分钟", reason="contact", words="")
    assert desk.status == 422
    assert "至少 4 个字" in desk.text
    desk.press("查看 15 分钟", reason="contact", words="约上门时间", fields=["phone", "address"])

    assert phone in desk.text
    assert "1单元101" in desk.text
    assert "正在临时查看：电话、门牌" in desk.text
    home = browser_of(client, case_owner(town).person_id).open(f"/my/cases/{case.number}").follow("谁看过我的申请")
    assert "陈管家写明理由，查看了平时遮住的电话、门牌" in home.text
    assert "约上门时间" in home.text
    assert case.matter_name in home.open("/my/looks").text
    assert browser_of(client, town.here.residents[1].person_id).open("/my/looks").text.count("陈管家") == 0


def test_breaking_the_glass_on_a_page_has_to_be_meant(client: FlaskClient, town: Town, case: Case) -> None:
    above = browser_of(client, town.here.street_staff.person_id)
    db.session.commit()
    above.open(f"/desk/cases/{case.number}").follow("紧急查看")
    filled = {"reason": "danger", "words": GLASS["words"]}

    above.press("紧急查看 15 分钟", **filled)
    assert above.status == 403
    above.open(f"/desk/cases/{case.number}/reveal").press("紧急查看 15 分钟", break_glass="1", **filled)

    assert (asker_of(case).phone or "") in above.text


WAYS: dict[tuple[Standing, bool], Way | None] = {
    (Standing.HOLDER, False): Way.REASON,
    (Standing.HOLDER, True): Way.REASON,
    (Standing.DESK, False): Way.REASON,
    (Standing.DESK, True): Way.REASON,
    (Standing.ABOVE, False): Way.BREAK_GLASS,
    (Standing.ABOVE, True): Way.REASON,
    (Standing.OWN, False): None,
    (Standing.OWN, True): None,
    (Standing.NONE, False): None,
    (Standing.NONE, True): None,
}


def test_the_whole_table_of_ways() -> None:
    found = {
        (standing, answers): way_to_uncover(standing, answers_for_it=answers)
        for standing in Standing
        for answers in (False, True)
    }
    assert found == WAYS


@pytest.mark.parametrize(
    ("text", "way", "enough"),
    [
        ("", Way.REASON, False),
        ("回电话", Way.REASON, False),
        ("给他回电", Way.REASON, True),
        ("。。。。。。。。", Way.REASON, False),
        ("1111", Way.REASON, False),
        ("要给居民回个电话", Way.BREAK_GLASS, False),
        ("邻居说老人三天没出门了", Way.BREAK_GLASS, True),
        ("急急急急急急急急急急急", Way.BREAK_GLASS, False),
    ],
)
def test_words_that_say_something(text: str, way: Way, enough: bool) -> None:
    assert says_something(text, way) is enough


def test_who_is_told_of_broken_glass() -> None:
    street, district = "33.3301.330106.330106002", "33.3301.330106"
    people = [
        Overseer(1, Role.STREET_STAFF, street),
        Overseer(2, Role.DISTRICT_STAFF, district),
        Overseer(3, Role.PRIVACY_OFFICER, district),
        Overseer(4, Role.PROPERTY_LEAD, street),
        Overseer(5, Role.ADMINISTRATOR, district),
    ]

    def told(role: Role, looker: int = 9, some: list[Overseer] = people) -> list[int]:
        return whom_to_tell(some, unit_path=f"{street}.330106002051", role=role, looker_id=looker)

    assert told(Role.COMMUNITY_STAFF) == [1, 3]
    assert told(Role.BUTLER) == [4, 3]
    assert told(Role.BUTLER, some=people[:3]) == [1, 3]
    assert told(Role.COMMUNITY_STAFF, looker=1) == [2, 3]
    assert told(Role.COMMUNITY_STAFF, some=[]) == []
