"""One-time passwords of staff: each works once (promises.md T14), recovery codes too; who must have them gets no further
without; strangers lock nobody out (ASVS 6.1.1); known and unknown names cost and say the same (T15)."""

import re
from dataclasses import replace

import pyotp
import pytest
from sqlalchemy import select

from butler.identity import actions
from butler.identity.actions import hashing
from butler.identity.models import KnownDevice, RecoveryCode, SecondFactor, SignIn, StaffDeed
from butler.identity.permissions import Role
from butler.identity.rules import OFFICIALS, second_factor_demanded
from butler.kit import clock
from butler.kit.database import db
from factories import actor_of
from statements import statements

PASSWORD = "correct horse battery staple"
LOGIN, FACTOR, ME = "/api/v1/auth/login", "/api/v1/me/second-factor", "/api/v1/me"


@pytest.fixture
def strict(app, monkeypatch):
    """As in production: nobody is let off for being on the handbill."""
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], demo=False))


@pytest.mark.parametrize("whose", ["officials", "staff", "nobody"])
@pytest.mark.parametrize("role", list(Role))
def test_who_needs_a_second_factor(role, whose):
    expected = {"officials": role in OFFICIALS, "staff": role is not Role.RESIDENT, "nobody": False}

    assert second_factor_demanded([role, Role.RESIDENT], whose) is expected[whose]


def test_one_time_password_is_set_up_used_once_and_needed_ever_after(client, session, town, travel):
    person = town.staff(Role.BUTLER)
    headers = bearer(log_in(client, person))
    secret = client.post(FACTOR, json={}, headers=headers).json["secret"]
    for wrong in ("000000", "验证码", "é", "--"):  # words, too: what was typed is what was typed
        assert client.post(f"{FACTOR}/confirm", json={"otp": wrong}, headers=headers).status_code == 401
    assert log_in(client, person).status_code == 200  # not in force yet

    confirmed = client.post(f"{FACTOR}/confirm", json={"otp": now(secret)}, headers=headers)

    assert (confirmed.status_code, len(set(confirmed.json["recovery_codes"]))) == (200, 10)
    assert [client.get(ME, headers=one).status_code for one in (headers, bearer(confirmed))] == [401, 200]
    needed = log_in(client, person)
    assert (needed.status_code, needed.json["code"]) == (401, "otp-needed")
    assert log_in(client, person, otp=now(secret)).status_code == 401  # the one it was confirmed with
    travel(seconds=30)
    used = now(secret)
    assert [log_in(client, person, otp=used).status_code for _ in range(2)] == [200, 401]
    assert session.scalars(select(StaffDeed.deed)).all() == ["factor_added"]
    assert log_in(client, person, password="wrong", otp=now(secret)).json["code"] == "unauthenticated"


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (-30, False), (0, True), (30, True), (60, False)])
def test_clock_may_be_one_step_wrong_but_never_before_the_last_one(client, town, travel, seconds, good):
    """The last one used was of the step before: so of the two steps of grace only the later is left."""
    person, secret, _ = with_factor_of(town)
    travel(seconds=30)

    answer = log_in(client, person, otp=pyotp.TOTP(secret).at(int(clock.now().timestamp()) + seconds))

    assert answer.status_code == (200 if good else 401)


def test_recovery_code_works_once_however_it_is_typed(client, session, town, travel):
    person, _, codes = with_factor_of(town)
    typed = codes[0].lower().replace("-", " ")

    assert [log_in(client, person, otp=one).status_code for one in (typed, codes[0], codes[1])] == [200, 401, 200]
    left = client.get(FACTOR, headers=bearer(log_in(client, person, otp=codes[2]))).json
    assert (left["recovery_codes_left"], left["demanded"]) == (7, False)
    assert all(code.replace("-", "") not in kept for code in codes for kept in hashes(session))


def test_codes_of_another_person_do_not_work(client, town, travel):
    person, *_ = with_factor_of(town)
    _, _, others = with_factor_of(town)

    assert log_in(client, person, otp=others[0]).status_code == 401


def test_new_recovery_codes_replace_the_old(client, town, travel):
    person, _, codes = with_factor_of(town)
    headers = bearer(log_in(client, person, otp=codes[0]))

    fresh = client.post(f"{FACTOR}/recovery-codes", json={}, headers=headers).json["recovery_codes"]

    assert [log_in(client, person, otp=one).status_code for one in (codes[1], fresh[0])] == [401, 200]


def test_guessing_one_time_passwords_ends_after_ten_in_an_hour_from_wherever(client, session, town, travel):
    person, secret, _ = with_factor_of(town)
    travel(seconds=30)

    wrong = f"{(int(now(secret)) + 1) % 1_000_000:06}"
    answers = [log_in(client, person, otp=wrong, address=f"192.0.2.{number}").status_code for number in range(12)]

    assert answers == [401] * 10 + [429] * 2
    assert log_in(client, person, otp=now(secret)).status_code == 429
    travel(hours=1)
    assert log_in(client, person, otp=now(secret)).status_code == 200


