"""谁替我办过什么: what was asked for and done under a delegation, for the two it is between."""

from flask import g, render_template
from flask.typing import ResponseReturnValue

from butler.cases import answers
from butler.cases.pages import resident
from butler.cases.queries import own, under
from butler.cases.schemas import CursorIn
from butler.cases.states import Happening, Step
from butler.cases.wording import DONE
from butler.families import queries as families
from butler.web.guard import signed_in
from butler.web.payload import read_query

_CURSOR = CursorIn()


@resident.pages.get("/my/family/<int:delegation_id>/cases")
@signed_in
def done_under(delegation_id: int) -> ResponseReturnValue:
    """Case by case, with every step the delegate took."""
    asked, me = read_query(_CURSOR), own.as_resident(g.actor)
    one = families.find_own(me, delegation_id)
    page = under.asked_under(me, one, cursor=asked.get("cursor"), limit=asked["limit"])
    deeds = under.deeds_of(one.delegate_id, [case.id for case in page.items])
    return render_template(
        "cases/family.html",
        mine=families.is_mine_to_give(me, one),
        name=families.name_of_other(me, one),
        delegation_id=one.id,
        cases=[
            (shown, [(line.at, _said(line.step)) for line in deeds[case.id]])
            for case, shown in zip(page.items, answers.case_lines(me, page.items), strict=True)
        ],
        next_cursor=page.next_cursor,
    )


def _said(step: str) -> str:
    return DONE[Step(step) if step in set(Step) else Happening(step)]
