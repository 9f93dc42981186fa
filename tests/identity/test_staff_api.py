"""Invitations, appointments and their ends over the API: who may, whom, where; what holds from the next request on."""

import pytest
from sqlalchemy import select

from butler.identity import actions, queries
from butler.identity.models import Invitation, Person, StaffDeed
from butler.identity.passwords import must_be_changed, why_refused
from butler.identity.permissions import APPOINTS, Role
from butler.kit import clock
from butler.kit.outbox import OutboxMessage

PASSWORD = "correct horse battery staple"
NEW = "我家的猫不爱吃鱼只爱睡觉"
LOGIN = "/api/v1/auth/login"
STAFF, INVITATIONS = "/api/v1/staff", "/api/v1/staff/invitations"


@pytest.fixture
def admin(client, town):
    return caller(client, town, Role.ADMINISTRATOR)


@pytest.fixture
def lead(client, town):
    person = town.staff(Role.PROPERTY_LEAD)
    return Caller(client, person)


def test_invited_person_chooses_name_and_password_and_has_the_post(client, town, admin):
    made = admin.post(INVITATIONS, name="新人", role="street_staff", unit_code="330106001")
    token = token_of(made)

    looked = client.post("/api/v1/auth/links", json={"token": token})
    assert (looked.json["kind"], looked.json["name"], looked.json["unit_name"]) == ("join", "新人", "演示330106001")
    joined = client.post("/api/v1/auth/links/join", json={"token": token, "username": "Xin.Ren", "password": NEW})
    signed_in = client.post(LOGIN, json={"username": "xin.ren", "password": NEW})

    assert (made.status_code, joined.status_code, signed_in.status_code) == (201, 204, 200)
    assert signed_in.json["person"]["roles"] == ["street_staff", "resident"]
    (line,) = admin.get(f"{STAFF}/{signed_in.json['person']['id']}/deeds").json["items"]
    assert (line["deed"], line["by"], line["role"]) == ("joined", "新人", "street_staff")


@pytest.mark.parametrize("end", ["used", "revoked", "expired", "inviter"])
def test_link_works_once_and_not_after_its_end(client, session, town, travel, admin, end):
    made = admin.post(INVITATIONS, name="新人", role="butler", desk_id=str(town.butler_desks[0].id))
    token = token_of(made)
    if end == "used":
        assert join(client, token).status_code == 204
    elif end == "revoked":
        assert admin.delete(f"{INVITATIONS}/{made.json['id']}").status_code == 204
    elif end == "expired":
        travel(hours=72)
    else:
        actions.disable(admin.person)

    answer = join(client, token, username="other-name")

    assert answer.status_code == (403 if end == "inviter" else 410)
    assert session.scalars(select(Person.username).where(Person.username == "other-name")).all() == []


def test_link_keeps_only_a_hash_and_looking_uses_nothing_up(client, session, town, admin):
    token = token_of(admin.post(INVITATIONS, name="新人", role="grid_worker", unit_code="330106001001001"))

    for _ in range(3):
        assert client.get(f"/join/{token}").status_code == 200

    invitation = session.scalars(select(Invitation)).one()
    assert token not in invitation.token_hash
    assert (invitation.used_at, invitation.desk_id) == (None, town.desks["330106001001001"].id)
    assert client.get("/join/nonsense").status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RESIDENT])
@pytest.mark.parametrize("by", [Role.ADMINISTRATOR, Role.PROPERTY_LEAD])
def test_nobody_gives_a_role_above_their_own(client, town, by, role):
    person = caller(client, town, by)
    place = {"desk_id": str(town.butler_desks[0].id)} if role is Role.BUTLER else {"unit_code": town.unit_of(role).code}

    answer = person.post(INVITATIONS, name="新人", role=role, **place)

    assert answer.status_code == (201 if role in APPOINTS[by] else 403)


@pytest.mark.parametrize("role", [role for role in Role if role not in APPOINTS])
def test_others_have_no_staff_pages(client, town, role):
    if role is Role.RESIDENT:
        return
    person = caller(client, town, role)

    assert [person.get(path).status_code for path in (STAFF, INVITATIONS)] == [403, 403]
    assert person.post(INVITATIONS, name="新人", role="butler", desk_id="1").status_code == 403


