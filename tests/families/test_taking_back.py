"""An authority taken back is taken back in the same moment, whoever is at it; and who is under 14 has a guardian."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.queries import finding
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Step
from butler.families import actions, queries
from butler.families.actions.moving import begin
from butler.families.models import Delegation
from butler.families.states import Basis, Power
from butler.identity.id_numbers import is_child
from butler.identity.models import Person
from butler.kit import clock
from butler.kit.database import db, unit_of_work
from butler.kit.errors import NotFound
from factories import act_for, file_errand

CHILD = "999999201506010011"  # of an area that does not exist; born on 1 June 2015
GUARDIAN = {"child_name": "小宝", "born_on": "2015-06-01", "name": "李妈", "paper": "birth_certificate"}
ROUNDS = 6


def seen_by(call: Any, actor: Any, case: Case) -> list[int]:
    path = f"/cases/{case.number}"
    return [call(actor, "GET", one).status_code for one in (path, f"{path}/timeline")]


@pytest.mark.parametrize("who", ["parent", "child"])
def test_what_is_taken_back_is_out_of_sight_in_the_same_moment(call, family, town, who):
    child, parent = family.child, family.parent
    given = act_for(child, parent)
    case = file_errand(child, town.here, beneficiary=given)
    other = file_errand(child, town.here)
    assert (seen_by(call, child, case), seen_by(call, parent, case)) == ([200, 200], [200, 200])

    ended = call(getattr(family, who), "POST", f"/delegations/{given['delegation']}/end")

    assert ended.status_code == 200
    assert (seen_by(call, child, case), seen_by(call, parent, case)) == ([404, 404], [200, 200])
    assert seen_by(call, child, other) == [200, 200]
    listed = call(child, "GET", f"/delegations/{given['delegation']}/cases").json["items"]
    mine = call(child, "GET", "/cases").json["items"]
    assert (listed, [one["number"] for one in mine]) == ([], [other.number])
    act_for(child, parent)
    assert seen_by(call, child, case) == [404, 404], "a new authority does not open what was closed"


def test_leaving_ends_it_and_ones_own_data_names_it(call, family):
    given = act_for(family.child, family.parent)
    data = call(family.parent, "GET", "/me/data").json["family"]
    assert [(one["direction"], one["state"], one["called"]) for one in data] == [("given", "in_force", None)]
    assert call(family.parent, "POST", "/me/erase").status_code == 204
    one = db.session.get_one(Delegation, given["delegation"], populate_existing=True)
    assert (one.state, one.ended_why) == ("ended", "left")


def test_a_guardian_acts_for_a_child_until_the_fourteenth_birthday(call, family, town, at):
    mother, butler = family.child, town.here.butler
    phone = db.session.get_one(Person, mother.person_id).phone
    seen = call(butler, "POST", "/delegations/guardians", GUARDIAN | {"phone": phone})
    assert (seen.status_code, seen.json["ends_at"]) == (201, "2029-06-01T00:00:00+08:00")
    one = db.session.get_one(Delegation, int(seen.json["id"]))
    assert db.session.get_one(Person, one.grantor_id).phone is None
    second = {"phone": "10098760077", "name": "张爸", "other_guardian_phone": phone}
    father = call(butler, "POST", "/delegations/guardians", GUARDIAN | second)
    assert db.session.get_one(Delegation, int(father.json["id"])).grantor_id == one.grantor_id
    for wrong in (second | {"child_name": "别人"}, {"paper": "id_card", "phone": phone}):
        assert call(butler, "POST", "/delegations/guardians", GUARDIAN | wrong).status_code == 422

    case = file_errand(mother, town.here, beneficiary={"delegation": one.id})
    assert case.beneficiary_id == one.grantor_id
    at("2029-05-31 23:59:59")
    assert Power.DECIDE in queries.powers_for(one.grantor_id, mother.person_id, "M012", clock.now())
    at("2029-06-01 00:00:00")
    assert queries.powers_for(one.grantor_id, mother.person_id, "M012", clock.now()) == frozenset()
    assert actions.end_what_is_over() == 2
    assert (one.state, one.ended_why) == ("ended", "grown_up")


def test_nobody_under_fourteen_is_verified_without_a_guardian(call, family, town):
    butler, phone = town.here.butler, "10098760088"
    verify = {"phone": phone, "name": "小宝", "how": "id_card", "id_number": CHILD}
    refused = call(butler, "POST", "/residents/verifications", verify)
    assert (refused.status_code, "监护人" in refused.json["detail"]) == (403, True)
    assert db.session.scalar(select(Person.id).where(Person.verified_by == butler.person_id)) is None
    mother = db.session.get_one(Person, family.child.person_id).phone
    body = GUARDIAN | {"phone": mother, "child_phone": phone}
    assert call(butler, "POST", "/delegations/guardians", body).status_code == 201
    assert call(butler, "POST", "/residents/verifications", verify).status_code == 200


def test_the_number_tells_who_is_a_child():
    days = {"2026-11-26": True, "2029-05-31": True, "2029-06-01": False, "2029-06-02": False}
    assert {day: is_child(CHILD, date.fromisoformat(day)) for day in days} == days


def test_agreeing_and_withdrawing_at_once_leave_one_end(apart, at_once):
    app, town = apart
    child, parent = town.here.residents
    with app.app_context():
        for _ in range(ROUNDS):
            with unit_of_work():
                chosen = begin(
                    grantor_id=parent.person_id, delegate_id=child.person_id, basis=Basis.GRANTED, acts=[Power.ASK],
                    matters=(), ends_at=clock.now() + timedelta(days=9), called="爸", by_id=child.person_id,
                ).id  # fmt: skip
            agreed, ended = at_once(
                lambda chosen=chosen: actions.agree(parent, chosen, acts=[Power.ASK], matters=(), until=None),
                lambda chosen=chosen: actions.end(child, chosen),
            )
            with unit_of_work():
                one = db.session.get_one(Delegation, chosen, populate_existing=True)
                assert (one.state, ended) == ("ended", "done"), "the child ends it, agreed to before or not"
                assert (agreed, one.ended_why) in (("done", "given_up"), ("Conflict", "withdrawn"))


def test_taking_back_while_the_delegate_acts_is_before_or_after(apart, at_once):
    """Either the step was taken and then the authority, or the step is refused: never a step after the end."""
    app, town = apart
    child, parent = town.here.residents
    cancel = STEP_INPUTS[Step.CANCEL].load({})
    with app.app_context():
        for _ in range(ROUNDS):
            with unit_of_work():
                chosen = act_for(child, parent)["delegation"]
                case = file_errand(child, town.here, beneficiary={"delegation": chosen})
                number, version = case.number, case.version
            step, taken = at_once(
                lambda number=number, version=version: take_step(child, number, Step.CANCEL, cancel, version=version),
                lambda chosen=chosen: actions.end(parent, chosen),
            )
            assert (taken, step in ("done", "NotFound", "Conflict")) == ("done", True)
            with unit_of_work():
                case = db.session.scalars(select(Case).where(Case.number == number)).one()
                assert (case.stage == "closed", case.asker_sees) == (step == "done", False)
                with pytest.raises(NotFound):
                    finding.find_case(child, number)
