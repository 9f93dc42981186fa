"""A child under 14 with an account of their own does nothing alone that gives away, hands over or binds; they see, call for
help and take back. Over the whole table: what we know of the age, whether a guardian still acts, and every deed."""

import io
from datetime import timedelta

import pytest
from files.hostile import picture

from apart import bearer
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.moving import take_step
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Step
from butler.families import actions, queries
from butler.identity.models import Person
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict
from factories import HAND_OVER, PAPERS, act_for, file_consult, file_errand, guards
from surfing import browser_of

HELD = ("unknown", "guardian", "guardian gone", "written down anew", "grown up")
"""What we know of somebody's age, and by whom: nothing, a guardian in force, one who has given up, one written down again
with another birthday that is over, one whose time is over."""
KNOWN = {"guardian", "guardian gone"}
NEEDED = (409, "guardian-needed")


def known_as(held, child, parent, town, at):
    """Make it so; from now on the clock stands where it is so."""
    if held == "unknown":
        return None
    given = guards(parent, child, town.here.butler)
    if held == "guardian gone":
        actions.end(parent, given["delegation"])
    if held == "written down anew":
        guards(parent, child, town.here.butler, ends_at=clock.now() + timedelta(minutes=1))
    if held in ("written down anew", "grown up"):
        at("2027-09-20 09:00" if held == "grown up" else "2026-11-23 09:02")
    return given


@pytest.mark.parametrize("held", HELD)
def test_every_deed_over_the_table(held, call, family, town, at):
    child, parent = family.child, family.parent
    before = file_errand(child, town.here)
    known_as(held, child, parent, town, at)
    place, path = str(town.here.buildings[0].id), f"/cases/{before.number}"
    wish = {"kind": "consult", "building_id": place, "summary": "怎么办？"}
    authority = {"acts": ["ask"], "until": clock.today().isoformat(), "name": "叔叔", "phone": "10098760011"}
    version = {"If-Match": f'"{before.version}"'}
    alone = {
        "ask": call(child, "POST", "/cases", wish),
        "note": call(child, "POST", f"{path}/steps/note", {"note": "请快些"}, **version),
        "agree": call(child, "POST", f"{path}/consents", {"consents": [PAPERS]}),
        "give an authority": call(child, "POST", "/delegations/grants", authority),
        "ask for one": call(child, "POST", "/delegations", authority | {"phone": "10098760012"}),
    }
    db.session.refresh(before)
    version = {"If-Match": f'"{before.version}"'}
    free = {
        "guide": call(child, "GET", "/matters/M012"),
        "card": call(child, "GET", f"/cards/{town.here.card.token}"),
        "see": call(child, "GET", path),
        "what is kept": call(child, "GET", "/me/data"),
        "urge": call(child, "POST", f"{path}/steps/urge", {}, **version),
    }
    steps = set(call(child, "GET", path).json["allowed_steps"])
    free["take back a consent"] = call(child, "POST", f"{path}/consents/hand_over/withdraw")
    db.session.refresh(before)
    free["cancel"] = call(child, "POST", f"{path}/steps/cancel", {}, **{"If-Match": f'"{before.version}"'})

    refused = {name for name, one in alone.items() if (one.status_code, one.json.get("code")) == NEEDED}
    assert refused == (set(alone) if held in KNOWN else set()), {name: one.json for name, one in alone.items()}
    assert {name: one.status_code for name, one in free.items() if one.status_code >= 400} == {}
    assert steps == ({"urge", "cancel"} if held in KNOWN else {"note", "urge", "cancel"})


def test_who_can_do_it_is_said(call, client, family, town):
    child, parent = family.child, family.parent
    given = guards(parent, child, town.here.butler)
    wish = {"kind": "consult", "building_id": str(town.here.buildings[0].id), "summary": "怎么办？"}
    said = call(child, "POST", "/cases", wish).json["detail"]
    assert f"请{parent.name}用自己的手机登录" in said
    assert "110" in said
    shown = browser_of(client, child.person_id).open(f"/cases/new?kind=consult&card={town.here.card.token}")
    assert (shown.status, f"请{parent.name}用自己的手机登录" in shown.text) == (200, True)
    assert "打电话给管家" in shown.text
    assert "提交" not in shown.text

    actions.end(parent, given["delegation"])
    assert "带户口簿或出生医学证明，当面请管家登记" in call(child, "POST", "/cases", wish).json["detail"]


