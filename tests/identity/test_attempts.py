"""Every sign-in that failed leaves one line in the log: which way, which kind, and nothing about whom (ASVS 16.3.1)."""

import inspect
from collections.abc import Callable

import orjson
import pyotp
import pytest

from butler.identity import actions
from butler.identity.attempts import KINDS, Way
from butler.identity.permissions import Role
from butler.identity.wechat import WeChatCodeWrong
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Unavailable
from factories import actor_of
from statements import statements
from surfing import Browser

PASSWORD = "correct horse battery staple"
LOGIN, SESSIONS, WECHAT, LINKS = (f"/api/v1/auth/{name}" for name in ("login", "sessions", "wechat", "links"))
PHONE, WRONG, TYPED = "13899990000", "no such password at all", "nobody.of.ours"
ALLOWED = {"event", "level", "at", "request", "name", "way", "kind"}


class Refusing:
    """A WeChat that takes no code."""

    def __init__(self, refusal: Exception) -> None:
        self.refusal = refusal

    def openid_of(self, code: str) -> str:
        raise self.refusal

    phone_of = openid_of


@pytest.fixture
def deeds(app, client, town, travel, monkeypatch) -> dict[str, tuple[Callable[[], object], dict[str, str]]]:
    """By name: what somebody tries, and what the log says of it."""
    butler, guarded, gone = town.staff(Role.BUTLER), town.staff(Role.BUTLER), town.staff(Role.BUTLER)
    actions.confirm_factor(guarded, otp=pyotp.TOTP(actions.begin_factor(guarded)).now())
    actions.disable(gone)
    inviter = town.staff(Role.ADMINISTRATOR)
    token, invitation = actions.offer_reset(butler, by=_actor(inviter), why="试")
    actions.revoke_invitation(invitation, by=_actor(inviter))
    db.session.commit()

    def log_in(username: str, password: str = WRONG, **more: str) -> Callable[[], object]:
        return lambda: client.post(LOGIN, json={"username": username, "password": password, **more})

    def wechat(refusal: Exception, path: str, **more: str) -> Callable[[], object]:
        def ask() -> object:
            monkeypatch.setitem(app.extensions, "wechat", Refusing(refusal))
            return client.post(path, json={"code": "c" * 32, **more})

        return ask

    def locked() -> object:
        for _ in range(5):
            log_in("locked.name")()
        return log_in("locked.name")()

    def on_page() -> object:
        return Browser(client).open("/sign-in/staff").press("登录工作台", username=TYPED, password=WRONG)

    def code_on_page() -> object:
        browser = Browser(client).open("/sign-in").press("获取验证码", phone=PHONE)
        travel(minutes=6)  # so that no digits whatever are right
        return browser.press("登录", code="000000")

    def said(way: Way, kind: str) -> dict[str, str]:
        assert kind in KINDS.values()
        return {"way": way.value, "kind": kind}

    wrong = said(Way.PASSWORD, "wrong password")
    reset = {"token": token, "password": "我家的猫不爱吃鱼只爱睡觉"}
    return {
        "wrong password": (log_in(butler.username), wrong),
        "unknown name": (log_in(TYPED), wrong),
        "somebody who left": (log_in(gone.username, PASSWORD), wrong),
        "on the page": (on_page, wrong),
        "second factor missing": (log_in(guarded.username, PASSWORD), said(Way.PASSWORD, "no second factor")),
        "second factor wrong": (
            log_in(guarded.username, PASSWORD, otp="000000"),
            said(Way.PASSWORD, "wrong second factor"),
        ),
        "locked": (locked, said(Way.PASSWORD, "too many tries")),
        "wrong code": (
            lambda: client.post(SESSIONS, json={"phone": PHONE, "code": "123456"}),
            said(Way.CODE, "wrong code"),
        ),
        "wrong code on the page": (code_on_page, said(Way.CODE, "wrong code")),
        "wechat refuses": (wechat(WeChatCodeWrong(), WECHAT), said(Way.WECHAT, "refused by wechat")),
        "wechat refuses the number": (
            wechat(WeChatCodeWrong(), f"{WECHAT}/phone", ticket="t" * 43),
            said(Way.WECHAT, "refused by wechat"),
        ),
        "wechat away": (wechat(Unavailable("微信暂时没有回应。"), WECHAT), said(Way.WECHAT, "nobody to ask")),
        "link used up": (
            lambda: client.post(f"{LINKS}/reset", json=reset),
            said(Way.LINK, "link used or too old"),
        ),
        "link never made": (
            lambda: client.post(f"{LINKS}/reset", json=reset | {"token": "x" * 43}),
            said(Way.LINK, "no such link"),
        ),
        "link looked at": (
            lambda: client.post(LINKS, json={"token": token}),
            said(Way.LINK, "link used or too old"),
        ),
    }  # fmt: skip


