"""Signing in over the API."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from butler.identity import actions
from butler.identity.hashing import code_phone_index
from butler.identity.models import OneTimeCode, SignIn
from butler.identity.permissions import Role
from butler.kit import clock
from butler.kit.outbox import OutboxMessage

PHONE, UNKNOWN = "10012345678", "10087654321"
PASSWORD = "correct horse battery staple"
LOGIN, CODES, SESSIONS = "/api/v1/auth/login", "/api/v1/auth/codes", "/api/v1/auth/sessions"
SESSION, ME = "/api/v1/auth/session", "/api/v1/me"


def test_login_gives_a_token_that_says_who_one_is(client, town, travel):
    person = town.staff(Role.STREET_STAFF, phone=PHONE)

    answer = client.post(LOGIN, json={"username": person.username, "password": PASSWORD, "otp": None})

    token = answer.json.pop("token")
    assert answer.status_code == 200
    assert answer.json == {
        "token": token,
        "known_device": answer.json["known_device"],
        "expires_at": "2026-11-26T00:00:00+08:00",
        "person": {"id": str(person.id), "name": person.name, "roles": ["street_staff", "resident"]},
    }
    me = client.get(ME, headers=bearer(token))
    assert me.json == {
        "id": str(person.id),
        "name": person.name,
        "roles": ["street_staff", "resident"],
        "posts": [
            {
                "role": "street_staff",
                "role_name": "街道工作人员",
                "unit_code": "330106001",
                "unit_name": "演示330106001",
                "desk_id": str(town.desk_of(Role.STREET_STAFF).id),
            }
        ],
        "phone": "100****5678",
    }


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"otp": "1" * 21}, "/otp"),
        ({"username": ""}, "/username"),
        ({"username": 7}, "/username"),
        ({"password": ""}, "/password"),
        ({"password": "x" * 129}, "/password"),
        ({"password": None}, "/password"),
        ({"remember": True}, "/remember"),
    ],
)
def test_login_refuses_what_it_cannot_use(client, change, pointer):
    answer = client.post(LOGIN, json={"username": "somebody", "password": PASSWORD, **change})

    assert (answer.status_code, [error["pointer"] for error in answer.json["errors"]]) == (422, [pointer])


def test_login_says_the_same_for_wrong_password_and_unknown_name(client, town):
    person = town.staff(Role.BUTLER)

    answers = [
        client.post(LOGIN, json={"username": username, "password": password})
        for username, password in ((person.username, "wrong"), ("nobody", PASSWORD))
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert without_instance(answers[0]) == without_instance(answers[1])


def test_login_is_slowed_down_after_five_wrong_passwords(client, town):
    person = town.staff(Role.BUTLER)

    statuses = [
        client.post(LOGIN, json={"username": person.username, "password": word}).status_code
        for word in ["wrong"] * 5 + [PASSWORD]
    ]
    last = client.post(LOGIN, json={"username": person.username, "password": PASSWORD})

    assert statuses == [401] * 5 + [429]
    assert last.json["code"] == "rate-limited"
    assert 0 < int(last.headers["Retry-After"]) <= 900


def test_codes_answer_the_same_for_known_and_unknown_phones(client, town):
    town.resident(phone=PHONE)

    known, unknown = (client.post(CODES, json={"phone": phone}) for phone in (PHONE, UNKNOWN))

    assert (known.status_code, unknown.status_code) == (202, 202)
    assert known.json == unknown.json == {"valid_for": 300, "resend_after": 60}
    again = [client.post(CODES, json={"phone": phone}) for phone in (PHONE, UNKNOWN)]
    assert [answer.status_code for answer in again] == [429, 429]
    assert without_instance(again[0]) == without_instance(again[1])


@pytest.mark.parametrize("phone", ["+86 100-1234-5678", " １００１２３４５６７８", "10012345678"])
def test_codes_take_a_phone_as_people_write_it(client, session, phone):
    assert client.post(CODES, json={"phone": phone}).status_code == 202
    assert session.scalars(select(OneTimeCode.phone_index)).all() == [code_phone_index(PHONE)]


def test_sessions_sign_a_resident_in(client, session, town):
    client.post(CODES, json={"phone": PHONE})
    code = sent(session)

    answer = client.post(SESSIONS, json={"phone": PHONE, "code": f" {code[:3]} {code[3:]} ", "name": "陈大文"})

    assert answer.status_code == 200
    assert answer.json["person"]["roles"] == ["resident"]
    me = client.get(ME, headers=bearer(answer.json["token"])).json
    assert (me["name"], me["posts"], me["phone"]) == ("陈大文", [], "100****5678")


def test_sessions_count_wrong_codes_and_say_the_same_for_every_reason(client, session):
    client.post(CODES, json={"phone": PHONE})
    code = sent(session)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    answers = [client.post(SESSIONS, json={"phone": PHONE, "code": guess}) for guess in [wrong] * 5 + [code]]
    answers.append(client.post(SESSIONS, json={"phone": UNKNOWN, "code": code}))

    assert [answer.status_code for answer in answers] == [401] * 7
    assert all(without_instance(answer) == without_instance(answers[0]) for answer in answers)
    assert [error["pointer"] for error in answers[0].json["errors"]] == ["/code"]
    assert session.scalars(select(OneTimeCode.tries)).one() == 5


def test_session_ends_at_once_when_deleted_or_disabled(client, session, town):
    person = town.staff(Role.BUTLER)
    first, second, third = (log_in(client, person) for _ in range(3))

    assert client.delete(SESSION, headers=bearer(first)).status_code == 204
    assert [client.get(ME, headers=bearer(token)).status_code for token in (first, second, third)] == [401, 200, 200]
    actions.disable(person)
    session.flush()
    assert [client.get(ME, headers=bearer(token)).status_code for token in (second, third)] == [401, 401]


def test_post_that_ends_is_gone_at_once(client, town, travel):
    person = town.staff(Role.BUTLER)
    token = log_in(client, person)
    actions.appoint(person=person, role=Role.CATALOGUE_EDITOR, unit=town.unit_of(Role.CATALOGUE_EDITOR))

    assert client.get(ME, headers=bearer(token)).json["roles"] == ["butler", "catalogue_editor", "resident"]


def test_token_is_only_good_as_bearer(client, session, town):
    token = log_in(client, town.staff(Role.BUTLER))

    for header in ({}, {"Authorization": f"Basic {token}"}, {"Authorization": token}, {"Cookie": f"butler={token}"}):
        assert client.get(ME, headers=header).status_code == 401
    with client.session_transaction() as kept:
        kept["sign_in"] = token
    assert client.get(ME).status_code == 401
    assert client.get("/sign-out").status_code == 303
    assert client.get("/sign-out", headers=bearer(token)).status_code == 303


def test_use_is_noted_once_a_minute_even_when_the_request_is_refused(client, session, town, travel):
    token = log_in(client, town.staff(Role.BUTLER))
    travel(seconds=61)

    assert client.get("/api/v1/nowhere", headers=bearer(token)).status_code == 404

    assert session.scalars(select(SignIn.seen_at)).one() == clock.now()
    assert session.scalars(select(SignIn.expires_at)).one() == clock.now() + timedelta(hours=12, seconds=-61)


def log_in(client, person):
    return client.post(LOGIN, json={"username": person.username, "password": PASSWORD}).json["token"]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def sent(session):
    return session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first().payload["code"]


def without_instance(answer):
    problem = dict(answer.json)
    del problem["instance"]
    return problem
