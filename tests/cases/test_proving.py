"""Which deeds at a desk wait for a password, and that nothing typed is lost meanwhile (promises.md T25)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from apart import bearer
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.effects import EFFECTS
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.proving import PROVEN_STEPS
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Step
from butler.custody import queries as custody
from butler.identity.actions import hash_password
from butler.identity.models import OneTimeCode, Person, SignIn
from butler.identity.rules import RECENTLY
from butler.kit import clock
from butler.kit.database import db
from butler.kit.outbox import OutboxMessage
from factories import PASSWORD, Town, file_errand
from surfing import Browser, browser_of

PROVEN = {"receive_originals", "submit", "return_originals"}
ROUTES = {
    "POST /api/v1/cases/{case}/reveal",
    "POST /api/v1/delegations/face-to-face",
    "POST /api/v1/delegations/guardians",
    "POST /api/v1/residents/verifications",
    "GET /desk/verify",
    "POST /desk/verify",
    "POST /desk/verify/who",
    "GET /desk/family",
    "POST /desk/family",
    "GET /desk/family/guardian",
    "POST /desk/family/guardian",
    "GET /desk/cases/{case}/reveal",
    "POST /desk/cases/{case}/reveal",
    *(f"{method} /desk/cases/{{case}}/steps/{step}" for method in ("GET", "POST") for step in PROVEN),
    *(f"POST /api/v1/cases/{{case}}/steps/{step}" for step in PROVEN),
}
"""Deeds that wait for a password at a desk. Papers, which are files: tests/cases/test_files_api.py."""
AT_ONCE = {
    "GET /desk", "GET /desk/queue", "GET /desk/mine", "POST /desk/claim-next", "GET /desk/cases/{case}",
    "GET /desk/search", "GET /desk/cases/{case}/receipt", "GET /api/v1/cases/{case}",
    *(f"{method} /desk/cases/{{case}}/steps/{step}" for method in ("GET", "POST") for step in set(Step) - PROVEN),
    *(f"POST /api/v1/cases/{{case}}/steps/{step}" for step in set(Step) - PROVEN),
}  # fmt: skip
"""Some of those that do not: all other steps among them, so that no call for help waits for one."""


@pytest.fixture
def case(town: Town, at: Callable[[str], None]) -> Case:
    """An errand in hand of the butler, who has a password; the mandate is signed."""
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    claim_next(town.here.butler)
    take_step(town.here.butler, case.number, Step.AUTHORISE, STEP_INPUTS[Step.AUTHORISE].load({}), version=case.version)
    db.session.commit()
    return case


def an_hour_later(client: FlaskClient, person_id: int) -> Browser:
    """Their browser, in which the password was entered an hour and a minute ago."""
    browser = browser_of(client, person_id)
    _grow_old(person_id)
    return browser


def test_every_step_that_moves_originals_waits_for_a_password_and_no_other() -> None:
    moving = {step for step, effect in EFFECTS.items() if "custody" in effect.__code__.co_names}
    assert moving | {Step.SUBMIT} == PROVEN_STEPS == PROVEN


def test_which_deeds_wait_for_a_password(client: FlaskClient, town: Town, case: Case) -> None:
    who = town.here.butler.person_id
    browser, headers = an_hour_later(client, who), bearer(who)
    _grow_old(who)
    browser.open("/desk/search")
    token = browser.page.forms[0].fields["csrf_token"][0] if browser.page.forms else ""
    waits = {}
    for place, route in enumerate(sorted(ROUTES | AT_ONCE)):
        method, path = route.format(case=case.number).split(" ")
        key = f"key-of-this-deed-{place}"
        if "/api/" in path:
            more = {"Idempotency-Key": key, "If-Match": '"1"'}
            answer = client.open(path, method=method, json={}, headers=headers | (more if method == "POST" else {}))
            waits[route] = answer.status_code == 401 and answer.json["code"] == "reauth-required"
        else:
            form = {"csrf_token": token, "_key": key, "_version": "1", "_end": "1"} if method == "POST" else None
            answer = client.open(path, method=method, data=form)
            to = answer.headers.get("Location", "")
            waits[route] = to.startswith("/sign-in/again") or "请再确认一次是您本人" in answer.text
        assert answer.status_code < 500

    assert {route for route, waited in waits.items() if waited} == ROUTES


def test_residents_are_not_asked_by_steps(client: FlaskClient, town: Town, case: Case) -> None:
    who = town.here.residents[0].person_id
    headers = bearer(who)
    _grow_old(who)
    for step in PROVEN:
        more = {"Idempotency-Key": f"key-of-this-{step}", "If-Match": f'"{case.version}"'}
        answer = client.post(f"/api/v1/cases/{case.number}/steps/{step}", json={}, headers=headers | more)
        assert answer.status_code in (403, 409, 422), step


def test_what_was_typed_goes_on_once_the_password_is_right(client: FlaskClient, town: Town, case: Case) -> None:
    butler = town.here.butler.person_id
    _give_password(butler)
    desk = browser_of(client, butler)
    desk.open(f"/desk/cases/{case.number}/steps/receive_originals")
    button = next(iter(desk.form(_button(desk, "收")).buttons))
    _grow_old(butler)

    desk.press(button, items__2__name="户口本", items__2__copies="1", items__2__condition="封面<旧>")
    assert (desk.status, "还没有提交" in desk.text) == (401, True)
    assert custody.outstanding_count(case.id) == 0
    desk.press("确认，接着办", _password="wrong")
    assert (desk.status, "密码没有对上" in desk.text) == (401, True)
    desk.press("确认，接着办", _password="")
    assert desk.status == 422
    desk.press("确认，接着办", _password=PASSWORD)

    assert (desk.status, desk.address) == (200, f"/desk/cases/{case.number}?done=receive_originals")
    (held,) = custody.outstanding(case.id)
    assert (held.name, held.condition) == ("户口本", "封面<旧>")
    assert db.session.scalars(select(SignIn).where(SignIn.person_id == butler)).one().proved_at == clock.now()


def test_proving_holds_though_the_form_is_refused(client: FlaskClient, town: Town, case: Case) -> None:
    butler = town.here.butler.person_id
    _give_password(butler)
    desk = browser_of(client, butler)
    desk.open(f"/desk/cases/{case.number}/steps/receive_originals")
    button = _button(desk, "收")
    _grow_old(butler)

    desk.press(button, items__2__name="身份证", items__2__copies="1", items__2__condition="好")
    desk.press("确认，接着办", _password=PASSWORD)
    assert (desk.status, "身份证" in desk.response.text, "任何人不能留下" in desk.text) == (422, True, True)
    desk.press(button, items__0__name="户口本")
    assert (desk.status, custody.outstanding_count(case.id)) == (200, 1)


def test_a_resident_proves_it_on_the_way_with_a_code(client: FlaskClient, town: Town) -> None:
    resident = town.here.residents[0].person_id
    home = browser_of(client, resident)
    db.session.commit()
    home.open("/my/data/erase")
    button = _button(home, "注销")
    _grow_old(resident)

    home.press(button)
    assert (home.status, "还没有提交" in home.text) == (401, True)
    home.press("给我的手机发验证码")
    assert (home.status, "验证码发到您的手机上了" in home.text) == (401, True)
    assert db.session.scalars(select(OneTimeCode)).one().tries == 0
    home.press("确认，接着办", _code="000000x")
    assert db.session.scalars(select(OneTimeCode)).one().tries == 1  # a guess counts here too
    sent = db.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "code")).one()
    home.press("确认，接着办", _code=f" {sent.payload['code']} ")
    assert (home.status, home.address) == (200, "/gone")


def _button(browser: Browser, word: str) -> str:
    return next(words for form in browser.page.forms for words in form.buttons if word in words)


def _grow_old(person_id: int) -> None:
    long_ago = clock.now() - timedelta(minutes=RECENTLY + 1)
    db.session.execute(update(SignIn).where(SignIn.person_id == person_id).values(proved_at=long_ago))
    db.session.commit()


def _give_password(person_id: int) -> None:
    db.session.get_one(Person, person_id).password_hash = hash_password(PASSWORD)
    db.session.commit()
