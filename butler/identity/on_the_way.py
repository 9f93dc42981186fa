"""Proving again that it is oneself while a form is on its way: nothing that was typed is lost (promises.md T25)."""

from urllib.parse import urlsplit

from flask import Response, abort, g, make_response, redirect, render_template, request, url_for

from butler.identity import actions, queries
from butler.identity.attempts import Way, attempt
from butler.identity.schemas.signing_in import plain_code
from butler.kit.database import unit_of_work
from butler.kit.errors import Invalid, Refusal
from butler.web.guard import here, local_path
from butler.web.payload import PROOF

_LONGEST = 128  # characters of a password (ASVS 6.2)


def prove() -> None:
    """Go on with a form when it carries a right password or code (`_password`, `_code`); else answer with a page that asks
    for it and carries everything else that was typed, to the same address.

    What is proved, and what was guessed, is committed by itself: it holds whatever becomes of the form. Nothing is kept
    on the server meanwhile, so nothing is lost by waiting or by a lost network: the page still holds it. A page cannot hold
    a file: who sends one is asked first and then led back to choose it once more.
    """
    if request.mimetype == "multipart/form-data":
        came_from = urlsplit(request.referrer or "").path
        abort(redirect(url_for("identity_pages.prove_page", next=local_path(came_from)), 303))
    status = 401
    try:
        with unit_of_work():
            if "_send" in request.form:
                _send_code()
            elif "_password" in request.form or "_code" in request.form:
                _check()
                return
    except Refusal as refusal:
        g.form_problem, status = refusal, refusal.status
    abort(_ask(status))


@attempt(Way.AGAIN)
def _check() -> None:
    password = request.form.get("_password")
    if password is None:
        actions.prove_with_code(g.sign_in, code=plain_code(request.form["_code"]))
    elif not 0 < len(password) <= _LONGEST:
        raise Invalid.at("/_password", f"密码要写 1 到 {_LONGEST} 个字符。", code="length")
    else:
        actions.prove_with_password(g.sign_in, password=password, asked_from=request.remote_addr)


def _send_code() -> None:
    phone = queries.phone_of(g.actor.person_id)
    if phone is not None:
        actions.ask_code(phone=phone, asked_from=request.remote_addr)


def _ask(status: int) -> Response:
    left_out = PROOF | {"csrf_token", "_end"}  # the page has its own
    page = render_template(
        "identity/prove_on_the_way.html",
        address=here(),
        person=queries.person_of(g.actor),
        carried=[(name, text) for name, text in request.form.items(multi=True) if name not in left_out],
        sent="_send" in request.form and "form_problem" not in g,
    )
    return make_response(page, status, {"Cache-Control": "no-store"})
