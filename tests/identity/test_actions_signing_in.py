"""Passwords slow guessing down and lock nobody out; sign-ins end when they should."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from butler.identity import actions, queries
from butler.identity.actions import hashing
from butler.identity.actions.checking import WrongPassword
from butler.identity.models import SignIn
from butler.identity.permissions import Role
from butler.kit import clock
from butler.kit.database import unit_of_work
from butler.kit.errors import RateLimited
from butler.kit.numbers import fingerprint

PASSWORD = "correct horse battery staple"
HERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"


def test_password_is_kept_as_argon2id_with_the_owasp_costs(session):
    stored = actions.hash_password(PASSWORD)

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashing._NOBODY.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashing.password_fits(stored, PASSWORD)
    assert not hashing.password_fits(stored, PASSWORD + " ")
    assert not hashing.password_fits(None, PASSWORD)
    assert not hashing.password_fits("not a hash", PASSWORD)


def test_password_signs_in_whatever_the_case_of_the_user_name(town, travel):
    person = town.staff(Role.BUTLER)

    token, sign_in = log_in(person.username.upper())

    assert sign_in.person_id == person.id
    assert queries.find_sign_in(fingerprint(token), "api", clock.now())[1].roles == (Role.BUTLER, Role.RESIDENT)


def test_unknown_wrong_and_disabled_say_the_same(town, travel):
    person, gone = town.staff(Role.BUTLER), town.staff(Role.BUTLER)
    actions.disable(gone)

    sentences = {
        refusal(username, password)
        for username, password in (
            (person.username, "wrong"),
            ("nobody", PASSWORD),
            (gone.username, PASSWORD),
        )
    }

    assert sentences == {"用户名或密码不对。请再核对一遍；忘了密码请找您的管理员。"}


def test_five_wrong_passwords_slow_down_this_address_only(town, travel):
    person = town.staff(Role.BUTLER)
    for _ in range(5):
        assert refusal(person.username, "wrong")
        travel(minutes=1)

    with pytest.raises(RateLimited) as refused:
        log_in(person.username)

    assert refused.value.headers == {"Retry-After": "600"}
    assert refused.value.detail == "密码试错的次数多了。账号没有锁定，请 10 分钟后再试。"
    log_in(person.username, asked_from=ELSEWHERE)
    travel(minutes=10)
    log_in(person.username)


def test_twenty_wrong_passwords_for_any_names_slow_down_this_address(town, travel):
    person = town.staff(Role.BUTLER)
    for number in range(20):
        assert refusal(f"guess{number}", "wrong")

    with pytest.raises(RateLimited):
        log_in(person.username)
    log_in(person.username, asked_from=ELSEWHERE)
    travel(minutes=15)
    log_in(person.username)


def test_right_password_forgives_the_wrong_ones_before(town, travel):
    person = town.staff(Role.BUTLER)
    for _ in range(2):
        for _ in range(4):
            assert refusal(person.username, "wrong")
        log_in(person.username)


@pytest.mark.parametrize(
    ("face", "used_every", "lives"),
    [
        ("page", timedelta(minutes=29), timedelta(hours=12)),
        ("page", timedelta(minutes=30), timedelta(minutes=30)),
        ("api", timedelta(hours=5), timedelta(hours=12)),
    ],
)
def test_staff_sign_in_ends(town, travel, face, used_every, lives):
    token, sign_in = log_in(town.staff(Role.BUTLER).username, face=face)
    started = clock.now()

    while queries.find_sign_in(fingerprint(token), face, clock.now()):
        actions.note_use(sign_in)
        travel(seconds=used_every.total_seconds())

    assert sign_in.expires_at - started == lives


def test_note_use_writes_once_a_minute(town, travel):
    _, sign_in = log_in(town.staff(Role.BUTLER).username)
    started = clock.now()

    seen = []
    for _ in range(3):
        travel(seconds=30)
        actions.note_use(sign_in)
        seen.append((sign_in.seen_at - started).seconds)

    assert seen == [0, 60, 60]


def test_sign_out_disabling_and_replacing_end_sign_ins_at_once(town, travel):
    person, other = town.staff(Role.BUTLER), town.staff(Role.BUTLER)
    tokens = {name: log_in(person.username) for name in ("first", "second", "third")}
    tokens["other"] = log_in(other.username)

    def alive():
        return {
            name for name, (token, _) in tokens.items() if queries.find_sign_in(fingerprint(token), "api", clock.now())
        }

    actions.sign_out(tokens["first"][1])
    assert alive() == {"second", "third", "other"}
    tokens["fourth"] = log_in(person.username, replaces=tokens["second"][1])
    assert alive() == {"third", "fourth", "other"}
    actions.disable(person)
    assert alive() == {"other"}


def test_token_of_one_face_is_nothing_on_the_other(town, travel):
    token, _ = log_in(town.staff(Role.BUTLER).username, face="page")

    assert queries.find_sign_in(fingerprint(token), "page", clock.now()) is not None
    assert queries.find_sign_in(fingerprint(token), "api", clock.now()) is None


def test_purge_forgets_sign_ins_a_month_after_their_end(session, town, travel):
    log_in(town.staff(Role.BUTLER).username)
    travel(days=30, hours=12)
    assert actions.purge() == 0
    travel(seconds=1)

    assert actions.purge() == 1
    assert session.scalars(select(SignIn)).all() == []


def log_in(username, password=PASSWORD, asked_from=HERE, face="api", replaces=None):
    return actions.sign_in_with_password(
        username=username, password=password, asked_from=asked_from, face=face, replaces=replaces
    )


def refusal(username, password):
    """The sentence of a wrong password, told the way a request does: its transaction ends with the refusal."""
    with pytest.raises(WrongPassword) as refused, unit_of_work():
        log_in(username, password)
    return refused.value.detail
