"""Asking for an authority, giving it, refusing it, ending it."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from butler.families import actions
from butler.families.models import Delegation
from butler.families.states import DelegationState, Power
from butler.identity.models import Person
from butler.kit.database import db
from butler.kit.outbox import OutboxMessage
from factories import actor_of

WISH = {"name": "爸爸", "acts": ["ask", "decide"], "until": "2027-01-31"}


def phone_of(actor):
    return db.session.get_one(Person, actor.person_id).phone


def told():
    """What is on its way out about families: (person, text), the oldest first."""
    words = db.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "word").order_by(OutboxMessage.id))
    return [(one.payload["person_id"], one.payload["text"]) for one in words]


def propose(call, family, **more):
    return call(family.child, "POST", "/delegations", {**WISH, "phone": phone_of(family.parent), **more})


def test_a_parent_is_asked_gives_less_and_takes_it_back(call, family):
    asked = propose(call, family, acts=["ask", "decide", "mandate"])
    assert asked.status_code == 201
    assert (asked.json["state"], asked.json["may"], asked.json["direction"]) == ("proposed", ["end"], "received")
    path = f"/delegations/{asked.json['id']}"
    seen = call(family.parent, "GET", path).json
    assert (seen["direction"], seen["may"], seen["other"]["name"]) == ("given", ["agree", "refuse"], family.child.name)

    agreed = call(family.parent, "POST", f"{path}/agree", {"acts": ["ask"], "matters": ["M012"], "until": "2026-12-31"})

    assert agreed.status_code == 200
    assert (agreed.json["state"], agreed.json["acts"]) == ("in_force", ["ask", "follow"])
    assert [matter["code"] for matter in agreed.json["matters"]] == ["M012"]
    assert agreed.json["ends_at"] == "2027-01-01T00:00:00+08:00"
    assert call(family.child, "POST", f"{path}/agree", {"acts": ["ask"]}).status_code == 409

    ended = call(family.parent, "POST", f"{path}/end")
    assert (ended.json["state"], ended.json["ended_why"], ended.json["may"]) == ("ended", "revoked", [])
    assert call(family.parent, "POST", f"{path}/end").status_code == 409
    assert [person for person, _ in told()] == [
        family.parent.person_id, family.child.person_id, family.child.person_id,
    ]  # fmt: skip
    assert "张某（尾号" in told()[0][1]


def test_a_parent_gives_without_being_asked_and_gives_anew(call, family):
    wish = {**WISH, "name": "女儿", "phone": phone_of(family.child)}
    first = call(family.parent, "POST", "/delegations/grants", wish).json
    second = call(family.parent, "POST", "/delegations/grants", {**wish, "acts": ["ask"], "until": "2027-11-23"})

    assert (first["state"], second.status_code, second.json["state"]) == ("in_force", 201, "in_force")
    before = db.session.get_one(Delegation, int(first["id"]))
    assert (before.state, before.ended_why) == ("ended", "replaced")
    mine = call(family.child, "GET", "/delegations?limit=1").json
    assert [one["id"] for one in mine["items"]] == [second.json["id"]]
    older = call(family.child, "GET", f"/delegations?limit=1&cursor={mine['next_cursor']}").json
    assert [one["id"] for one in older["items"]] == [first["id"]]


def test_a_no_is_a_no_for_a_month(call, family, at):
    path = f"/delegations/{propose(call, family).json['id']}"
    assert call(family.parent, "POST", f"{path}/refuse").json["state"] == "refused"
    assert call(family.parent, "POST", f"{path}/agree", {"acts": ["ask"]}).status_code == 409

    at("2026-12-22 09:00")
    assert propose(call, family).status_code == 409
    at("2026-12-23 09:00")
    assert propose(call, family).status_code == 201


def test_nobody_learns_from_a_number_whose_it_is(call, family):
    known = propose(call, family)
    unknown = call(family.child, "POST", "/delegations", {**WISH, "phone": "10098760000"})

    def told_of(answer):
        changing = {"id", "other"}
        return answer.status_code, {name: it for name, it in answer.json.items() if name not in changing}

    assert told_of(known) == told_of(unknown)
    assert [one.json["other"]["name"] for one in (known, unknown)] == ["爸爸", "爸爸"]
    listed = call(family.child, "GET", "/delegations").json["items"]
    assert {one["other"]["name"] for one in listed} == {"爸爸"}
    given = call(family.parent, "POST", "/delegations/grants", {**WISH, "name": "弟弟", "phone": "10098760000"}).json
    assert given["other"]["name"] == "弟弟"


def test_nobody_is_pestered(call, family, town, at):
    statuses = [
        call(family.child, "POST", "/delegations", {**WISH, "phone": f"1009876000{number}"}).status_code
        for number in range(4)
    ]
    assert statuses == [201, 201, 201, 429]
    others = [town.sibling.residents[0], town.sibling.residents[1], town.elsewhere.residents[0]]
    wish = {**WISH, "phone": phone_of(family.parent)}
    assert [call(one, "POST", "/delegations", wish).status_code for one in others] == [201, 201, 429]
    assert propose(call, family).status_code == 429
    at("2026-11-24 09:00")
    assert propose(call, family).status_code == 201
    assert propose(call, family).status_code == 409, "one is open already"


WRONG = [
    ({"acts": []}, "/acts"),
    ({"acts": ["sell"]}, "/acts/0"),
    ({"until": "2026-11-22"}, "/until"),
    ({"until": "2027-11-24"}, "/until"),
    ({"matters": ["M999"]}, "/matters"),
    ({"phone": "12"}, "/phone"),
    ({"name": ""}, "/name"),
]


def test_what_cannot_be_asked_for(call, family):
    for wrong, pointer in [*WRONG, ({"phone": phone_of(family.child)}, "/phone")]:
        answer = propose(call, family, **wrong)
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_wider_than_asked_is_not_agreed_to(call, family):
    path = f"/delegations/{propose(call, family, matters=['M012'], acts=['ask']).json['id']}/agree"
    for body, pointer in (
        ({"acts": ["ask", "mandate"], "matters": ["M012"]}, "/acts"),
        ({"acts": ["ask"]}, "/matters"),
        ({"acts": ["ask"], "matters": ["M016"]}, "/matters"),
        ({"acts": ["ask"], "matters": ["M012"], "until": "2027-02-01"}, "/until"),
    ):
        answer = call(family.parent, "POST", path, body)
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)
    assert call(family.parent, "POST", path, {"acts": ["ask"], "matters": ["M012"]}).status_code == 200


def test_what_is_not_yours_is_not_there(call, family, town):
    path = f"/delegations/{propose(call, family).json['id']}"
    stranger = town.sibling.residents[0]
    theirs = [call(stranger, "GET", path), call(stranger, "POST", f"{path}/end")]
    nothing = [call(stranger, "GET", "/delegations/999999"), call(stranger, "POST", "/delegations/999999/end")]
    assert [one.status_code for one in theirs] == [404, 404]
    assert [one.json["detail"] for one in theirs] == [one.json["detail"] for one in nothing]


def test_time_ends_it_and_both_are_told(call, family, at):
    one = propose(call, family, until="2026-11-30").json
    path = f"/delegations/{one['id']}"
    call(family.parent, "POST", f"{path}/agree", {"acts": ["ask"]})
    lapsing = call(family.child, "POST", "/delegations", {**WISH, "phone": "10098760001"}).json

    at("2026-11-30 23:59:59")
    assert (call(family.child, "GET", path).json["state"], actions.end_what_is_over()) == ("in_force", 0)
    at("2026-12-01 00:00:00")
    assert call(family.child, "GET", path).json["state"] == "ended", "before anybody has written it down"
    before = len(told())
    assert (actions.end_what_is_over(), actions.end_what_is_over()) == (1, 0)
    assert {person for person, _ in told()[before:]} == {family.child.person_id, family.parent.person_id}

    at("2026-12-07 09:00")
    assert call(family.child, "GET", f"/delegations/{lapsing['id']}").json["may"] == []
    before = len(told())
    assert actions.end_what_is_over() == 1
    assert [person for person, _ in told()[before:]] == [family.child.person_id], "no second text to a stranger"


def test_somebody_without_a_telephone_gives_it_face_to_face(call, family, town):
    body = {
        "name": "张爷爷", "building_id": str(town.here.buildings[0].id), "door": "1单元101", "paper": "id_card",
        "delegate_name": "女儿", "delegate_phone": phone_of(family.child), "acts": ["ask", "mandate"],
        "until": "2027-05-31",
    }  # fmt: skip
    seen = call(town.here.butler, "POST", "/delegations/face-to-face", body)
    assert (seen.status_code, seen.json["state"]) == (201, "in_force")
    one = db.session.get_one(Delegation, int(seen.json["id"]))
    assert (one.confirmed_by_id, one.confirmed_how, one.paper) == (
        town.here.butler.person_id,
        "face_to_face",
        "id_card",
    )
    again = call(town.here.butler, "POST", "/delegations/face-to-face", body | {"acts": ["ask"]})
    anew = db.session.get_one(Delegation, int(again.json["id"]))
    assert anew.grantor_id == one.grantor_id, "the same man behind the same door"
    assert call(family.child, "GET", f"/delegations/{anew.id}").json["other"]["name"] == "张爷爷"

    for butler, change, status in (
        (town.here.other_butler, {}, 403),
        (town.here.butler, {"door": "9单元909"}, 422),
        (town.here.butler, {"paper": "birth_certificate"}, 422),
        (town.here.butler, {"door": None}, 422),
    ):
        assert call(butler, "POST", "/delegations/face-to-face", body | change).status_code == status


def test_nobody_confirms_what_concerns_themselves(call, family, town):
    butler = db.session.get_one(Person, town.here.butler.person_id)
    butler.phone = "10055550001"
    db.session.flush()
    body = {
        "name": "张大文", "phone": phone_of(family.child), "paper": "id_card", "delegate_name": "陈师傅",
        "delegate_phone": "10055550001", "acts": ["ask"], "until": "2027-05-31",
    }  # fmt: skip
    assert call(actor_of(butler), "POST", "/delegations/face-to-face", body).status_code == 403


BROKEN = [
    ({"delegate_id": "grantor_id"}, "nobody_for_themselves"),
    ({"ends_at": "starts_at"}, "ends_after_start"),
    ({"ends_at": "starts_at + interval '368 days'"}, "granted_for_a_year"),
    ({"acts": "'{ask}'"}, "acts_known"),
    ({"acts": "'{follow,sell}'"}, "acts_known"),
    ({"state": "'in_force'"}, "in_force_is_confirmed"),
    ({"confirmed_at": "now()"}, "confirmed_by_somebody"),
    ({"confirmed_at": "now()", "confirmed_how": "'signed_in'", "confirmed_by_id": "delegate_id"},
     "signed_in_is_the_grantor"),
    ({"confirmed_at": "now()", "confirmed_how": "'face_to_face'", "confirmed_by_id": "grantor_id",
      "paper": "'id_card'"}, "seen_by_a_third"),
    ({"paper": "'id_card'"}, "seen_with_a_paper"),
    ({"basis": "'guardianship'"}, "guardian_is_seen"),
    ({"basis": "'guardianship'", "state": "'ended'", "ended_at": "now()", "ended_why": "'left'",
      "matters": "'{M012}'"}, "guardian_in_every_matter"),
    ({"ended_at": "now()"}, "over_has_time"),
    ({"state": "'ended'", "ended_at": "now()"}, "ended_has_reason"),
]  # fmt: skip


def test_the_database_keeps_what_must_hold(call, family):
    one = int(propose(call, family).json["id"])
    for wrong, constraint in BROKEN:
        sets = ", ".join(f"{column} = {value}" for column, value in wrong.items())
        with pytest.raises(IntegrityError, match=f"ck_delegations_{constraint}"), db.session.begin_nested():
            db.session.connection().exec_driver_sql(f"UPDATE delegations SET {sets} WHERE id = {one}")


def test_one_is_open_between_two_people(call, family):
    one = db.session.get_one(Delegation, int(propose(call, family).json["id"]))
    twin = {c.name: getattr(one, c.name) for c in Delegation.__table__.columns if c.name != "id"}
    db.session.add(Delegation(**twin))
    with pytest.raises(IntegrityError, match="uq_delegations_open"):
        db.session.flush()


def test_who_leaves_ends_all_of_theirs(call, family):
    path = f"/delegations/{propose(call, family).json['id']}"
    call(family.parent, "POST", f"{path}/agree", {"acts": ["ask"]})
    assert actions.end_all_of(family.parent.person_id) == 1
    one = call(family.child, "GET", path).json
    assert (one["state"], one["ended_why"]) == ("ended", "left")
    assert told()[-1][0] == family.child.person_id
    assert actions.end_all_of(family.parent.person_id) == 0


def test_every_power_and_state_is_a_word():
    assert [power.value for power in Power] == ["ask", "follow", "decide", "mandate"]
    assert set(DelegationState) == {"proposed", "in_force", "refused", "ended"}
