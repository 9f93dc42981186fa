"""One-time codes: life, tries, single use, limits, and that a phone we know answers like one we do not."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from butler.identity import actions
from butler.identity.actions.codes import WrongCode
from butler.identity.models import OneTimeCode, Person, SignIn
from butler.identity.permissions import Role
from butler.kit.database import db, unit_of_work
from butler.kit.errors import NotAllowed, RateLimited
from butler.kit.outbox import OutboxMessage

PHONE, OTHER = "10012345678", "10087654321"
WRONG = "wrong!"


def test_ask_code_sends_six_digits_and_keeps_only_hashes(session, travel):
    code = actions.ask_code(phone=PHONE, asked_from="192.0.2.7")

    message = session.scalars(select(OutboxMessage)).one()
    digits = message.payload["code"]
    assert message.topic == "code"
    assert message.dedupe_id == f"code-{code.id}"
    assert message.payload == {
        "phone": PHONE,
        "code": digits,
        "text": f"【管家通】验证码 {digits}，5 分钟内有效。不要告诉别人，我们的人也不会向您要。",
    }
    assert re.fullmatch("[0-9]{6}", digits)
    assert len(message.payload["text"]) <= 70
    assert re.fullmatch("[0-9a-f]{64}", code.code_hash)
    assert re.fullmatch("[0-9a-f]{64}", code.asked_from)


def test_code_signs_in_and_makes_a_resident_known_once(session, travel):
    token, first = sign_in(ask(), name="陈大文")
    travel(minutes=1)
    _, second = sign_in(ask(), name="别的名字")

    person = session.scalars(select(Person)).one()
    assert (person.name, person.phone, person.username) == ("陈大文", PHONE, None)
    assert (first.person_id, second.person_id) == (person.id, person.id)
    assert first.expires_at == first.created_at + timedelta(days=30)
    assert len(token) == 43
    assert token not in first.token_hash


def test_resident_is_nameless_until_they_say_their_name(session, travel):
    sign_in(ask())
    assert session.scalars(select(Person.name)).one() == "居民"
    travel(minutes=1)

    sign_in(ask(), name="陈大文")

    assert session.scalars(select(Person.name)).one() == "陈大文"


@pytest.mark.parametrize(("after", "good"), [({"minutes": 5, "microseconds": -1}, True), ({"minutes": 5}, False)])
def test_code_lives_five_minutes(session, travel, after, good):
    code = ask()
    travel(**after)

    assert works(code) == good


def test_code_works_once(session, travel):
    code = ask()

    assert [works(code), works(code)] == [True, False]


@pytest.mark.parametrize(("wrong", "good"), [(4, True), (5, False)])
def test_code_takes_five_tries_and_refusing_keeps_the_count(session, travel, wrong, good):
    code = ask()

    for _ in range(wrong):
        assert not works(WRONG)

    assert works(code) == good
    assert session.scalars(select(OneTimeCode.tries)).one() == 5


def test_newest_code_is_the_only_one(session, travel):
    first = ask()
    travel(minutes=1)
    second = ask()

    assert first == second or not works(first)
    assert works(second)


def test_code_of_another_phone_does_not_work(session, travel):
    code = ask()
    ask(OTHER)

    assert not works(code, OTHER) or code == newest_code()
    assert works(code)


@pytest.mark.parametrize(
    ("gaps", "wait"),
    [
        ([59], timedelta(seconds=1)),
        ([60] * 5, timedelta(minutes=55)),
        ([721] * 10, timedelta(seconds=86400 - 7210)),
    ],
)
def test_ask_code_limits_per_phone(session, travel, gaps, wait):
    for number, gap in enumerate(gaps):
        actions.ask_code(phone=PHONE, asked_from=f"192.0.2.{number}")
        travel(seconds=gap)

    with pytest.raises(RateLimited) as refused:
        actions.ask_code(phone=PHONE, asked_from="192.0.2.200")

    assert refused.value.headers == {"Retry-After": str(int(wait.total_seconds()))}
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == len(gaps)
    actions.ask_code(phone=OTHER, asked_from="192.0.2.200")


def test_ask_code_limits_per_address_and_ipv6_network(session, travel):
    for number in range(30):
        actions.ask_code(phone=f"100{number:08}", asked_from=f"2001:db8::{number:x}")

    with pytest.raises(RateLimited):
        actions.ask_code(phone=PHONE, asked_from="2001:db8::ffff")
    actions.ask_code(phone=PHONE, asked_from="2001:db8:0:1::1")
    travel(hours=1)
    actions.ask_code(phone=OTHER, asked_from="2001:db8::1")


def test_code_is_refused_for_staff_and_for_the_disabled(session, town, travel):
    town.staff(Role.BUTLER, phone=PHONE)
    actions.disable(town.resident(phone=OTHER))

    for phone in (PHONE, OTHER):
        with pytest.raises(NotAllowed):
            sign_in(ask(phone), phone)
    assert session.scalar(select(func.count()).select_from(SignIn)) == 0


def test_purge_forgets_codes_after_a_day(session, travel):
    ask()
    travel(days=1)
    assert actions.purge() == 0
    travel(microseconds=1)

    assert actions.purge() == 1


def ask(phone=PHONE):
    actions.ask_code(phone=phone, asked_from="192.0.2.7")
    return newest_code()


def newest_code():
    newest = select(OutboxMessage.payload).order_by(OutboxMessage.id.desc()).limit(1)
    return db.session.scalar(newest)["code"]


def sign_in(code, phone=PHONE, name=None):
    return actions.sign_in_with_code(phone=phone, code=code, face="api", name=name)


def works(code, phone=PHONE):
    """Try a code the way a request does: its transaction ends with the refusal."""
    try:
        with unit_of_work():
            sign_in(code, phone)
    except WrongCode:
        return False
    return True
