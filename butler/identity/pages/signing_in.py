"""Signing in and out on pages: a phone and one code for residents, user name and password for staff."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import current_app, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from butler.identity import actions, queries, schemas
from butler.identity import session as sessions
from butler.identity.attempts import Way, attempt
from butler.identity.pages.blueprint import pages
from butler.identity.permissions import Permission
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.errors import Refusal
from butler.web.forms import answer_with
from butler.web.guard import local_path, public, signed_in
from butler.web.payload import read_form

_PHONE = schemas.PhoneSchema()
_CODE = schemas.CodeSchema()
_LOGIN = schemas.LoginSchema(exclude=("known_device",))
_SENT_TO = "code_sent_to"  # where the cookie keeps the phone: a code is entered in the browser that asked for it


def say_on_form(show: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """When the view refuses, answer with the form again and say why on it, with the refusal's own status.

    Unlike `web.forms.fill_in_again` it takes every refusal, and leaves a counted guess counted.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def said(*args: Any, **kwargs: Any) -> Any:
            try:
                return view(*args, **kwargs)
            except Refusal as refusal:
                return answer_with(refusal, lambda: show(*args, **kwargs))

        return said

    return decorate


@pages.get("/sign-in")
@public
def sign_in_page() -> ResponseReturnValue:
    """Ask for the phone; somebody who is signed in goes on, somebody who is half signed in finishes that."""
    if g.halted is not None and request.method == "GET":
        return redirect(g.halted.where, 303)
    if g.actor is not None and request.method == "GET":
        return redirect(_onward(g.actor), 303)
    return render_template("identity/sign_in.html", next=next_page())


def _form_asked_on() -> ResponseReturnValue:
    """The page whose button asks for a code: the second one, when it is asked for again."""
    return code_page() if session.get(_SENT_TO) == request.form.get("phone") else sign_in_page()


@pages.post("/sign-in")
@public
@say_on_form(_form_asked_on)
def ask_code() -> ResponseReturnValue:
    """Send a code and go on to where it is entered."""
    phone = read_form(_PHONE)["phone"]
    actions.ask_code(phone=phone, asked_from=request.remote_addr)
    session[_SENT_TO] = phone
    return redirect(url_for("identity_pages.code_page", next=next_page()), 303)


@pages.get("/sign-in/code")
@public
def code_page() -> ResponseReturnValue:
    """Ask for the code; without a phone it starts over."""
    if _SENT_TO not in session:
        return redirect(url_for("identity_pages.sign_in_page", next=next_page()), 303)
    demo = current_app.extensions["settings"].demo
    return render_template("identity/code.html", phone=session[_SENT_TO], next=next_page(), demo=demo)


@pages.post("/sign-in/code")
@public
@say_on_form(code_page)
@attempt(Way.CODE)
def enter_code() -> ResponseReturnValue:
    """Sign a resident in."""
    if _SENT_TO not in session:
        return code_page()
    code = read_form(_CODE)["code"]
    token, sign_in = actions.sign_in_with_code(
        phone=session[_SENT_TO], code=code, face="page", device=sessions.this_device(), replaces=g.sign_in
    )
    sessions.remember(token, sign_in)
    return redirect(_onward(queries.load_actor(sign_in.person_id, clock.now())), 303)


@pages.get("/sign-in/staff")
@public
def staff_page() -> ResponseReturnValue:
    """Ask for user name and password."""
    if g.halted is not None and request.method == "GET":
        return redirect(g.halted.where, 303)
    if g.actor is not None and request.method == "GET":
        return redirect(_onward(g.actor), 303)
    return render_template("identity/staff.html", next=next_page())


@pages.post("/sign-in/staff")
@public
@say_on_form(staff_page)
@attempt(Way.PASSWORD)
def log_in() -> ResponseReturnValue:
    """Sign a member of staff in."""
    sent = read_form(_LOGIN)
    token, sign_in = actions.sign_in_with_password(
        username=sent["username"],
        password=sent["password"],
        otp=sent["otp"],
        asked_from=request.remote_addr,
        known_by=sessions.known_by(),
        face="page",
        device=sessions.this_device(),
        replaces=g.sign_in,
    )
    sessions.remember(token, sign_in)
    sessions.remember_device(actions.know_device(sign_in.person, sessions.known_by()))
    return redirect(_onward(queries.load_actor(sign_in.person_id, clock.now())), 303)


@pages.get("/sign-out")
@signed_in
def sign_out_page() -> ResponseReturnValue:
    """Ask once; a link alone must not sign anybody out."""
    return render_template("identity/sign_out.html")


@pages.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End this browser's sign-in and have it forget what it kept of our pages (ASVS 14.3.1)."""
    actions.sign_out(g.sign_in)
    sessions.forget()
    response = make_response(redirect("/", 303))
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def next_page() -> str | None:
    """Where the person was going, if that is on this site."""
    return local_path(request.args.get("next"))


def _onward(actor: Actor | None) -> str:
    """Where somebody who has signed in goes from here."""
    if actor is None or not actor.is_staff:
        return next_page() or "/my"
    if actor.may(Permission.CASE_WORK):
        return next_page() or "/desk"
    if actor.may(Permission.LOOK_REVIEW):
        return next_page() or "/privacy/findings"
    return next_page() or ("/staff" if actor.may(Permission.STAFF_MANAGE) else "/")
