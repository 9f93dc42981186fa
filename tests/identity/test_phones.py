"""Another telephone: proved with both, or face to face; never by answering questions (ASVS 7.5.1)."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from apart import bearer
from butler.identity.models import Person, PhoneChange, SignIn
from butler.identity.rules import NOTICE_TO_NEW_PHONE, NOTICE_TO_OLD_PHONE
from butler.kit import clock
from butler.kit.database import db
from butler.kit.outbox import OutboxMessage
from factories import make_town
from surfing import browser_of

NEW, CARD, OTHER_CARD = "10099990000", "99999919450101001X", "999999195002020015"
_keys = count(1)


@pytest.fixture
def real_town(session):
    """The town of `factories`, which has buildings and doors."""
    return make_town()


@pytest.fixture
def now(at):
    """The clock of this test, to be moved by minutes."""
    at("2026-11-23 09:00")
    return lambda minutes: at(f"2026-11-{23 + minutes // 1440:02} {9 + minutes % 1440 // 60:02}:{minutes % 60:02}")


def phone_of(actor: Any) -> str:
    return db.session.scalars(select(Person.phone).where(Person.id == actor.person_id)).one()


def code_to(phone: str) -> str:
    """The newest code that was sent to a number."""
    sent = db.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "code").order_by(OutboxMessage.id))
    return [one.payload["code"] for one in sent if one.payload["phone"] == phone][-1]


def told() -> list[tuple[str, str]]:
    """What was sent to numbers beside codes."""
    sent = db.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "text").order_by(OutboxMessage.id))
    return [(one.payload["phone"], one.payload["text"]) for one in sent]


def living(actor: Any) -> int:
    query = select(func.count()).where(SignIn.person_id == actor.person_id, SignIn.ended_at.is_(None))
    return db.session.scalar(query) or 0


def post(client: Any, path: str, headers: dict[str, str], **body: Any) -> Any:
    more = {"Idempotency-Key": f"key-number-{next(_keys):08}"}
    return client.post(f"/api/v1{path}", json=body, headers=headers | more)


def test_on_pages_with_both_telephones_in_hand(client, real_town, now):
    resident = real_town.here.residents[0]
    old = phone_of(resident)
    bearer(resident.person_id)  # a tablet at home
    home = browser_of(client, resident.person_id)
    db.session.commit()

    home.open("/my/data").follow("换手机号")
    assert (old[:3] + "****" + old[-4:] in home.text, "回答问题都换不了" in home.text) == (True, True)
    home.follow("收得到，开始换")
    assert "请再确认一次是您本人" in home.text  # having just signed in is not enough
    home.press("给我的手机发验证码")
    now(1)
    home.press("确认，继续办", code=code_to(old))
    assert home.address == "/my/phone/new"
    home.press("给新号码发验证码", phone=old)
    assert (home.status, "这就是您现在的手机号" in home.text) == (422, True)
    home.press("给新号码发验证码", phone="100 9999 0000")
    assert (home.address, living(resident)) == ("/my/phone/code", 2)
    home.press("换成这个号码", code="12")
    assert (home.status, phone_of(resident)) == (422, old)
    home.press("换成这个号码", code=_wrong(NEW))
    assert (home.status, phone_of(resident)) == (401, old)
    home.press("换成这个号码", code=code_to(NEW))

    assert (home.status, home.address, NEW in home.address) == (200, "/my/phone?done=changed", False)
    assert (phone_of(resident), living(resident)) == (NEW, 1)
    assert told() == [(old, NOTICE_TO_OLD_PHONE)]
    assert "不是您本人换的" in NOTICE_TO_OLD_PHONE
    assert "09:01换了手机号" in home.open("/my/data").text
    assert "两个号码都收了验证码" in home.text
    assert home.open("/my/phone/code").address.startswith("/my/phone/new")  # nothing of it is kept


def test_one_signs_in_with_the_new_number_and_not_with_the_old(client, real_town, now):
    resident = real_town.here.residents[0]
    old, headers = phone_of(resident), _proved(client, resident, now)
    _ask(client, NEW)
    assert post(client, "/me/phone", headers, phone=NEW, code=code_to(NEW)).status_code == 204
    now(10)

    def sign_in(phone: str) -> str:
        _ask(client, phone)
        answer = client.post("/api/v1/auth/sessions", json={"phone": phone, "code": code_to(phone)})
        return answer.json["person"]["id"]

    assert sign_in(NEW) == str(resident.person_id)
    assert sign_in(old) != str(resident.person_id)


def test_what_is_asked_first_and_what_is_refused(client, real_town, now):
    resident, butler = real_town.here.residents[0], real_town.here.butler
    old, taken = phone_of(resident), phone_of(real_town.here.residents[1])
    signed_in = bearer(resident.person_id)
    db.session.commit()
    _ask(client, NEW)

    unproved = post(client, "/me/phone", signed_in, phone=NEW, code=code_to(NEW))
    assert (unproved.status_code, unproved.json["code"]) == (401, "reauth-required")
    headers = _proved(client, resident, now)
    wrong = post(client, "/me/phone", headers, phone=NEW, code=_wrong(NEW))
    of_another = post(client, "/me/phone", headers, phone=taken, code=code_to(NEW))
    now(20)
    late = post(client, "/me/phone", headers, phone=NEW, code=code_to(NEW))
    assert [one.status_code for one in (wrong, of_another, late)] == [401, 401, 401]
    assert late.json["code"] == "reauth-required"
    assert post(client, "/me/phone", bearer(butler.person_id), phone=NEW, code="000000").status_code == 401
    assert (phone_of(resident), told(), db.session.scalars(select(PhoneChange)).all()) == (old, [], [])


def test_a_number_of_somebody_else_is_answered_as_a_free_one_until_it_is_proved(client, real_town, now):
    resident, other = real_town.here.residents
    taken, headers = phone_of(other), _proved(client, resident, now)
    home = browser_of(client, resident.person_id)
    db.session.execute(
        update(SignIn)
        .where(SignIn.person_id == resident.person_id, SignIn.face == "page")
        .values(created_at=clock.now() - timedelta(minutes=1))
    )
    db.session.commit()
    pages = []
    for phone in (NEW, taken):
        home.open("/my/phone/new").press("给新号码发验证码", phone=phone)
        first = (home.status, home.address, home.text.replace(f"{phone[:3]} {phone[3:7]} {phone[7:]}", ""))
        home.press("换成这个号码", code=_wrong(phone))
        pages.append((*first, home.status, home.text.replace(f"{phone[:3]} {phone[3:7]} {phone[7:]}", "")))
    assert pages[0] == pages[1]

    proved = post(client, "/me/phone", headers, phone=taken, code=code_to(taken))
    assert (proved.status_code, "另一个账号" in proved.json["detail"]) == (409, True)
    assert (phone_of(resident) != taken, phone_of(other), living(resident)) == (True, taken, 2)


def test_for_a_day_nothing_of_weight_is_done_and_everything_else_is(client, real_town, now):
    resident, relative = real_town.here.residents
    headers = _proved(client, resident, now)
    _ask(client, NEW)
    assert post(client, "/me/phone", headers, phone=NEW, code=code_to(NEW)).status_code == 204
    grant = {
        "name": "李", "phone": phone_of(relative), "acts": ["follow"], "matters": [], "until": "2026-12-20",
    }  # fmt: skip
    weighty = {
        "data": lambda one: client.get("/api/v1/me/data", headers=one),
        "grant": lambda one: post(client, "/delegations/grants", one, **grant),
        "erase": lambda one: post(client, "/me/erase", one),
        "again": lambda one: post(client, "/me/phone", one, phone="10099990001", code="000000"),
    }
    waiting = {name: deed(headers) for name, deed in weighty.items()}
    assert waiting["data"].json["title"] == "换号后先等一天"
    assert "11月24日 09:01" in waiting["data"].json["detail"]
    assert {name: one.status_code for name, one in waiting.items()} == dict.fromkeys(weighty, 409)
    assert client.get("/api/v1/cases", headers=headers).status_code == 200

    now(24 * 60 + 1)
    headers = bearer(resident.person_id)
    db.session.commit()
    assert client.get("/api/v1/me/data", headers=headers).json["phone_changes"][0]["how"] == "两个号码都收了验证码"
    assert post(client, "/me/erase", headers).status_code == 204


def test_at_a_desk_when_the_old_one_is_lost(client, real_town, now):
    resident, butler = real_town.here.residents[0], real_town.here.butler
    old, person = phone_of(resident), db.session.get_one(Person, resident.person_id)
    person.know_by_card(CARD)
    bearer(resident.person_id)
    desk = browser_of(client, butler.person_id)
    db.session.commit()

    desk.open("/desk/verify").follow("居民的手机号收不到短信了，要换一个").press("下一步", phone=old)
    assert (person.name[:1] + "**" in desk.text, person.name in desk.text) == (True, False)
    filled = {"new_phone": NEW, "name": person.name, "how": "id_card", "id_number": CARD, "why": "旧手机丢了"}
    for change, status, says in (
        ({"why": "丢"}, 422, "至少 4 个字"),
        ({"id_number": ""}, 422, "照着证件填上号码"),
        ({"id_number": OTHER_CARD}, 409, "对不上"),
        ({"name": "张小文"}, 409, "对不上"),
        ({"how": "other_paper", "id_number": ""}, 409, "对不上"),  # a card was seen before
        ({"new_phone": old}, 422, "和原来的一样"),
        ({"new_phone": phone_of(real_town.here.residents[1])}, 409, "不能用"),
    ):
        desk.press("本人没错，换成新号码", **filled | change)
        assert (desk.status, says in desk.text, phone_of(resident)) == (status, True, old), change
        assert person.name[:1] + "**" in desk.text, change
    desk.press("本人没错，换成新号码", **filled)

    assert (desk.status, desk.address) == (200, "/desk/phone?done=phone")
    assert (phone_of(resident), living(resident), person.wechat_openid) == (NEW, 0, None)
    assert told() == [(old, NOTICE_TO_OLD_PHONE), (NEW, NOTICE_TO_NEW_PHONE)]
    home = browser_of(client, resident.person_id).open("/my/data")
    assert "当面看了身份证，陈管家：旧手机丢了" in home.text
    assert "按手机号查找" in home.open("/my/looks").text


def test_nobody_is_moved_by_who_may_not(client, real_town, now):
    here, far = real_town.here, real_town.elsewhere.residents[0]
    body = {"new_phone": NEW, "how": "other_paper", "why": "旧手机丢了"}

    def change(who: Any, whose: Any, **more: Any) -> int:
        headers = bearer(who.person_id)
        db.session.commit()
        name = db.session.get_one(Person, whose.person_id).name
        answer = post(client, "/residents/phones", headers, **body | {"phone": phone_of(whose), "name": name} | more)
        return int(answer.status_code)

    assert change(here.butler, far) == 403
    assert change(here.butler, here.residents[1]) == 403  # lives where a colleague is butler
    assert change(here.residents[1], here.residents[0]) == 403
    assert change(here.butler, here.residents[0], phone="10077770000") == 409  # nobody we know
    assert change(here.butler, here.residents[0], how="known_in_person") == 422
    assert db.session.scalars(select(PhoneChange)).all() == []
    assert change(here.butler, here.residents[0]) == 204


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"how": "codes", "by": True}, "at_a_desk_by_somebody"),
        ({"how": "id_card", "by": False}, "at_a_desk_by_somebody"),
        ({"how": "id_card", "by": True}, "at_a_desk_for_a_reason"),
        ({"how": "id_card", "by": None, "sealed_why": b"x"}, "nobody_at_a_desk_for_themselves"),
    ],
)
def test_what_the_record_cannot_say(session, real_town, values, constraint):
    person, by = real_town.here.residents[0].person_id, values.pop("by")
    by_id = {True: real_town.here.butler.person_id, False: None, None: person}[by]
    with pytest.raises(IntegrityError, match=constraint):
        db.session.execute(
            PhoneChange.__table__.insert().values(person_id=person, at=clock.now(), by_id=by_id, **values)
        )


def _ask(client: Any, phone: str) -> None:
    assert client.post("/api/v1/auth/codes", json={"phone": phone}).status_code == 202


def _wrong(phone: str) -> str:
    return f"{(int(code_to(phone)) + 1) % 10**6:06}"


def _proved(client: Any, actor: Any, now: Any) -> dict[str, str]:
    """Somebody's program, in which the present number was proved again a minute after signing in."""
    headers, phone = bearer(actor.person_id), phone_of(actor)
    db.session.commit()
    _ask(client, phone)
    now(1)
    proof = {"code": code_to(phone)}
    assert client.post("/api/v1/auth/session/proof", json=proof, headers=headers).status_code == 204
    return headers
