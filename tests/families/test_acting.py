"""Acting for a relative: filing needs an authority in force, and so does every step afterwards."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from butler.cases.actions.claiming import claim_next
from butler.cases.actions.filing import Wish, file_case
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.queries.acting import steps_open_to
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Kind, Step
from butler.families import actions
from butler.families.states import Power
from butler.kit.database import db
from butler.kit.errors import Conflict
from factories import ERRAND_MATTER, HAND_OVER, act_for, file_errand
from statements import statements
from surfing import browser_of

ERRAND = {
    "kind": "errand",
    "mode": "daytime",
    "matter_code": ERRAND_MATTER,
    "summary": "优待证",
    "consents": [HAND_OVER],
}


def wish(town, delegation, **more):
    return {**ERRAND, "building_id": str(town.here.buildings[0].id), "beneficiary": {"delegation": delegation}, **more}


def test_filing_needs_an_authority_that_covers_it(call, family, town, at):
    """Every reason why it does not is answered alike."""
    child, parent, stranger = family.child, family.parent, town.sibling.residents[0]
    good = str(act_for(child, parent)["delegation"])
    other_matter = str(act_for(child, stranger, matters=("M016",))["delegation"])
    no_asking = str(act_for(child, town.sibling.residents[1], [Power.DECIDE])["delegation"])
    not_mine = str(act_for(stranger, parent)["delegation"])

    filed = call(child, "POST", "/cases", wish(town, good))
    refused = [call(child, "POST", "/cases", wish(town, one)) for one in (other_matter, no_asking, not_mine, "999999")]

    assert filed.status_code == 201
    case = db.session.query(Case).filter_by(number=filed.json["number"]).one()
    assert (case.asker_id, case.beneficiary_id, str(case.delegation_id)) == (child.person_id, parent.person_id, good)
    assert {(one.status_code, one.json["code"], one.json["detail"]) for one in refused} == {
        (409, "delegation-needed", refused[0].json["detail"])
    }
    for delegation, status in ((good, 201), (other_matter, 409)):  # a question about nothing in particular
        question = {"kind": "consult", "building_id": str(town.here.buildings[0].id), "summary": "在哪里办？"}
        asked = question | {"beneficiary": {"delegation": delegation}}
        assert call(child, "POST", "/cases", asked).status_code == status
    assert call(child, "POST", "/cases", wish(town, good, beneficiary={"name": "妈"})).status_code == 422

    at("2026-12-23 08:59:59")
    assert call(child, "POST", "/cases", wish(town, good)).status_code == 201
    at("2026-12-23 09:00:00")
    assert call(child, "POST", "/cases", wish(town, good)).status_code == 409


def test_each_step_needs_its_power_and_the_parent_needs_none(family, town):
    """Over the whole table: every power alone opens its own steps and no other."""
    child, parent, seen = family.child, family.parent, {}
    for power in Power:
        case = file_errand(child, town.here, beneficiary=act_for(child, parent))
        act_for(child, parent, [power])  # in place of the one it was asked for by
        seen[power] = set(steps_open_to(child, case))
        assert set(steps_open_to(parent, case)) == {Step.NOTE, Step.URGE, Step.CANCEL}
        for step in (Step.URGE, Step.CANCEL):
            if step not in seen[power]:
                with pytest.raises(Conflict) as refusal:
                    take_step(child, case.number, step, STEP_INPUTS[step].load({}), version=case.version)
                assert refusal.value.code == "delegation-needed"
    assert seen == {
        Power.ASK: {Step.NOTE, Step.URGE}, Power.FOLLOW: set(), Power.DECIDE: {Step.CANCEL}, Power.MANDATE: set(),
    }  # fmt: skip


def test_after_its_term_the_case_is_seen_and_nothing_is_done(call, family, town, at):
    child = family.child
    case = file_errand(child, town.here, beneficiary=act_for(child, family.parent))
    path = f"/cases/{case.number}"

    def note():
        version = call(child, "GET", path).headers["ETag"]
        return call(child, "POST", f"{path}/steps/note", {"note": "请快些"}, **{"If-Match": version})

    at("2026-12-23 08:59:59")
    assert note().status_code == 200
    at("2026-12-23 09:00:00")
    shown = call(child, "GET", path)
    assert (shown.status_code, shown.json["allowed_steps"]) == (200, [])
    late = note()
    assert (late.status_code, late.json["code"]) == (409, "delegation-needed")
    act_for(child, family.parent)
    assert note().status_code == 200, "an authority given anew covers what began under the old one"


def test_a_delegate_signs_only_what_they_may_pass_on(call, family, town):
    child, parent = family.child, family.parent
    for acts, signed_by, fits in (
        ([Power.ASK], "beneficiary", True),
        ([Power.ASK], "delegate", False),
        ([Power.ASK, Power.MANDATE], "delegate", True),
    ):
        case = file_errand(child, town.here, beneficiary=act_for(child, parent, acts))
        claimed = claim_next(town.here.butler)
        assert claimed is not None
        sign = STEP_INPUTS[Step.AUTHORISE].load({"signed_by": signed_by})
        if fits:
            take_step(town.here.butler, case.number, Step.AUTHORISE, sign, version=claimed.version)
        else:
            with pytest.raises(Conflict), db.session.begin_nested():
                take_step(town.here.butler, case.number, Step.AUTHORISE, sign, version=claimed.version)
    own = file_errand(parent, town.here)
    claimed = claim_next(town.here.butler)
    assert claimed is not None
    answer = call(
        town.here.butler, "POST", f"/cases/{own.number}/steps/authorise", {"signed_by": "delegate"},
        **{"If-Match": f'"{claimed.version}"'},
    )  # fmt: skip
    assert answer.json["errors"][0]["pointer"] == "/signed_by"


def test_the_parent_reads_what_was_done(call, family, town):
    child, parent = family.child, family.parent
    given = act_for(child, parent)
    file_errand(child, town.here)
    asked = [file_errand(child, town.here, beneficiary=given).number for _ in range(2)]
    path = f"/delegations/{given['delegation']}/cases"
    for who in (child, parent):
        assert [one["number"] for one in call(who, "GET", path).json["items"]] == asked[::-1]
    assert call(town.sibling.residents[0], "GET", path).status_code == 404


def test_twenty_cases_cost_as_much_as_one(call, client, family, town):
    child, parent = family.child, family.parent
    given = act_for(child, parent)
    question = Wish(kind=Kind.CONSULT, building_id=town.here.buildings[0].id, summary="问一问", beneficiary=given)
    mine = browser_of(client, child.person_id)
    asked = {}
    for wanted in (1, 20):
        while db.session.scalar(select(func.count()).select_from(Case)) < wanted:
            file_case(child, question)
        for path in (f"/delegations/{given['delegation']}/cases", "/cases?as=asker"):
            with statements() as sent:
                listed = call(child, "GET", path).json["items"]
            assert (len(listed), listed[0]["allowed_steps"]) == (wanted, ["note", "urge", "cancel"])
            asked.setdefault(path, []).append(len(sent))
        for path in (f"/my/family/{given['delegation']}/cases", "/my"):
            with statements() as sent:
                assert mine.open(path).status == 200
            asked.setdefault(path, []).append(len(sent))
    assert {path: twenty - one for path, (one, twenty) in asked.items()} == dict.fromkeys(asked, 0)


def test_the_database_asks_for_the_delegation_too(family, town):
    case = file_errand(family.child, town.here)
    sets = f"beneficiary_id = {family.parent.person_id}"
    with pytest.raises(IntegrityError, match="family_has_delegation"), db.session.begin_nested():
        db.session.connection().exec_driver_sql(f"UPDATE cases SET {sets} WHERE id = {case.id}")


def test_what_ends_the_authority_ends_the_steps(call, family, town):
    child, parent = family.child, family.parent
    given = act_for(child, parent)
    case = file_errand(child, town.here, beneficiary=given)
    actions.end(parent, given["delegation"])
    step = STEP_INPUTS[Step.CANCEL].load({})
    with pytest.raises(Exception, match=r"没有找到|授权"):
        take_step(child, case.number, Step.CANCEL, step, version=case.version)
    assert steps_open_to(parent, case), "the parent goes on"
