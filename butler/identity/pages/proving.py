"""Asking once more whether it is really you, before something that matters."""

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.identity import actions, queries, schemas
from butler.identity.attempts import Way, attempt
from butler.identity.pages.blueprint import pages
from butler.identity.pages.signing_in import next_page, say_on_form
from butler.web.guard import signed_in
from butler.web.payload import read_form

_PROOF = schemas.ProofSchema()


@pages.get("/sign-in/again")
@signed_in
def prove_page() -> ResponseReturnValue:
    """Ask staff for their password, residents for a code to their phone."""
    return render_template("identity/prove.html", person=queries.person_of(g.actor), next=next_page())


@pages.post("/sign-in/again/code")
@signed_in
@say_on_form(prove_page)
def ask_proof_code() -> ResponseReturnValue:
    """Send a resident a code to the phone they are known by."""
    phone = queries.phone_of(g.actor.person_id)
    if phone is not None:
        actions.ask_code(phone=phone, asked_from=request.remote_addr)
    return redirect(url_for("identity_pages.prove_page", next=next_page()), 303)


@pages.post("/sign-in/again")
@signed_in
@say_on_form(prove_page)
@attempt(Way.AGAIN)
def prove() -> ResponseReturnValue:
    """Note that it is really them, and go on."""
    sent = read_form(_PROOF)
    if sent["password"] is not None:
        actions.prove_with_password(g.sign_in, password=sent["password"], asked_from=request.remote_addr)
    else:
        actions.prove_with_code(g.sign_in, code=sent["code"])
    return redirect(next_page() or "/my", 303)
