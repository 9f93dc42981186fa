"""Coming by WeChat, against a stand-in that also lies, hangs, drips, cuts off and takes codes twice (promises.md T17)."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select
from standing_in import Handler, standing_in

from butler.identity import actions
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.wechat import LEFT_ALONE, OPEN_AFTER, WeChat
from butler.kit.database import db
from butler.kit.outgoing import Door

APPID, SECRET = "wx0000000000000000", "a secret of the stand-in"
OPENID, PHONE = "oStandIn_000000000000000001", "13900000001"
SIGN_IN, PHONE_BUTTON, ME = "/api/v1/auth/wechat", "/api/v1/auth/wechat/phone", "/api/v1/me"


class Tencent:
    """What the stand-in answers, and what it was asked. `mood`: a word below, or bytes to send as they are."""

    def __init__(self) -> None:
        self.mood: Any = "well"
        self.asked: list[tuple[str, dict[str, list[str]], Any]] = []
        self.good_token = "token 1"
        self.phone: dict[str, Any] = {
            "purePhoneNumber": PHONE,
            "countryCode": "86",
            "watermark": {"appid": APPID, "timestamp": 1},
        }

    def answer(self, path: str) -> dict[str, Any]:
        if path == "/sns/jscode2session":
            return {"openid": OPENID, "session_key": "never to be seen"}
        if path == "/cgi-bin/stable_token":
            return {"access_token": self.good_token, "expires_in": 7200}
        return {"errcode": 0, "phone_info": self.phone}


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Tencent, int]]:
    """The stand-in, on a port of its own."""
    tencent = Tencent()

    class Asked(Handler):
        def do_GET(self) -> None:
            self._serve(None)

        def do_POST(self) -> None:
            self._serve(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _serve(self, sent: Any) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            tencent.asked.append((parts.path, query, sent))
            mood, body = tencent.mood, json.dumps(tencent.answer(parts.path)).encode()
            if query.get("access_token", [tencent.good_token]) != [tencent.good_token]:
                body = b'{"errcode": 42001, "errmsg": "access_token expired"}'
            if isinstance(mood, bytes):
                body = mood
            if mood == "hangs":
                time.sleep(8)
            self.send_response({"errs": 500, "redirects": 302}.get(mood, 200))
            if mood == "redirects":
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body) + (9 if mood == "cuts off" else 0)))
            self.end_headers()
            try:
                for piece in [body[at : at + 1] for at in range(len(body))] if mood == "drips" else [body]:
                    self.wfile.write(piece)
                    self.wfile.flush()
                    time.sleep(0.1 if mood == "drips" else 0)
            except OSError:
                return

    with standing_in(Asked) as port:
        yield tencent, port


@pytest.fixture
def tencent(app, monkeypatch, server) -> Tencent:
    """The stand-in in a good mood, known to the application."""
    tencent, port = server
    tencent.__init__()  # type: ignore[misc]
    door = Door(frozenset({"127.0.0.1"}), inside=True)
    monkeypatch.setitem(app.extensions, "wechat", WeChat(APPID, SECRET, f"http://127.0.0.1:{port}", door, seconds=1.5))
    return tencent


def test_new_resident_shows_the_phone_once_and_then_comes_by_wechat_alone(client, session, tencent):
    first = client.post(SIGN_IN, json={"code": "code 1"})
    assert (first.status_code, first.json["token"]) == (200, None)
    linked = client.post(PHONE_BUTTON, json={"code": "phone 1", "ticket": first.json["ticket"]})
    again = client.post(SIGN_IN, json={"code": "code 2"})

    assert (linked.status_code, again.status_code) == (200, 200)
    assert linked.json["person"]["id"] == again.json["person"]["id"]
    assert client.get(ME, headers=bearer(again)).json["phone"] == "139****0001"
    assert "never to be seen" not in first.text + linked.text + again.text
    assert tencent.asked[0][1] == {
        "appid": [APPID], "secret": [SECRET], "js_code": ["code 1"], "grant_type": ["authorization_code"]
    }  # fmt: skip
    row = db.session.connection().exec_driver_sql("SELECT wechat_openid FROM people").scalar()
    assert OPENID.encode() not in bytes(row)


def test_known_phone_is_the_same_person_and_the_latest_wechat_holds(client, session, tencent):
    person = actions.add_resident(name="陈大文", phone=PHONE)
    session.flush()
    linked = link(client, "1")
    tencent.answer = lambda path: {"openid": OPENID[:-1] + "2"} if "jscode" in path else Tencent.answer(tencent, path)

    other = link(client, "2")

    assert linked.json["person"]["id"] == other.json["person"]["id"] == str(person.id)
    del tencent.answer
    assert client.post(SIGN_IN, json={"code": "old wechat"}).json["token"] is None


@pytest.mark.parametrize("call", [SIGN_IN, PHONE_BUTTON])
def test_code_works_once_whatever_wechat_says(client, session, tencent, call):
    ticket = client.post(SIGN_IN, json={"code": "for the ticket"}).json["ticket"]
    body = {"code": "the same"} | ({"ticket": ticket} if call == PHONE_BUTTON else {})

    assert [client.post(call, json=body).status_code for _ in range(3)] == [200, 401, 401]


def test_ticket_works_once_and_for_ten_minutes(client, session, travel, tencent):
    used, old = (client.post(SIGN_IN, json={"code": f"ticket {one}"}).json["ticket"] for one in range(2))

    def press(number, ticket):
        return client.post(PHONE_BUTTON, json={"code": f"phone {number}", "ticket": ticket}).status_code

    assert [press(1, used), press(2, used), press(3, "made up")] == [200, 401, 401]
    travel(minutes=10)
    assert press(4, old) == 401


def test_staff_and_people_shut_out_do_not_come_by_wechat(client, session, town, tencent):
    town.staff(Role.BUTLER, phone=PHONE)
    assert link(client, "1").status_code == 403
    tencent.phone["purePhoneNumber"] = "13900000002"
    assert link(client, "2").status_code == 200
    actions.disable(session.scalars(select(Person).where(Person.wechat_index.is_not(None))).one())
    session.flush()
    assert client.post(SIGN_IN, json={"code": "after"}).status_code == 403


@pytest.mark.parametrize(
    ("mood", "status"),
    [
        ("hangs", 503),
        ("errs", 503),
        ("drips", 503),
        ("cuts off", 503),
        ("redirects", 503),
        (b"", 503),
        (b'{"openid": "oTrunc', 503),
        (b"[]", 503),
        (b"null", 503),
        (b'{"errcode": [1]}', 503),
        (b'{"errcode": -1, "errmsg": "system busy"}', 503),
        (b'{"errcode": 40013, "errmsg": "invalid appid"}', 503),
        (b'{"errcode": 40029, "errmsg": "invalid code"}', 401),
        (b'{"errcode": 40163, "errmsg": "code been used"}', 401),
        (b'{"errcode": 45011, "errmsg": "api minute-quota reach limit"}', 429),
        (b'{"openid": null}', 503),
        (b'{"openid": 7}', 503),
        (b'{"openid": "\' OR 1=1 --"}', 503),
        (b'{"openid": "' + b"o" * 3_000_000 + b'"}', 503),
    ],
)
def test_whatever_wechat_does_is_answered_in_time_and_nothing_is_written(client, session, tencent, mood, status):
    tencent.mood = mood
    begun = time.monotonic()

    answer = client.post(SIGN_IN, json={"code": "a code"})

    assert (answer.status_code, time.monotonic() - begun < 8) == (status, True)
    assert session.scalars(select(Person.id)).all() == []
    tencent.mood = "well"
    assert client.post(SIGN_IN, json={"code": "a code"}).status_code == 200  # it was not used up


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"countryCode": "852"}, 401),
        ({"purePhoneNumber": "12345"}, 401),
        ({"purePhoneNumber": 13900000001}, 401),
        ({"watermark": {"appid": "wx1"}}, 503),
        ({"watermark": None}, 503),
    ],
)
def test_numbers_we_cannot_use_are_refused(client, session, tencent, change, status):
    tencent.phone |= change

    assert link(client, "1").status_code == status
    assert session.scalars(select(Person.id)).all() == []


def test_old_access_token_is_renewed_once(client, session, tencent):
    ticket = client.post(SIGN_IN, json={"code": "early"}).json["ticket"]
    link(client, "1")
    tencent.good_token = "token 2"

    assert client.post(PHONE_BUTTON, json={"code": "phone 2", "ticket": ticket}).status_code == 200
    asked = [(sent["force_refresh"]) for path, _, sent in tencent.asked if path == "/cgi-bin/stable_token"]
    assert asked == [False, True]


def test_breaker_leaves_wechat_alone_after_five_failures(app, client, session, tencent):
    tencent.mood = "errs"
    statuses = [client.post(SIGN_IN, json={"code": f"{number}"}).status_code for number in range(OPEN_AFTER + 3)]

    assert statuses == [503] * (OPEN_AFTER + 3)
    assert len(tencent.asked) == OPEN_AFTER
    tencent.mood = "well"
    assert client.post(SIGN_IN, json={"code": "later"}).status_code == 503
    app.extensions["wechat"]._alone_until -= LEFT_ALONE
    assert client.post(SIGN_IN, json={"code": "later"}).status_code == 200


def test_no_transaction_is_open_while_wechat_is_asked(app, client, session, town, tencent, monkeypatch):
    """With a bearer token of somebody else's, so that the session has already been read when the view begins."""
    token, _ = actions.open_sign_in(town.resident(), face="api", device="")
    session.flush()
    wechat, open_meanwhile = app.extensions["wechat"], []
    ask = wechat.openid_of

    def watched(code):
        open_meanwhile.append(db.session.registry.has() and db.session().in_transaction())
        return ask(code)

    monkeypatch.setattr(wechat, "openid_of", watched)
    answer = client.post(SIGN_IN, json={"code": "1"}, headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, open_meanwhile) == (200, [False])


def test_without_a_mini_program_it_says_so(client, session):
    answer = client.post(SIGN_IN, json={"code": "1"})

    assert (answer.status_code, "请用手机号登录" in answer.json["detail"]) == (503, True)


def link(client, number):
    ticket = client.post(SIGN_IN, json={"code": f"code {number}"}).json["ticket"]
    return client.post(PHONE_BUTTON, json={"code": f"phone {number}", "ticket": ticket or "none"})


def bearer(answer):
    return {"Authorization": f"Bearer {answer.json['token']}"}