@pytest.mark.parametrize(
    ("place", "status", "pointer"),
    [
        ({"role": "butler"}, 422, "/desk_id"),
        ({"role": "street_staff"}, 422, "/unit_code"),
        ({"role": "street_staff", "unit_code": "330106"}, 422, "/unit_code"),
        ({"role": "street_staff", "unit_code": "330105"}, 404, None),
        ({"role": "district_staff", "unit_code": "33"}, 404, None),
        ({"role": "administrator", "unit_code": "3301"}, 404, None),
        ({"role": "butler", "desk_id": "999999"}, 404, None),
        ({"role": "resident", "unit_code": "330106"}, 403, None),
    ],
)
def test_place_has_to_fit_and_to_be_in_reach(client, admin, place, status, pointer):
    answer = admin.post(INVITATIONS, name="新人", **place)

    assert answer.status_code == status
    assert [error["pointer"] for error in answer.json.get("errors", [])] == ([pointer] if pointer else [])


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "至少要 12 个字符"),
        ("x" * 129, "1 到 128"),
        ("password1234", "太常见"),
        ("qwertyuiop12", "太常见"),
        ("P@ssw0rd12345", "太常见"),
        ("admin@123456", "太常见"),
        ("woaini1314520", "太常见"),
        ("新人新人新人新人新人新人", "自己的姓名"),
        ("xin.ren-and-more-words", "自己的姓名或用户名"),
    ],
)
def test_weak_passwords_are_refused_and_the_link_stays(client, session, admin, password, said):
    token = token_of(admin.post(INVITATIONS, name="新人", role="street_staff", unit_code="330106001"))

    answer = join(client, token, username="xin.ren", password=password)

    assert answer.status_code == 422
    assert said in answer.json["errors"][0]["message"]
    assert join(client, token, username="xin.ren", password=" 前后 空格 也算 的一句长话 ").status_code == 204


@pytest.mark.parametrize(
    "password", ["晚上下雨记得收衣服呀衣服呀", "Tx9#kd02mQpz", "🐱🐶🐭🐹🐰🦊🐻🐼🐨🐯🦁🐮", "a b  c " * 18]
)
def test_any_characters_will_do(password):
    assert why_refused(password, own=("张三", "zhangsan")) is None


def test_taken_user_name_is_said_at_its_field(client, town, admin):
    taken = actions.add_staff_member(name="在", username="taken", password=PASSWORD)
    token = token_of(admin.post(INVITATIONS, name="新人", role="street_staff", unit_code="330106001"))

    refused = join(client, token, username=taken.username.upper())

    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/username")
    assert join(client, token, username="not-taken").status_code == 204


def test_lead_sees_butlers_of_own_units_only(client, town, lead):
    butler, official = town.staff(Role.BUTLER), town.staff(Role.STREET_STAFF)

    assert [one["id"] for one in lead.get(STAFF).json["items"]] == [str(butler.id)]
    assert lead.get(f"{STAFF}/{official.id}").status_code == 404
    assert lead.post(f"{STAFF}/{official.id}/disable", why="试").status_code == 404


def test_lead_does_not_get_into_the_account_of_a_butler_who_is_more(client, session, town, lead):
    butler = town.staff(Role.BUTLER)
    actions.appoint(person=butler, role=Role.ADMINISTRATOR, unit=town.unit_of(Role.ADMINISTRATOR))

    for doing in ("reset", "disable", "end-sign-ins"):
        assert lead.post(f"{STAFF}/{butler.id}/{doing}", why="试").status_code == 403
    assert session.scalars(select(Invitation)).all() == []
    (post,) = [one for one in lead.get(f"{STAFF}/{butler.id}").json["posts"] if one["role"] == "administrator"]
    assert post["in_charge"] is False
    assert lead.post(f"{STAFF}/appointments/{post['id']}/end", why="试").status_code == 404


def test_posts_given_moved_and_ended_hold_from_the_next_request_on(client, session, town, admin):
    butler = Caller(client, town.staff(Role.BUTLER))
    person = butler.person

    def roles():
        return butler.get("/api/v1/me").json["roles"]

    assert (
        admin.post(
            f"{STAFF}/{person.id}/appointments", role="grid_worker", unit_code="330106001001001", why="兼职"
        ).status_code
        == 204
    )
    assert roles() == ["butler", "grid_worker", "resident"]
    posts = {one["role"]: one for one in admin.get(f"{STAFF}/{person.id}").json["posts"]}
    moved = admin.post(
        f"{STAFF}/appointments/{posts['butler']['id']}/move", desk_id=str(town.butler_desks[1].id), why="轮岗"
    )
    assert moved.status_code == 204
    assert [post["desk_id"] for post in butler.get("/api/v1/me").json["posts"] if post["role"] == "butler"] == [
        str(town.butler_desks[1].id)
    ]
    assert admin.post(f"{STAFF}/appointments/{posts['grid_worker']['id']}/end", why="不兼了").status_code == 204
    assert roles() == ["butler", "resident"]
    assert admin.post(f"{STAFF}/appointments/{posts['grid_worker']['id']}/end", why="再来").status_code == 409
    deeds = admin.get(f"{STAFF}/{person.id}/deeds").json["items"]
    assert [(line["deed"], line["why"]) for line in deeds] == [
        ("post_ended", "不兼了"),
        ("appointed", "轮岗"),
        ("post_ended", "轮岗"),
        ("appointed", "兼职"),
    ]
    assert {line["by"] for line in deeds} == {admin.person.name}


def test_disabled_person_is_out_with_the_next_request_and_can_come_back(client, town, admin):
    butler = Caller(client, town.staff(Role.BUTLER))

    assert admin.post(f"{STAFF}/{butler.person.id}/disable", why="离职").status_code == 204

    assert butler.get("/api/v1/me").status_code == 401
    assert client.post(LOGIN, json=butler.credentials).status_code == 401
    assert admin.post(f"{STAFF}/{butler.person.id}/enable", why="回来了").status_code == 204
    assert client.post(LOGIN, json=butler.credentials).status_code == 200
    assert butler.get("/api/v1/me").status_code == 401


