"""Guardians of adults: by a decision the community's staff were shown, in the ward's sight, up to a day, ended by staff."""

import pytest
from sqlalchemy.exc import IntegrityError

from butler.families import actions, queries
from butler.families.models import Delegation
from butler.families.states import Power
from butler.identity.models import Person
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Invalid
from butler.kit.outbox import OutboxMessage
from factories import actor_of, file_errand
from surfing import browser_of

GUARDIAN = "10098760071"


@pytest.fixture
def shown(family, town):
    """What the community's staff were shown about the parent of the family."""
    ward = db.session.get_one(Person, family.parent.person_id)
    return {
        "ward_name": ward.name, "ward_phone": ward.phone, "name": "张弟", "phone": GUARDIAN,
        "paper": "court_decision", "issuer": "西湖区人民法院", "issued_on": "2026-10-08", "until": "2029-11-23",
    }  # fmt: skip


def note(call, town, shown, **other):
    return call(town.here.community_staff, "POST", "/delegations/adult-guardians", shown | other)


def guardian_of():
    return actor_of(db.session.query(Person).filter(Person.has_phone(GUARDIAN)).one())


def test_noted_by_the_community_seen_by_both_used_and_over(call, family, town, shown, at):
    noted = note(call, town, shown)
    assert (noted.status_code, noted.json["ends_at"]) == (201, "2029-11-24T00:00:00+08:00")
    ward, guardian = family.parent, guardian_of()
    path = f"/delegations/{noted.json['id']}"
    for who, direction in ((ward, "given"), (guardian, "received")):
        one = call(who, "GET", path).json
        assert (one["direction"], one["basis"], one["may"]) == (direction, "adult_guardianship", [])
        assert (one["paper"], one["issuer"], one["issued_on"]) == ("court_decision", "西湖区人民法院", "2026-10-08")
        assert call(who, "POST", f"{path}/end").status_code == 409
    told = db.session.query(OutboxMessage).filter_by(topic="word").all()
    assert {one.payload["person_id"] for one in told} == {ward.person_id, guardian.person_id}

    case = file_errand(guardian, town.here, beneficiary={"delegation": int(noted.json["id"])})
    assert call(ward, "GET", f"/cases/{case.number}").status_code == 200
    with pytest.raises(Invalid):  # an adult's affairs are kept from nobody
        file_errand(guardian, town.here, beneficiary={"delegation": int(noted.json["id"])}, beneficiary_sees=False)
    wish = {"acts": ["ask"], "until": "2026-12-31", "name": "邻居", "phone": "10098760072"}
    refused = call(ward, "POST", "/delegations/grants", wish)
    assert (refused.status_code, refused.json["code"]) == (409, "guardian-needed")
    own = {"kind": "consult", "building_id": str(town.here.buildings[0].id), "summary": "我想问问"}
    assert call(ward, "POST", "/cases", own).status_code == 201, "a ward may still ask for themselves"

    over = {"ward_name": shown["ward_name"], "phone": GUARDIAN, "why": "decided"}
    assert call(town.here.butler, "POST", "/delegations/guardians/end", over).status_code == 403
    assert call(town.elsewhere.community_staff, "POST", "/delegations/guardians/end", over).status_code == 403
    assert call(town.here.community_staff, "POST", "/delegations/guardians/end", over).json["state"] == "ended"
    assert call(town.here.community_staff, "POST", "/delegations/guardians/end", over).status_code == 422
    assert call(guardian, "GET", f"/cases/{case.number}").status_code == 404
    assert call(ward, "GET", f"/cases/{case.number}").status_code == 200


WRONG = [
    ({"paper": "household_register"}, "/paper"),
    ({"issued_on": "2026-11-24"}, "/issued_on"),
    ({"until": "2026-11-22"}, "/until"),
    ({"until": "2029-11-24"}, "/until"),
    ({"ward_phone": None}, "/ward_phone"),
    ({"issuer": ""}, "/issuer"),
]


def test_what_cannot_be_noted(call, family, town, shown):
    for wrong, pointer in [*WRONG, ({"phone": shown["ward_phone"]}, "/phone")]:
        answer = note(call, town, shown, **wrong)
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)
    for who in (town.here.butler, town.sibling.community_staff, town.elsewhere.community_staff, family.parent):
        answer = call(who, "POST", "/delegations/adult-guardians", shown)
        assert answer.status_code == 403, answer.json
    assert db.session.query(Delegation).count() == 0


def test_it_ends_with_its_day(call, family, town, shown, at):
    noted = note(call, town, shown, until="2026-12-31")
    guardian, ward = guardian_of(), family.parent
    at("2026-12-31 23:59:59")
    assert Power.MANDATE in queries.powers_for(ward.person_id, guardian.person_id, None, clock.now())
    at("2027-01-01 00:00:00")
    assert queries.powers_for(ward.person_id, guardian.person_id, None, clock.now()) == frozenset()
    assert actions.end_what_is_over() == 1
    one = db.session.get_one(Delegation, int(noted.json["id"]))
    assert (one.state, one.ended_why) == ("ended", "expired")


def test_somebody_without_a_telephone_by_their_door(call, family, town, shown):
    door = {"ward_name": "赵奶", "ward_phone": None, "building_id": str(town.here.buildings[0].id), "door": "1单元101"}
    assert note(call, town, shown, **door).status_code == 201
    one = db.session.query(Delegation).one()
    assert db.session.get_one(Person, one.grantor_id).name == "赵奶"


def test_a_mistake_about_a_child_is_put_right(call, family, town):
    """An adult's telephone was written down as the child's: until it is put right they can ask for nothing."""
    phone = db.session.get_one(Person, family.child.person_id).phone
    adult = db.session.get_one(Person, family.parent.person_id)
    body = {"child_name": "小宝", "born_on": "2015-06-01", "name": "李妈", "paper": "birth_certificate", "phone": phone}
    assert (
        call(town.here.butler, "POST", "/delegations/guardians", body | {"child_phone": adult.phone}).status_code == 201
    )
    assert queries.is_under_14(adult.id, clock.now())
    over = {"ward_name": adult.name, "phone": phone, "why": "mistaken"}
    assert call(town.here.community_staff, "POST", "/delegations/guardians/end", over).status_code == 200
    assert not queries.is_under_14(adult.id, clock.now())


def test_the_database_holds_it(call, family, town, shown):
    noted = note(call, town, shown)
    for sets, name in (
        ("issued_on = NULL", "adult_guardian_has_decision"),
        ("ends_at = starts_at + interval '4 years'", "adult_guardian_for_three_years"),
        ("matters = '{M012}'", "guardian_in_every_matter"),
    ):
        with pytest.raises(IntegrityError, match=name), db.session.begin_nested():
            db.session.connection().exec_driver_sql(f"UPDATE delegations SET {sets} WHERE id = {noted.json['id']}")


def test_over_the_pages(client, family, town, shown):
    page = browser_of(client, town.here.community_staff.person_id).open("/desk")
    page.follow("登记成年人的监护人")
    page.press("登记监护人", **{name: value for name, value in shown.items() if name != "issuer"})
    assert "哪里出的" in page.text
    page.press("登记监护人", **shown)
    assert "登记好了" in page.text
    page.follow("监护结束了，或者登记错了")
    page.press("结束监护登记", ward_name=shown["ward_name"], phone=GUARDIAN, why="decided")
    assert "结束了，马上有效" in page.text
