"""To agree on the page of a case, and at the desk to write down what a resident says face to face."""

from flask import g, redirect, url_for
from flask.typing import ResponseReturnValue

from butler.cases.actions.consenting import agree, take_back
from butler.cases.pages import resident, staff
from butler.cases.queries import own
from butler.consents.schemas import ConsentsIn
from butler.consents.states import Channel, Purpose
from butler.identity.permissions import Permission
from butler.web.forms import fill_in_again
from butler.web.guard import allowed, signed_in
from butler.web.once import once
from butler.web.payload import read_form

_CONSENTS = ConsentsIn()


@resident.pages.post("/my/cases/<number:number>/consents")
@signed_in
@once
@resident.told_on_case
@fill_in_again(resident.show)
def give(number: str) -> ResponseReturnValue:
    """Agree to what was ticked. Taking back is on the page of all consents."""
    agree(own.as_resident(g.actor), number, read_form(_CONSENTS)["consents"], channel=Channel.PAGE)
    return redirect(url_for("cases_pages.show", number=number, done="agree"), 303)


@staff.pages.post("/desk/cases/<number:number>/consents")
@allowed(Permission.CASE_WORK)
@once
@fill_in_again(staff.show)
def give_at_desk(number: str) -> ResponseReturnValue:
    """The resident said so face to face."""
    agree(g.actor, number, read_form(_CONSENTS)["consents"], channel=Channel.FACE_TO_FACE)
    return redirect(url_for("desk_pages.show", number=number, done="agree"), 303)


@staff.pages.post("/desk/cases/<number:number>/consents/<any(papers, health, hand_over):purpose>/withdraw")
@allowed(Permission.CASE_WORK)
@once
def withdraw_at_desk(number: str, purpose: str) -> ResponseReturnValue:
    """The resident takes it back face to face."""
    take_back(g.actor, number, Purpose(purpose), channel=Channel.FACE_TO_FACE)
    return redirect(url_for("desk_pages.show", number=number, done="withdraw"), 303)
