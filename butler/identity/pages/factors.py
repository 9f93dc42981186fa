"""One's own second factor: set it up with a code to scan, keep ten recovery codes."""

from flask import current_app, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from butler.identity import actions, queries, schemas
from butler.identity import session as sessions
from butler.identity.drawing import qr_path
from butler.identity.models import Person
from butler.identity.pages.blueprint import pages
from butler.identity.pages.signing_in import say_on_form
from butler.identity.rules import PROOF_FOR_FACTOR, second_factor_demanded
from butler.identity.session import fresh
from butler.kit.errors import Conflict, NotFound
from butler.web.guard import View, signed_in
from butler.web.payload import read_form

_OTP = schemas.OtpSchema()


def _own(view: View) -> View:
    return signed_in(fresh(PROOF_FOR_FACTOR)(view))


@pages.get("/my/second-factor")
@signed_in
def factor_page() -> ResponseReturnValue:
    """Whether there is one, and what can be done about it; residents have none."""
    person = _staff()
    return render_template("identity/factor.html", person=person, demanded=_demanded(), left=actions.codes_left(person))


@pages.post("/my/second-factor")
@_own
@say_on_form(factor_page)
def begin_factor() -> ResponseReturnValue:
    """Make a new secret and go on to where it is shown."""
    actions.begin_factor(_staff())
    return redirect(url_for("identity_pages.confirm_factor_page"), 303)


@pages.get("/my/second-factor/confirm")
@_own
def confirm_factor_page() -> ResponseReturnValue:
    """Show the code to scan and ask for what the phone says."""
    person = _staff()
    secret = actions.pending_secret(person)
    if secret is None:
        return redirect(url_for("identity_pages.factor_page"), 303)
    side, path = qr_path(actions.address_of_secret(person, secret))
    return render_template("identity/factor_confirm.html", secret=secret, side=side, path=path)


@pages.post("/my/second-factor/confirm")
@_own
@say_on_form(confirm_factor_page)
def confirm_factor() -> ResponseReturnValue:
    """Put it in force, begin a new sign-in, show the recovery codes this once."""
    person = _staff()
    codes = actions.confirm_factor(person, otp=read_form(_OTP)["otp"])
    token, sign_in = actions.open_sign_in(person, face="page", device=sessions.this_device(), replaces=g.sign_in)
    sessions.remember(token, sign_in)
    return render_template("identity/factor_codes.html", codes=codes)


@pages.post("/my/second-factor/recovery-codes")
@_own
@say_on_form(factor_page)
def renew_codes() -> ResponseReturnValue:
    """Show ten new recovery codes this once."""
    return render_template("identity/factor_codes.html", codes=actions.renew_codes(_staff()))


@pages.post("/my/second-factor/remove")
@_own
@say_on_form(factor_page)
def remove_factor() -> ResponseReturnValue:
    """Do without one, where the post does not demand it."""
    if _demanded():
        raise Conflict("您的岗位要用动态口令登录，不能停用。换手机请重新设置。")
    person = _staff()
    actions.remove_factor(person, by=person)
    return redirect(url_for("identity_pages.factor_page"), 303)


def _staff() -> Person:
    person = queries.person_of(g.actor)
    if person.username is None:
        raise NotFound
    return person


def _demanded() -> bool:
    return second_factor_demanded(g.actor.roles, current_app.extensions["settings"].second_factor)
