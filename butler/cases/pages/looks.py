"""Uncovering what is usually covered, at a desk; and the resident's page 谁看过我的申请."""

from typing import Any

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from butler.cases import answers
from butler.cases.actions import attaching
from butler.cases.actions.doubting import doubt_look, find_own_look
from butler.cases.actions.looking import record_look
from butler.cases.actions.revealing import reveal, way_for
from butler.cases.pages import resident, staff
from butler.cases.queries import finding, looking, own
from butler.cases.schemas import DoubtIn, LooksIn, RevealIn
from butler.files.rules import Opening
from butler.files.states import FileKind
from butler.identity.permissions import Permission
from butler.identity.session import fresh_at_work
from butler.kit import clock
from butler.kit.paging import Page
from butler.looks.queries import Entry, uncovered
from butler.looks.rules import COVERED, SHORTEST_WORDS
from butler.looks.states import FieldClass, LookKind, Way
from butler.looks.wording import FIELDS, WHY
from butler.web.forms import fill_in_again
from butler.web.guard import allowed, signed_in
from butler.web.once import once
from butler.web.payload import read_form, read_query

_REVEAL, _DOUBT, _CURSOR = RevealIn(), DoubtIn(), LooksIn()
_BY_DEFAULT = ("phone",)


@staff.pages.get("/desk/cases/<number:number>/reveal")
@allowed(Permission.CASE_WORK)
@fresh_at_work
def reveal_page(number: str) -> ResponseReturnValue:
    """Ask what to uncover and why; back to the case when it is not for this person."""
    case = finding.find_case(g.actor, number)
    way = way_for(g.actor, case)
    if way is None:
        return redirect(url_for("desk_pages.show", number=number), 303)
    record_look(g.actor, case, LookKind.SUMMARY)
    open_now = uncovered(g.actor.person_id, case.id, clock.now())
    already = answers.shown_plainly(g.actor, case, open_now)
    if attaching.openings_of(g.actor, case)[FileKind.PAPER] is Opening.NO:
        already -= {FieldClass.PAPERS}  # who worked on it reads the rest for a week more
    return render_template(
        "cases/desk_reveal.html",
        case=case,
        place=answers.place_of(case),
        breaks_glass=way is Way.BREAK_GLASS,
        fields=[(one.value, FIELDS[one]) for one in COVERED if one not in already],
        chosen=[one for one in _BY_DEFAULT if one not in already],
        reasons=[(one.value, words) for one, words in WHY.items()],
        least=SHORTEST_WORDS[way],
    )


@staff.pages.post("/desk/cases/<number:number>/reveal")
@allowed(Permission.CASE_WORK)
@fresh_at_work
@once
@fill_in_again(reveal_page)
def uncover(number: str) -> ResponseReturnValue:
    """Uncover it for a quarter of an hour and go back to the case."""
    reveal(g.actor, number, **read_form(_REVEAL))
    return redirect(url_for("desk_pages.show", number=number, done="reveal"), 303)


@resident.pages.get("/my/cases/<number:number>/looks")
@signed_in
def looks_at_case(number: str) -> ResponseReturnValue:
    """Who has looked at this case, the newest first."""
    asked = read_query(_CURSOR)
    case = finding.find_case(own.as_resident(g.actor), number)
    page = looking.looks_at_own(g.actor, number, cursor=asked.get("cursor"), limit=asked["limit"])
    return _looks(page, case=case, asked=asked.get("asked"))


@resident.pages.get("/my/looks")
@signed_in
def looks_at_all() -> ResponseReturnValue:
    """Who has looked at any of my cases, the newest first."""
    asked = read_query(_CURSOR)
    return _looks(looking.looks_at_all_own(g.actor, cursor=asked.get("cursor"), limit=asked["limit"]))


@resident.pages.get("/my/cases/<number:number>/looks/<int:look_id>/doubt")
@signed_in
def doubt_page(number: str, look_id: int) -> ResponseReturnValue:
    """Ask what seems wrong with this look at this case; 404 for any other."""
    case, _ = find_own_look(g.actor, number, look_id)
    return render_template("cases/doubt.html", case=case, look_id=look_id)


@resident.pages.post("/my/cases/<number:number>/looks/<int:look_id>/doubt")
@signed_in
@once
@fill_in_again(doubt_page)
def doubt(number: str, look_id: int) -> ResponseReturnValue:
    """Have the privacy officer ask why somebody looked."""
    doubt_look(g.actor, number, look_id, **read_form(_DOUBT))
    return redirect(url_for("cases_pages.looks_at_case", number=number, asked="1"), 303)


def _looks(page: Page[Entry], **facts: Any) -> ResponseReturnValue:
    cases = looking.cases_of(g.actor, page.items)
    return render_template(
        "cases/looks.html",
        entries=[(answers.look_line(entry), cases.get(entry.case_id or 0)) for entry in page.items],
        next_cursor=page.next_cursor,
        **facts,
    )
