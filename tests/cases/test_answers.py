"""What goes out is what the description of the API says: `answers` makes it, `answer_schemas` describes it."""

import pytest

from butler.cases import answers
from butler.cases.actions.claiming import claim_next
from butler.cases.answer_schemas import CaseAnswer, CaseLine
from butler.cases.queries import finding, showing
from factories import Town, file_errand


@pytest.mark.parametrize("of", [CaseAnswer, CaseLine])
def test_answer_is_what_its_schema_describes(town: Town, of: type) -> None:
    file_errand(town.here.residents[0], town.here)
    case = claim_next(town.here.butler)

    if of is CaseAnswer:
        answer = answers.case_whole(town.here.butler, case, hops=showing.hops(case), clocks=showing.clocks(case))
    else:
        answer = answers.case_line(town.here.butler, case)

    assert of().dump(answer) == answer
    assert list(answer) == list(of().fields)


def test_filed_and_claimed_case_shows_what_asking_again_shows(town: Town, session) -> None:
    """Nothing shown is left over from before the step."""
    butler, resident = town.here.butler, town.here.residents[0]
    for act, reader in ((lambda: file_errand(resident, town.here), resident), (lambda: claim_next(butler), butler)):
        case = act()
        shown = answers.case_whole(reader, case, hops=showing.hops(case), clocks=showing.clocks(case))
        session.commit()
        session.expunge_all()
        again = finding.find_case(reader, shown["number"])
        assert shown == answers.case_whole(reader, again, hops=showing.hops(again), clocks=showing.clocks(again))
