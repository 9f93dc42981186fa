"""Who sees my case, how I may be reached, and a quick way out: for homes in which others look on (docs/threats.md, T26)."""

from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.cases import reaching
from butler.cases.actions.reaching import keep_from_the_other, may_hide, say_how
from butler.cases.pages.resident import pages
from butler.cases.pages.schemas import HideIn, ReachIn
from butler.cases.queries import finding, own
from butler.cases.states import Stage
from butler.identity import actions as identity
from butler.identity import session
from butler.identity.models import Person
from butler.kit.database import db
from butler.web.forms import fill_in_again
from butler.web.guard import public, signed_in
from butler.web.once import once
from butler.web.payload import read_form

_HIDE, _REACH = HideIn(), ReachIn()


@pages.get("/my/cases/<number:number>/quiet")
@signed_in
def quiet_page(number: str) -> ResponseReturnValue:
    """Who sees this case, and how whoever works on it may reach us."""
    case = finding.find_case(own.as_resident(g.actor), number)
    mine = g.actor.person_id == case.beneficiary_id
    return render_template(
        "cases/quiet.html",
        case=case,
        other=case.asker if mine else case.beneficiary,
        between_two=reaching.is_between_two(case),
        asked_for_me=mine,
        hidden=not (case.beneficiary_sees and case.asker_sees),
        may_hide=may_hide(g.actor, case),
        open=case.stage != Stage.CLOSED,
        done=request.args.get("done"),
    )


@pages.post("/my/cases/<number:number>/hide")
@signed_in
@once
def hide(number: str) -> ResponseReturnValue:
    """Keep it from the other, or show it again."""
    keep_from_the_other(g.actor, number, hidden=read_form(_HIDE)["hidden"])
    return redirect(url_for("cases_pages.quiet_page", number=number, done="hide"), 303)


@pages.post("/my/cases/<number:number>/reach")
@signed_in
@once
@fill_in_again(quiet_page)
def reach(number: str) -> ResponseReturnValue:
    """Say how to be reached about this case."""
    say_how(g.actor, number, **read_form(_REACH))
    return redirect(url_for("cases_pages.quiet_page", number=number, done="reach"), 303)


@pages.get("/my/reach")
@signed_in
def my_reach_page() -> ResponseReturnValue:
    """How I want to be reached, about anything."""
    me = db.session.get_one(Person, g.actor.person_id)
    return render_template("cases/reach.html", me=me, done=request.args.get("done"))


@pages.post("/my/reach")
@signed_in
@once
@fill_in_again(my_reach_page)
def my_reach() -> ResponseReturnValue:
    """Say it."""
    identity.say_how_to_reach(g.actor, **read_form(_REACH))
    return redirect(url_for("cases_pages.my_reach_page", done="1"), 303)


@pages.post("/leave")
@public
def leave() -> ResponseReturnValue:
    """快速离开: end the sign-in, have the browser drop what it kept of our pages, and show the list of matters.

    Pressed in a hurry, so nothing is asked and it works for nobody too. What stays is in docs/threats.md.
    """
    if g.sign_in is not None:
        identity.sign_out(g.sign_in)
    session.forget()
    response = make_response(redirect(url_for("catalogue_pages.find"), 303))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
