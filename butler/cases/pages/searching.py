"""找人: by a whole name, a phone or a number; and saying why one has to look at more people today."""

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.cases import answers
from butler.cases.actions.searching import search_cases
from butler.cases.pages import staff
from butler.cases.schemas import MoreLooksIn, SearchIn
from butler.identity.permissions import Permission
from butler.looks.actions import ReasonRequired, allow_more
from butler.looks.rules import MORE_FOR_A_REASON
from butler.looks.states import SearchBy
from butler.looks.wording import SEARCHED
from butler.web.forms import fill_in_again
from butler.web.guard import allowed, here, local_path
from butler.web.once import once
from butler.web.payload import read_form

_SEARCH, _MORE = SearchIn(), MoreLooksIn()


@staff.pages.get("/desk/search")
@allowed(Permission.CASE_WORK)
def search_page() -> ResponseReturnValue:
    """Ask whom to look for."""
    return _page()


@staff.pages.post("/desk/search")
@allowed(Permission.CASE_WORK)
@fill_in_again(search_page)
def search() -> ResponseReturnValue:
    """What was found, masked. A POST: names do not belong into addresses and histories."""
    sent = read_form(_SEARCH)
    found = search_cases(g.actor, **sent)
    return _page(found=[answers.found_line(g.actor, case) for case in found], by=sent["by"])


@staff.pages.get("/desk/looks/more")
@allowed(Permission.CASE_WORK)
def more_page() -> ResponseReturnValue:
    """Ask why somebody has to look at more people today."""
    return render_template("cases/desk_more.html", more=MORE_FOR_A_REASON, next=local_path(request.args.get("next")))


@staff.pages.post("/desk/looks/more")
@allowed(Permission.CASE_WORK)
@once
@fill_in_again(more_page)
def more() -> ResponseReturnValue:
    """Write it down and go on."""
    allow_more(g.actor, **read_form(_MORE))
    return redirect(local_path(request.args.get("next")) or url_for("desk_pages.today"), 303)


@staff.pages.errorhandler(ReasonRequired)
def ask_why(_: ReasonRequired) -> ResponseReturnValue:
    """Whoever has looked at many people today says why, and comes back to where they were."""
    if request.method == "GET":
        return redirect(url_for("desk_pages.more_page", next=here()), 303)
    return redirect(url_for("desk_pages.more_page"), 303)


def _page(**more: object) -> ResponseReturnValue:
    bys = [(by.value, words) for by, words in SEARCHED.items()]
    return render_template("cases/desk_search.html", bys=bys, default=SearchBy.NUMBER.value, **more)