def test_lead_ends_all_sign_ins_of_a_butler(client, town, lead):
    butler = Caller(client, town.staff(Role.BUTLER))

    assert lead.post(f"{STAFF}/{butler.person.id}/end-sign-ins", why="手机丢了").status_code == 204

    assert butler.get("/api/v1/me").status_code == 401
    assert client.post(LOGIN, json=butler.credentials).status_code == 200


def test_reset_link_sets_a_password_and_ends_every_sign_in(client, town, admin):
    butler = Caller(client, town.staff(Role.BUTLER))
    first = admin.post(f"{STAFF}/{butler.person.id}/reset", why="忘了")
    second = admin.post(f"{STAFF}/{butler.person.id}/reset", why="链接丢了")

    assert reset(client, token_of(first)).status_code == 410
    assert join(client, token_of(second)).status_code == 410
    assert reset(client, token_of(second)).status_code == 204
    assert reset(client, token_of(second)).status_code == 410
    assert butler.get("/api/v1/me").status_code == 401
    assert client.post(LOGIN, json=butler.credentials).status_code == 401
    assert client.post(LOGIN, json={**butler.credentials, "password": NEW}).status_code == 200


def test_nobody_manages_themselves(client, town, admin):
    mine = queries.appointments_of(admin.person, clock.now())[0]

    assert admin.post(f"{STAFF}/{admin.person.id}/disable", why="试").status_code == 404
    assert admin.post(f"{STAFF}/appointments/{mine.id}/end", why="试").status_code == 404
    assert (
        admin.post(f"{STAFF}/{admin.person.id}/appointments", role="butler", desk_id="1", why="试").status_code == 404
    )


def test_power_is_used_only_by_who_has_entered_the_password_within_the_hour(client, town, travel, admin):
    butler = town.staff(Role.BUTLER)
    travel(minutes=61)

    refused = admin.post(f"{STAFF}/{butler.id}/disable", why="试")
    wrong = client.post("/api/v1/auth/session/proof", json={"password": "wrong"}, headers=admin.headers)
    proved = client.post("/api/v1/auth/session/proof", json={"password": PASSWORD}, headers=admin.headers)

    assert (refused.status_code, refused.json["code"]) == (401, "reauth-required")
    assert (wrong.status_code, proved.status_code) == (401, 204)
    assert admin.post(f"{STAFF}/{butler.id}/disable", why="试").status_code == 204


def test_resident_proves_it_with_a_code(client, session, town, travel):
    person = town.resident(phone="10012345678")
    token, _ = actions.open_sign_in(person, face="api", device="")
    session.flush()
    travel(minutes=5)
    headers = {"Authorization": f"Bearer {token}"}
    client.post("/api/v1/auth/codes", json={"phone": "10012345678"})
    code = session.scalars(select(OutboxMessage)).one().payload["code"]

    answers = [
        client.post("/api/v1/auth/session/proof", json=body, headers=headers).status_code
        for body in ({"password": PASSWORD}, {"code": "1"}, {}, {"code": code}, {"code": code})
    ]

    assert answers == [409, 401, 422, 204, 401]


def test_record_only_grows(client, session, town, admin):
    butler = town.staff(Role.BUTLER)
    admin.post(f"{STAFF}/{butler.id}/end-sign-ins", why="试")

    lines = session.scalars(select(StaffDeed)).all()

    assert [(line.by_id, line.person_id, line.deed, line.why) for line in lines] == [
        (admin.person.id, butler.id, "sign_ins_ended", "试")
    ]
    assert StaffDeed.__table__.info == {"append_only": True}


@pytest.mark.parametrize(("months", "due"), [(0, False), (2, True), (3, True), (4, False)])
def test_passwords_are_changed_only_where_a_site_wants_it(months, due):
    set_at = clock.now().replace(year=2026, month=8, day=25)
    at = set_at.replace(month=11)

    assert must_be_changed(set_at, at, months) is due
    assert must_be_changed(None, at, months) is False


class Caller:
    """Somebody signed in over the API."""

    def __init__(self, client, person):
        self.client, self.person, self.calls = client, person, 0
        self.credentials = {"username": person.username, "password": PASSWORD}
        token = client.post(LOGIN, json=self.credentials).json["token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path):
        return self.client.get(path, headers=self.headers)

    def delete(self, path):
        return self.client.delete(path, headers=self.headers)

    def post(self, path, **body):
        self.calls += 1
        key = {"Idempotency-Key": f"key-number-{self.calls:06}"}
        return self.client.post(path, json=body, headers={**self.headers, **key})


def caller(client, town, role):
    return Caller(client, town.staff(role))


def token_of(made):
    return made.json["link"].rpartition("/")[2]


def join(client, token, username="xin.ren", password=NEW):
    return client.post("/api/v1/auth/links/join", json={"token": token, "username": username, "password": password})


def reset(client, token):
    return client.post("/api/v1/auth/links/reset", json={"token": token, "password": NEW})