def test_secret_is_sealed_in_the_database(session, town, travel):
    _, secret, _ = with_factor_of(town)

    stored = db.session.connection().exec_driver_sql("SELECT secret FROM second_factors").scalar()

    assert secret.encode() not in bytes(stored)
    assert session.scalars(select(SecondFactor)).one().secret == secret


def test_reset_does_not_get_round_the_second_factor(client, town, travel):
    person, secret, _ = with_factor_of(town)
    admin = actor_of(town.staff(Role.ADMINISTRATOR))
    token, _ = actions.offer_reset(person, by=admin, why="忘了")
    actions.reset_password(token=token, password="我家的猫不爱吃鱼只爱睡觉")
    travel(seconds=30)

    without = log_in(client, person, password="我家的猫不爱吃鱼只爱睡觉")

    assert (without.status_code, without.json["code"]) == (401, "otp-needed")
    assert log_in(client, person, password="我家的猫不爱吃鱼只爱睡觉", otp=now(secret)).status_code == 200


def test_administrator_takes_a_lost_factor_away_with_a_reason_and_everything_ends(client, session, town, travel):
    person, _, codes = with_factor_of(town)
    admin = town.staff(Role.ADMINISTRATOR)
    lost, headers = bearer(log_in(client, person, otp=codes[0])), bearer(log_in(client, admin))
    address = f"/api/v1/staff/{person.id}/remove-second-factor"

    unsaid = client.post(address, json={}, headers={**headers, "Idempotency-Key": "key-number-000001"})
    done = client.post(
        address, json={"why": "当面核对了工作证"}, headers={**headers, "Idempotency-Key": "key-number-000002"}
    )

    assert (unsaid.status_code, done.status_code) == (422, 204)
    assert client.get(ME, headers=lost).status_code == 401
    assert log_in(client, person).status_code == 200
    assert hashes(session) == []
    assert [line.why for line in session.scalars(select(StaffDeed).where(StaffDeed.deed == "factor_removed"))] == [
        "当面核对了工作证"
    ]


@pytest.mark.usefixtures("strict")
def test_official_gets_no_further_without_a_second_factor(client, town, travel):
    official, butler = town.staff(Role.STREET_STAFF), town.staff(Role.BUTLER)
    headers = bearer(log_in(client, official))

    refused = client.get(ME, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (401, "sign-in-unfinished")
    assert refused.json["unfinished"] == "second_factor"
    assert client.get(ME, headers=bearer(log_in(client, butler))).status_code == 200
    secret = client.post(FACTOR, json={}, headers=headers).json["secret"]
    confirmed = client.post(f"{FACTOR}/confirm", json={"otp": now(secret)}, headers=headers)
    assert client.get(ME, headers=bearer(confirmed)).status_code == 200
    assert client.delete(FACTOR, headers=bearer(confirmed)).status_code == 409


@pytest.mark.usefixtures("strict")
def test_official_is_led_through_setting_up_in_a_browser(client, town, travel):
    official = town.staff(Role.STREET_STAFF)
    post(client, "/sign-in/staff", username=official.username, password=PASSWORD)

    assert client.get("/desk").location == "/my/second-factor?next=/desk"
    assert client.get("/sign-in/staff").location == "/my/second-factor"
    post(client, "/my/second-factor")
    page = client.get("/my/second-factor/confirm").text
    secret = re.search(r"<b>([A-Z2-7]{32})</b>", page)[1]
    assert re.search(r'<path d="M4 4h1v1h-1z', page)
    assert post(client, "/my/second-factor/confirm", otp="000000").status_code == 401
    codes = post(client, "/my/second-factor/confirm", otp=now(secret)).text
    assert len(re.findall(r"<li><b>[0-9A-Z]{5}-[0-9A-Z]{5}</b></li>", codes)) == 10
    assert client.get("/desk").status_code == 200
    post(client, "/sign-out", page="/sign-out")
    needed = post(client, "/sign-in/staff", username=official.username, password=PASSWORD)
    assert (needed.status_code, "还要填动态口令" in needed.text) == (401, True)
    travel(seconds=30)
    done = post(client, "/sign-in/staff", username=official.username, password=PASSWORD, otp=now(secret))
    assert done.location == "/desk"


def test_old_password_is_changed_first_where_a_site_wants_it(app, client, town, travel, monkeypatch):
    person = town.staff(Role.BUTLER)
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], password_months=3))
    travel(days=100)
    headers = bearer(log_in(client, person))

    refused = client.get(ME, headers=headers)
    changed = client.post(
        "/api/v1/me/password", json={"current": PASSWORD, "password": "我家的猫不爱吃鱼只爱睡觉"}, headers=headers
    )

    assert (refused.status_code, refused.json["unfinished"], changed.status_code) == (401, "password", 204)
    again = bearer(log_in(client, person, password="我家的猫不爱吃鱼只爱睡觉"))
    assert client.get(ME, headers=again).status_code == 200