def test_each_failure_leaves_one_line_without_anybody_in_it(deeds, capsys):
    typed = (PHONE, WRONG, TYPED, PASSWORD, "locked.name", "butler1", "butler2", "butler3", "0000", "ccccc", "xxxxx")
    for name, (deed, expected) in deeds.items():
        capsys.readouterr()
        deed()
        err = capsys.readouterr().err
        lines = [orjson.loads(line) for line in err.splitlines() if '"event":"sign_in.failed"' in line]
        assert lines[-1].keys() == ALLOWED, name
        assert {key: lines[-1][key] for key in ("way", "kind")} == expected, name
        assert len(lines) == (6 if name == "locked" else 1), name
        assert [word for word in typed if word in " ".join(str(line) for line in lines)] == [], name


def test_proving_again_with_a_wrong_password_leaves_a_line_too(client, town, travel, capsys):
    person = town.staff(Role.BUTLER)
    token = client.post(LOGIN, json={"username": person.username, "password": PASSWORD}).json["token"]
    capsys.readouterr()

    client.post("/api/v1/auth/session/proof", json={"password": WRONG}, headers={"Authorization": f"Bearer {token}"})

    (line,) = [line for line in capsys.readouterr().err.splitlines() if "sign_in.failed" in line]
    assert orjson.loads(line).keys() == ALLOWED
    assert (orjson.loads(line)["way"], orjson.loads(line)["kind"]) == ("again", "wrong password")


def test_who_gets_in_leaves_none(client, town, travel, capsys):
    person = town.staff(Role.BUTLER)

    assert client.post(LOGIN, json={"username": person.username, "password": PASSWORD}).status_code == 200

    assert "sign_in.failed" not in capsys.readouterr().err


def test_known_and_unknown_cost_the_same_and_say_the_same(deeds, capsys):
    """Statements and lines of the log, but for the number of the request and the time."""
    deeds["unknown name"][0]()
    told = []
    for name in ("wrong password", "unknown name", "somebody who left"):
        capsys.readouterr()
        with statements() as sent:
            deeds[name][0]()
        lines = [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]
        for line in lines:
            for changing in ("at", "request", "name", "ms"):
                line.pop(changing, None)
        told.append((len(sent), lines))

    assert told[0] == told[1] == told[2]


def test_every_way_in_is_watched(app):
    """A view that anybody may call and that lets somebody in is wrapped by `attempt`."""
    letting_in = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and ("/auth/" in rule.rule or rule.rule.startswith(("/sign-in", "/join")))
    } - {"identity.ask_code", "identity_pages.ask_code", "identity_pages.ask_proof_code"}
    watched = {
        endpoint
        for endpoint in letting_in
        if "attempts.py" in " ".join(inspect.getfile(function) for function in _layers(app.view_functions[endpoint]))
    }

    assert letting_in - watched == set()
    assert len(watched) == 12


def _layers(view: Callable[..., object]):
    while view is not None:
        yield view.__code__ if hasattr(view, "__code__") else view
        view = getattr(view, "__wrapped__", None)


def _actor(person):
    return actor_of(person, clock.now())
