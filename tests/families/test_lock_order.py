"""An authority is taken back in the very moment in which somebody works under it: nobody waits for ever, and nothing is
done, or comes into sight, afterwards."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from files.hostile import picture
from sqlalchemy import select

from butler.cases.actions.attaching import attach
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.consenting import agree
from butler.cases.actions.filing import Wish, file_case
from butler.cases.actions.moving import take_step
from butler.cases.models import Case, CaseStep
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Kind, Step
from butler.consents.models import Consent
from butler.consents.states import Channel
from butler.families import actions
from butler.families.models import Delegation
from butler.files.actions import Sent
from butler.files.states import FileKind
from butler.kit.database import db, unit_of_work
from factories import ERRAND_MATTER, HAND_OVER, PAPERS, act_for, file_errand

ROUNDS: Mapping[str, int] = {"convert": 12, "authorise": 8, "note": 6, "agree": 6, "attach": 4}
LATER: Mapping[str, float] = {"attach": 0.1}
"""Seconds by which the one begins later than the other, more each round, so that they meet everywhere; else 4 ms."""

DATA: Mapping[Step, Mapping[str, Any]] = {
    Step.CONVERT: {"matter_code": ERRAND_MATTER},
    Step.AUTHORISE: {"signed_by": "delegate"},
    Step.NOTE: {"note": "请快些"},
}
OF_THE_DELEGATE = {"note", "agree", "attach"}


def begin(town, child, given, deed):
    """A case under the authority, in the hands of the butler where the deed is a butler's: its number and version."""
    if deed == "convert":
        question = Wish(kind=Kind.CONSULT, building_id=town.here.buildings[0].id, summary="怎么办？", beneficiary=given)
        case = file_case(child, question)
    else:
        case = file_errand(child, town.here, beneficiary=given, consents=[HAND_OVER])
    if deed in OF_THE_DELEGATE:
        return case.number, case.version
    while (claimed := claim_next(town.here.butler)) is not None and claimed.number != case.number:
        pass
    return case.number, claimed.version


def deed_of(deed: str, town: Any, number: str, version: int) -> Callable[[], Any]:
    child = town.here.residents[0]
    if deed == "agree":
        return lambda: agree(child, number, [PAPERS], channel=Channel.PAGE)
    if deed == "attach":
        return lambda: attach(child, number, Sent(kind=FileKind.PHOTO, purpose="", name="a.jpg", data=picture()))
    step = Step(deed)
    data = STEP_INPUTS[step].load(DATA[step])
    who = child if deed in OF_THE_DELEGATE else town.here.butler
    return lambda: take_step(who, number, step, data, version=version)


def test_taken_back_while_somebody_works_under_it(apart, at_once, show):
    app, town = apart
    child, parent = town.here.residents
    ends, rounds, late, in_sight = [], 0, 0, 0
    for deed, times in ROUNDS.items():
        for number_of_round in range(times):
            with app.app_context():
                with unit_of_work():
                    given = act_for(child, parent)
                    number, version = begin(town, child, given, deed)
                work = deed_of(deed, town, number, version)
                wait = (number_of_round - times // 2) * LATER.get(deed, 0.004)

                def worked(work=work, wait=wait):
                    time.sleep(max(0, -wait))
                    work()

                def taken(given=given, wait=wait):
                    time.sleep(max(0, wait))
                    actions.end(parent, given["delegation"])

                ends.append(at_once(worked, taken))
                rounds += 1
                with unit_of_work():
                    one = db.session.get_one(Delegation, given["delegation"], populate_existing=True)
                    under = select(Case.id).where(Case.delegation_id == one.id)
                    in_sight += len(db.session.scalars(under.where(Case.asker_sees)).all())
                    late += len(db.session.scalars(
                        select(CaseStep.case_id).where(
                            CaseStep.case_id.in_(under), CaseStep.actor_id == child.person_id, CaseStep.at > one.ended_at
                        )
                    ).all())  # fmt: skip
                    late += len(db.session.scalars(
                        select(Consent.id).where(Consent.case_id.in_(under), Consent.given_at > one.ended_at)
                    ).all())  # fmt: skip
    done = sum(work == "done" for work, _ in ends)
    deadlocks = sum("DeadlockDetected" in end for end in ends)
    show(
        "T26", "an authority is taken back while somebody works under it", rounds=rounds, worked_before=done,
        refused=rounds - done, deadlocks=deadlocks, steps_after=late, left_in_sight=in_sight,
    )  # fmt: skip
    assert {taken for _, taken in ends} == {"done"}
    assert (deadlocks, late, in_sight) == (0, 0, 0)
    assert 0 < done < rounds, "they never met"