def test_the_guardian_asks_and_the_child_sees_it(call, client, family, town):
    child, parent = family.child, family.parent
    given = guards(parent, child, town.here.butler)
    case = file_errand(parent, town.here, beneficiary=given)
    shown = browser_of(client, child.person_id).open(f"/my/cases/{case.number}")
    assert "由您的监护人来办" in shown.text
    assert shown.form("催一下")
    assert not any("note" in form.fields for form in shown.page.forms)
    path = f"/cases/{case.number}"
    assert call(child, "GET", path).json["allowed_steps"] == ["urge"], (
        "what the guardian asked for is not theirs to cancel"
    )
    version = {"If-Match": f'"{case.version}"'}
    cancelled = call(child, "POST", f"{path}/steps/cancel", {}, **version)
    assert (cancelled.status_code, cancelled.json["code"]) == NEEDED
    assert call(parent, "POST", f"{path}/steps/note", {"note": "孩子上学，晚上来"}, **version).status_code == 200


def test_no_child_ends_a_guardianship(call, family, town):
    child, parent = family.child, family.parent
    given = guards(parent, child, town.here.butler)
    path = f"/delegations/{given['delegation']}"
    assert (call(child, "GET", path).json["may"], call(parent, "GET", path).json["may"]) == ([], ["end"])
    assert call(child, "POST", f"{path}/end").status_code == 409
    assert call(parent, "POST", f"{path}/end").status_code == 200


def test_a_child_acts_for_nobody(call, family, town):
    child, grandmother = family.child, family.parent
    given = act_for(child, grandmother)
    case = file_errand(child, town.here, beneficiary=given)
    guards(town.sibling.residents[0], child, town.here.butler)
    with pytest.raises(Conflict) as refusal:
        file_errand(child, town.here, beneficiary=given)
    assert refusal.value.code == "guardian-needed"
    assert call(child, "GET", f"/cases/{case.number}").json["allowed_steps"] == ["urge"]


def test_nothing_changes_hands_with_a_child_alone(call, client, family, town):
    """Asked for before we knew: neither signature nor papers nor photos of papers, from the child or by the butler."""
    child, butler = family.child, town.here.butler
    case = file_errand(child, town.here)
    question = file_consult(child, town.here)
    claimed = [claim_next(butler), claim_next(butler)]
    assert {one.number for one in claimed} == {case.number, question.number}
    guards(family.parent, child, butler)
    for one, step, data in (
        (case, Step.AUTHORISE, {}),
        (question, Step.CONVERT, {"matter_code": "M012"}),
    ):
        with pytest.raises(Conflict) as refusal:
            take_step(butler, one.number, step, STEP_INPUTS[step].load(data), version=one.version)
        assert refusal.value.code == "guardian-needed"
    for who in (child, butler):
        sent = client.post(
            f"/api/v1/cases/{case.number}/attachments",
            headers=headers(who),
            data={"file": (io.BytesIO(picture()), "a.jpg"), "kind": "paper", "purpose": "办证", "_end": "1"},
            content_type="multipart/form-data",
        )
        assert (sent.status_code, sent.json["code"]) == NEEDED
    said = call(butler, "POST", f"/cases/{case.number}/consents", {"consents": [HAND_OVER]})
    assert (said.status_code, said.json["code"]) == NEEDED
    given_up = STEP_INPUTS[Step.RESOLVE].load({"note": "孩子还小，请监护人来办"})
    assert take_step(butler, case.number, Step.RESOLVE, given_up, version=case.version).stage == "resolved"


def headers(actor):
    return {**bearer(actor.person_id), "Idempotency-Key": f"child-{actor.person_id:012}"}


def test_the_age_is_known_from_the_paper_alone(family, town):
    person = db.session.get_one(Person, family.child.person_id)
    assert not queries.is_under_14(person.id, clock.now())
    guards(family.parent, family.child, town.here.butler)
    assert queries.is_under_14(person.id, clock.now())
