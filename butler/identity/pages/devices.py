"""What one is signed in with, and one's password."""

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.identity import actions, queries, schemas
from butler.identity import session as sessions
from butler.identity.pages.blueprint import pages
from butler.identity.pages.signing_in import say_on_form
from butler.kit import clock
from butler.kit.errors import NotFound
from butler.web.guard import signed_in
from butler.web.payload import read_form

_CHANGE = schemas.ChangePasswordSchema()


@pages.get("/my/devices")
@signed_in
def devices() -> ResponseReturnValue:
    """Everything one is signed in with; end what one does not know."""
    living = queries.living_sign_ins(g.actor.person_id, clock.now())
    return render_template("identity/devices.html", living=living, present=g.sign_in.id)


@pages.post("/my/devices/<int:sign_in_id>/end")
@signed_in
def end_device(sign_in_id: int) -> ResponseReturnValue:
    """End one of them."""
    actions.sign_out(queries.sign_in_of(g.actor.person_id, sign_in_id, clock.now()))
    return redirect(url_for("identity_pages.devices"), 303)


@pages.post("/my/devices/end-others")
@signed_in
def end_other_devices() -> ResponseReturnValue:
    """End all but this one."""
    actions.end_other_sign_ins(g.sign_in)
    return redirect(url_for("identity_pages.devices"), 303)


@pages.get("/my/password")
@signed_in
def password_page() -> ResponseReturnValue:
    """Ask for the present password and a new one; residents have none."""
    if queries.person_of(g.actor).username is None:
        raise NotFound
    return render_template("identity/password.html", username=queries.person_of(g.actor).username)


@pages.post("/my/password")
@signed_in
@say_on_form(password_page)
def change_password() -> ResponseReturnValue:
    """Change it. Every sign-in ends, so that whoever knew the old one is out; this browser starts anew."""
    sent = read_form(_CHANGE)
    person = queries.person_of(g.actor)
    actions.prove_with_password(g.sign_in, password=sent["current"], asked_from=request.remote_addr)
    actions.change_password(person, password=sent["password"])
    token, sign_in = actions.open_sign_in(person, face="page", device=sessions.this_device())
    sessions.remember(token, sign_in)
    return redirect(url_for("identity_pages.devices"), 303)