def test_strangers_in_the_same_network_do_not_lock_out_a_known_device(client, session, town, travel):
    person = town.staff(Role.BUTLER)
    known = log_in(client, person).json["known_device"]
    for _ in range(30):
        log_in(client, person, password="wrong")
        travel(seconds=10)

    assert log_in(client, person).status_code == 429
    assert log_in(client, person, known_device="made up").status_code == 429
    again = log_in(client, person, known_device=known)
    assert (again.status_code, again.json["known_device"]) == (200, known)
    other = town.staff(Role.BUTLER)
    assert log_in(client, other, known_device=known).json["known_device"] != known  # known for one name, not for others
    tries = [log_in(client, person, password="wrong", known_device=known).status_code for _ in range(6)]
    assert tries == [401] * 5 + [429]  # a stolen device is no better than a network


def test_browser_is_known_after_a_sign_in_and_forgotten_with_the_password(client, session, town, travel):
    person = town.staff(Role.BUTLER)
    post(client, "/sign-in/staff", username=person.username, password=PASSWORD)
    cookie = client.get_cookie("butler-device")
    assert cookie.http_only
    post(client, "/sign-out")
    post(client, "/sign-in/staff", username=person.username, password=PASSWORD)
    assert client.get_cookie("butler-device").value == cookie.value
    assert len(session.scalars(select(KnownDevice)).all()) == 1

    actions.change_password(person, password="我家的猫不爱吃鱼只爱睡觉")

    assert session.scalars(select(KnownDevice)).all() == []


def test_ten_devices_of_a_person_are_known(client, session, town, travel):
    person = town.staff(Role.BUTLER)
    for _ in range(12):
        log_in(client, person)
        travel(seconds=1)

    assert len(session.scalars(select(KnownDevice)).all()) == 10
    travel(days=181)
    actions.purge()
    assert session.scalars(select(KnownDevice)).all() == []


def test_known_unknown_and_disabled_names_cost_the_same(client, town, travel, monkeypatch):
    """The same statements and one hash each: nothing to tell them apart by."""
    known, gone = town.staff(Role.BUTLER), town.staff(Role.BUTLER)
    actions.disable(gone)
    hashed = []
    log_in(client, town.staff(Role.BUTLER), password="warm up")
    monkeypatch.setattr(hashing, "_HASHER", Counting(hashing._HASHER.verify, hashed))

    costs = []
    for username in (known.username, "nobody", gone.username):
        hashed.clear()
        with statements() as sent:
            answer = client.post(LOGIN, json={"username": username, "password": "wrong"})
        costs.append((len(sent), len(hashed), answer.status_code, answer.json["detail"]))

    assert len(set(costs)) == 1, costs


def test_disabled_person_and_ended_post_hold_from_the_very_next_request(client, session, town, travel):
    """T16: within the second."""
    person = town.staff(Role.BUTLER)
    headers = bearer(log_in(client, person))
    assert client.get(ME, headers=headers).status_code == 200

    actions.shut_out(person, by=actor_of(town.staff(Role.ADMINISTRATOR)), why="试")

    assert client.get(ME, headers=headers).status_code == 401
    assert session.scalars(select(SignIn.ended_at).where(SignIn.person_id == person.id)).one() is not None


class Counting:
    """A hasher that says how often it was asked."""

    def __init__(self, verify, hashed):
        self._verify, self._hashed = verify, hashed

    def verify(self, stored, password):
        """As before, and noted."""
        self._hashed.append(stored)
        return self._verify(stored, password)


def with_factor_of(town):
    """A butler with a second factor, its secret, the recovery codes."""
    person = town.staff(Role.BUTLER)
    secret = actions.begin_factor(person)
    codes = actions.confirm_factor(person, otp=now(secret))
    return person, secret, codes


def hashes(session):
    return session.scalars(select(RecoveryCode.code_hash)).all()


def now(secret):
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()))


def log_in(client, person, *, username=None, password=PASSWORD, address="127.0.0.1", **more):
    body = {"username": username or person.username, "password": password, **more}
    return client.post(LOGIN, json=body, environ_base={"REMOTE_ADDR": address})


def bearer(answer):
    return {"Authorization": f"Bearer {answer.json['token']}"}


def post(client, path, *, page=None, **fields):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page or path).text)[1]
    return client.post(path, data={**fields, "csrf_token": token, "_end": "1"})
