"""换手机号: the present one proved again, then the new one; or, when the old one is lost, what to do instead."""

from flask import g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from butler.identity import actions, queries, schemas
from butler.identity.attempts import Way, attempt
from butler.identity.pages.blueprint import pages
from butler.identity.pages.signing_in import say_on_form
from butler.identity.rules import PROOF_FOR_PHONE, mask_phone
from butler.identity.session import code_again
from butler.kit.errors import NotFound
from butler.web.guard import View, signed_in
from butler.web.payload import read_form

_PHONE, _CODE = schemas.PhoneSchema(), schemas.CodeSchema()
_SENT_TO = "new_phone"  # where the cookie keeps it: a code is entered in the browser that asked for it


def _proved(view: View) -> View:
    return signed_in(code_again(PROOF_FOR_PHONE)(view))


@pages.get("/my/phone")
@signed_in
def phone_page() -> ResponseReturnValue:
    """The present one, masked, and both ways to another. Raises NotFound for staff, who sign in with a password."""
    person = queries.person_of(g.actor)
    if person.username is not None:
        raise NotFound
    present = mask_phone(person.phone) if person.phone else None
    return render_template("identity/phone.html", present=present, done=request.args.get("done") == "changed")


@pages.get("/my/phone/new")
@_proved
def new_phone_page() -> ResponseReturnValue:
    """The present one is proved: ask for the new one."""
    return render_template("identity/phone_new.html")


@pages.post("/my/phone/new")
@_proved
@say_on_form(new_phone_page)
def ask_new_phone() -> ResponseReturnValue:
    """Send a code there."""
    phone = read_form(_PHONE)["phone"]
    actions.ask_new_phone(g.actor, phone=phone, asked_from=request.remote_addr)
    session[_SENT_TO] = phone
    return redirect(url_for("identity_pages.new_phone_code_page"), 303)


@pages.get("/my/phone/code")
@_proved
def new_phone_code_page() -> ResponseReturnValue:
    """Ask for that code; without a number it starts over."""
    if _SENT_TO not in session:
        return redirect(url_for("identity_pages.new_phone_page"), 303)
    return render_template("identity/phone_code.html", phone=session[_SENT_TO])


@pages.post("/my/phone/code")
@_proved
@say_on_form(new_phone_code_page)
@attempt(Way.CODE)
def change_phone() -> ResponseReturnValue:
    """Change it."""
    if _SENT_TO not in session:
        return new_phone_code_page()
    actions.change_phone(g.sign_in, phone=session[_SENT_TO], code=read_form(_CODE)["code"])
    del session[_SENT_TO]
    return redirect(url_for("identity_pages.phone_page", done="changed"), 303)
