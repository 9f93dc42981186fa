"""What each reads of a case without a mask: the table of `identity.permissions` on cases that are there."""

from collections.abc import Callable

from butler.cases import answers
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.confirming import confirm_and_rate
from butler.cases.actions.moving import take_step
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Step
from butler.identity.permissions import FieldClass
from butler.identity.scope import Actor
from factories import Town, file_consult, file_errand

OUTLINE, WORDS = FieldClass.OUTLINE, FieldClass.WORDS
EVERYTHING = frozenset(FieldClass)
Clock = Callable[[str], None]


def test_each_reads_what_their_relation_to_the_case_grants(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case, here = file_errand(town.here.residents[0], town.here), town.here

    def seen(actor: Actor) -> frozenset[FieldClass]:
        return answers.shown_plainly(actor, case)

    assert seen(here.residents[0]) == EVERYTHING
    assert seen(here.butler) == {OUTLINE, WORDS}  # it waits on the desk
    assert seen(here.street_staff) == seen(town.district_staff) == {OUTLINE}
    assert seen(here.residents[1]) == seen(here.other_butler) == seen(town.sibling.street_staff) == frozenset()
    claim_next(here.butler)
    assert seen(here.butler) == EVERYTHING
    case.accountable_desk_id = here.desk_of(here.grids[0]).id
    assert seen(here.grid_worker) == {OUTLINE, WORDS}  # it came up because it is late


def test_who_did_the_work_reads_it_for_a_week_more(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case, butler = file_consult(town.here.residents[0], town.here), town.here.butler
    claim_next(butler)
    answer = STEP_INPUTS[Step.ANSWER].load({"note": "在街道办"})
    take_step(butler, case.number, Step.ANSWER, answer, version=case.version)
    confirm_and_rate(town.here.residents[0], case.number, version=case.version, grade=None)
    assert case.closed_at is not None

    at("2026-11-30 08:59")
    assert answers.shown_plainly(butler, case) == EVERYTHING
    at("2026-11-30 09:00")
    assert answers.shown_plainly(butler, case) == {OUTLINE, WORDS}
