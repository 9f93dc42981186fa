"""What one is signed in with: listed in plain words, ended one by one or together; cookies that change every day."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from butler.identity import actions, queries
from butler.identity.devices import _BROWSERS, _DEVICES, UNKNOWN, device_of
from butler.identity.models import SignIn
from butler.identity.permissions import Role
from butler.kit import clock
from butler.kit.numbers import fingerprint

PASSWORD = "correct horse battery staple"
NEW = "我家的猫不爱吃鱼只爱睡觉"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
    "MicroMessenger/8.0.49 NetType/WIFI Language/zh_CN"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 "
    "Edg/126.0.0.0"
)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (IPHONE, "苹果手机 · 微信"),
        (EDGE, "Windows 电脑 · Edge 浏览器"),
        (
            "Mozilla/5.0 (Linux; Android 12; HarmonyOS; NOH-AN01) Chrome/114 HuaweiBrowser/15",
            "华为手机 · Chrome 浏览器",
        ),
        ("Mozilla/5.0 (Linux; Android 14; 23127PN0CC) MicroMessenger/8.0 miniProgram/wx1", "安卓手机 · 微信小程序"),
        ("python-httpx/0.28", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
        ("x" * 100_000, UNKNOWN),
    ],
)
def test_device_is_said_in_plain_words(said, words):
    assert device_of(said) == words


@given(st.text(max_size=600), st.sampled_from([IPHONE, EDGE, "iPad", "张大文的手机 MicroMessenger"]))
def test_a_device_is_two_words_out_of_our_list_and_nothing_that_was_said(said, known):
    """That is why it may lie in the open (rights/register.yaml)."""
    ours = {words for _, words in (*_DEVICES, *_BROWSERS)} | {UNKNOWN}
    for agent in (said, said + known, known + said):
        assert set(device_of(agent).split(" · ")) <= ours


def test_sign_ins_are_listed_and_ended(client, town, travel):
    person, other = town.staff(Role.BUTLER), town.staff(Role.BUTLER)
    phone, desk = (log_in(client, person, agent) for agent in (IPHONE, EDGE))
    stranger = log_in(client, other, EDGE)

    listed = client.get("/api/v1/me/sign-ins", headers=desk).json["items"]
    assert [(one["device"], one["present"]) for one in listed] == [
        ("Windows 电脑 · Edge 浏览器", True),
        ("苹果手机 · 微信", False),
    ]
    theirs = client.get("/api/v1/me/sign-ins", headers=stranger).json["items"][0]["id"]
    assert client.delete(f"/api/v1/me/sign-ins/{theirs}", headers=desk).status_code == 404
    assert client.delete(f"/api/v1/me/sign-ins/{listed[1]['id']}", headers=desk).status_code == 204
    assert [client.get("/api/v1/me", headers=one).status_code for one in (phone, desk, stranger)] == [401, 200, 200]


def test_all_others_end_at_once(client, town):
    person, other = town.staff(Role.BUTLER), town.staff(Role.BUTLER)
    mine = [log_in(client, person, EDGE) for _ in range(3)]
    stranger = log_in(client, other, EDGE)

    ended = client.post(
        "/api/v1/me/sign-ins/end-others", json={}, headers={**mine[1], "Idempotency-Key": "key-number-000001"}
    )

    assert ended.json == {"ended": 2}
    assert [client.get("/api/v1/me", headers=one).status_code for one in (*mine, stranger)] == [401, 200, 401, 200]


def test_password_is_changed_with_the_present_one_and_ends_everything(client, town):
    person = town.staff(Role.BUTLER)
    mine = log_in(client, person, EDGE)

    def change(**body):
        return client.post("/api/v1/me/password", json=body, headers=mine).status_code

    assert change(current="wrong", password=NEW) == 401
    assert change(current=PASSWORD, password="password1234") == 422
    assert change(current=PASSWORD, password=NEW) == 204
    assert client.get("/api/v1/me", headers=mine).status_code == 401
    assert [log_in(client, person, EDGE, password) is None for password in (PASSWORD, NEW)] == [True, False]


def test_cookie_gets_a_new_token_every_day(client, session, town, travel):
    person = town.resident(phone="10012345678")
    token, sign_in = actions.open_sign_in(person, face="page", device="")
    session.flush()
    with client.session_transaction() as kept:
        kept["sign_in"] = token

    def kept_token():
        with client.session_transaction() as kept:
            return kept["sign_in"]

    travel(hours=23, minutes=59)
    client.get("/my/devices")
    assert kept_token() == token
    travel(minutes=1)
    assert client.get("/my/devices").status_code == 200
    renewed = kept_token()
    assert renewed != token

    def finds(one):
        found = queries.find_sign_in(fingerprint(one), "page", clock.now())
        return found or queries.find_renewed_sign_in(fingerprint(one), "page", clock.now())

    assert finds(renewed) is not None
    assert finds(token) is not None  # for requests that were on their way
    travel(minutes=1)
    assert finds(renewed) is not None
    assert finds(token) is None
    assert session.scalars(select(SignIn.id)).all() == [sign_in.id]


def test_page_lists_devices_and_ends_them(client, session, town):
    person = town.staff(Role.BUTLER)
    elsewhere, _ = actions.open_sign_in(person, face="page", device="苹果手机 · 微信")
    post(client, "/sign-in/staff", username=person.username, password=PASSWORD)

    page = client.get("/my/devices").text
    ends = re.findall(r'action="(/my/devices/[0-9]+/end)"', page)
    assert "苹果手机 · 微信" in page
    assert len(ends) == 1
    assert post(client, ends[0], page="/my/devices").status_code == 303

    assert queries.find_sign_in(fingerprint(elsewhere), "page", clock.now()) is None
    assert client.get("/my/devices").status_code == 200


def test_page_changes_the_password_and_stays_signed_in(client, town):
    person = town.staff(Role.BUTLER)
    post(client, "/sign-in/staff", username=person.username, password=PASSWORD)
    before = client.get_cookie("butler").value

    wrong = post(client, "/my/password", current=PASSWORD, password="password1234")
    changed = post(client, "/my/password", current=PASSWORD, password=NEW)

    assert (wrong.status_code, changed.status_code) == (422, 303)
    assert client.get("/my/devices").status_code == 200
    client.set_cookie("butler", before)
    assert client.get("/my/devices").status_code == 303


def log_in(client, person, agent, password=PASSWORD):
    answer = client.post(
        "/api/v1/auth/login", json={"username": person.username, "password": password}, headers={"User-Agent": agent}
    )
    return {"Authorization": f"Bearer {answer.json['token']}"} if answer.status_code == 200 else None


def post(client, path, *, page=None, **fields):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page or path).text)[1]
    return client.post(path, data={**fields, "csrf_token": token, "_end": "1"})
