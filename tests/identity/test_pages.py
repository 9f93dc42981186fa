"""Signing in and out in a browser, with nothing but forms."""

import re

import pytest
from sqlalchemy import select

from butler.identity import actions
from butler.identity.models import OneTimeCode, SignIn
from butler.identity.permissions import Role
from butler.kit.outbox import OutboxMessage

PHONE = "10012345678"
PASSWORD = "correct horse battery staple"


def test_resident_signs_in_with_phone_and_code(client, session):
    asked = post(client, "/sign-in?next=/my/cases", phone=PHONE)
    assert (asked.status_code, asked.location) == (303, "/sign-in/code?next=/my/cases")
    page = client.get(asked.location).text
    assert "100 1234 5678" in page

    signed_in = post(client, asked.location, code=sent(session))

    assert (signed_in.status_code, signed_in.location) == (303, "/my/cases")
    assert "居民" in client.get("/sign-out").text
    assert client.get("/sign-in").location == "/my"


def test_phone_page_says_what_for_and_what_else(client):
    page = client.get("/sign-in").text

    assert "用来认出您、告诉您办到哪一步了。管家办您的事时，也会打这个电话。" in page
    assert "不留手机号也可以：请管家当面登记。" in page


def test_code_page_has_one_field_made_for_pasting(client, session):
    post(client, "/sign-in", phone=PHONE)

    page = client.get("/sign-in/code").text

    (field,) = re.findall(r'<input id="f-code"[^>]*>', page)
    assert 'autocomplete="one-time-code"' in field
    assert 'inputmode="numeric"' in field
    visible = re.findall(r'<input(?![^>]*type="hidden")[^>]*name="([^"]*)"', page)
    assert visible == ["code"]


def test_wrong_phone_keeps_what_was_typed(client):
    answer = post(client, "/sign-in", phone="12345")

    assert answer.status_code == 422
    assert 'value="12345"' in answer.text
    assert "手机号要写 11 位数字" in answer.text


def test_wrong_code_is_said_on_the_form_and_counted(client, session):
    post(client, "/sign-in", phone=PHONE)
    wrong = f"{(int(sent(session)) + 1) % 1_000_000:06}"

    answers = [post(client, "/sign-in/code", code=wrong) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert "可能填错了，也可能已经过了 5 分钟。请再看一遍短信，或重新获取验证码。" in answers[0].text
    assert session.scalars(select(OneTimeCode.tries)).one() == 2


def test_asking_again_too_soon_keeps_the_code_page(client, session):
    post(client, "/sign-in", phone=PHONE)

    answer = post(client, "/sign-in", page="/sign-in/code", phone=PHONE)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert 'name="code"' in answer.text


def test_code_page_without_a_phone_starts_over(client):
    assert client.get("/sign-in/code?next=/my").location == "/sign-in?next=/my"
    answer = post(client, "/sign-in/code", page="/sign-in", code="123456")
    assert (answer.status_code, answer.location) == (303, "/sign-in")


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.BUTLER, "/desk"),
        (Role.DISTRICT_STAFF, "/desk"),
        (Role.CATALOGUE_EDITOR, "/"),
        (Role.ADMINISTRATOR, "/staff"),
    ],
)
def test_staff_sign_in_and_come_to_their_place(client, town, role, home):
    person = town.staff(role)

    answer = post(client, "/sign-in/staff", username=person.username, password=PASSWORD)

    assert (answer.status_code, answer.location) == (303, home)
    assert client.get("/sign-in/staff?next=/desk/waiting").location == "/desk/waiting"


def test_wrong_password_is_said_on_the_form_and_never_shown_again(client, town):
    person = town.staff(Role.BUTLER)

    answer = post(client, "/sign-in/staff", username=person.username, password="tr0ub4dor&3")

    assert answer.status_code == 401
    assert "用户名或密码不对" in answer.text
    assert f'value="{person.username}"' in answer.text
    assert "tr0ub4dor" not in answer.text


def test_sign_in_drops_whatever_the_cookie_held_before(client, session, town):
    client.get("/sign-in/staff")
    planted = client.get_cookie("butler").value
    person = town.staff(Role.BUTLER)

    post(client, "/sign-in/staff", username=person.username, password=PASSWORD)
    after = client.get_cookie("butler").value
    assert client.get("/sign-out").status_code == 200
    client.set_cookie("butler", planted)

    assert after != planted
    assert client.get("/sign-out").status_code == 303


def test_signing_in_again_ends_the_sign_in_before(client, session, town):
    first, second = town.staff(Role.BUTLER), town.staff(Role.BUTLER)
    post(client, "/sign-in/staff", username=first.username, password=PASSWORD)
    before = client.get_cookie("butler").value

    post(client, "/sign-in/staff", page="/sign-out", username=second.username, password=PASSWORD)
    client.set_cookie("butler", before)

    assert client.get("/sign-out").status_code == 303
    assert [ended is None for ended in session.scalars(select(SignIn.ended_at).order_by(SignIn.id))] == [False, True]


def test_sign_out_ends_the_row_and_empties_the_cookie(client, session, town):
    post(client, "/sign-in/staff", username=town.staff(Role.BUTLER).username, password=PASSWORD)
    kept = client.get_cookie("butler").value

    answer = post(client, "/sign-out")

    assert (answer.status_code, answer.location) == (303, "/")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    client.set_cookie("butler", kept)
    assert client.get("/sign-out").location == "/sign-in?next=/sign-out"


def test_disabled_person_is_out_at_the_next_request(client, session, town):
    person = town.staff(Role.BUTLER)
    post(client, "/sign-in/staff", username=person.username, password=PASSWORD)

    actions.disable(person)
    session.flush()

    assert client.get("/sign-out").status_code == 303


def test_cookie_is_no_good_for_the_api(client, session, town):
    post(client, "/sign-in/staff", username=town.staff(Role.BUTLER).username, password=PASSWORD)
    with client.session_transaction() as kept:
        token = kept["sign_in"]

    assert client.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize("staff", [True, False])
def test_cookie_is_closed_to_scripts_and_to_other_sites(client, session, town, staff):
    if staff:
        answer = post(client, "/sign-in/staff", username=town.staff(Role.BUTLER).username, password=PASSWORD)
    else:
        post(client, "/sign-in", phone=PHONE)
        answer = post(client, "/sign-in/code", code=sent(session))

    (cookie,) = (line for line in answer.headers.getlist("Set-Cookie") if line.startswith("butler="))

    attributes = {part.strip().partition("=")[0]: part.strip().partition("=")[2] for part in cookie.split(";")[1:]}
    assert {"HttpOnly", "SameSite", "Path"} <= set(attributes)
    assert (attributes["SameSite"], attributes["Path"]) == ("Lax", "/")
    assert ("Expires" in attributes) == (not staff)  # a staff browser forgets when it closes


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
        "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example", "",
        " /my", "http:/evil.example", "http:evil.example", "/..//evil.example\\", "%2f%2fevil.example",
        "/\r\nSet-Cookie: a=b", "/" + "a" * 2000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/staff"])
def test_next_never_leads_elsewhere(client, town, path, elsewhere):
    person = town.staff(Role.BUTLER)
    client.get("/sign-in")

    signed_in = post(client, "/sign-in/staff", query={"next": elsewhere}, username=person.username, password=PASSWORD)
    already = client.get(path, query_string={"next": elsewhere})

    assert (signed_in.location, already.location) == ("/desk", "/desk")


def test_form_from_elsewhere_signs_nobody_in(client, town):
    person = town.staff(Role.BUTLER)
    fields = {"username": person.username, "password": PASSWORD, "_end": "1"}

    assert client.post("/sign-in/staff", data=fields).status_code == 400
    token = token_of(client, "/sign-in/staff")
    foreign = client.post(
        "/sign-in/staff", data={"csrf_token": token, **fields}, headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    assert client.get("/sign-out").status_code == 303


def post(client, path, *, page=None, query=None, **fields):
    """Fill in the form of a page the way a browser does."""
    token = token_of(client, page or path)
    return client.post(path, query_string=query, data={**fields, "csrf_token": token, "_end": "1"})


def token_of(client, page):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)[1]


def sent(session):
    return session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first().payload["code"]
