"""The page behind a one-time link: choose user name and password. Looking at it uses nothing up."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from butler.identity import actions, queries, schemas
from butler.identity.attempts import Way, attempt
from butler.identity.pages.blueprint import pages
from butler.identity.pages.signing_in import say_on_form
from butler.identity.permissions import ROLE_NAMES, Role
from butler.identity.states import InvitationKind
from butler.kit import clock
from butler.kit.errors import Gone, NotFound
from butler.web.guard import public
from butler.web.payload import read_form

_JOIN = schemas.JoinSchema(exclude=("token",))
_RESET = schemas.ResetSchema(exclude=("token",))


@pages.get("/join/<token>")
@public
def join_page(token: str) -> ResponseReturnValue:
    """What the link is for, and what it asks."""
    try:
        invitation = queries.invitation_of(token, clock.now())
    except (Gone, NotFound) as refusal:
        return render_template("identity/link_gone.html", refusal=refusal), refusal.status
    role = ROLE_NAMES[Role(invitation.role)] if invitation.role is not None else None
    return render_template("identity/join.html", invitation=invitation, role=role, token=token)


@pages.post("/join/<token>")
@public
@say_on_form(join_page)
@attempt(Way.LINK)
def join(token: str) -> ResponseReturnValue:
    """Use the link; then sign in like everybody else."""
    if queries.invitation_of(token, clock.now()).kind == InvitationKind.JOIN:
        actions.join(token=token, **read_form(_JOIN))
    else:
        actions.reset_password(token=token, **read_form(_RESET))
    return redirect(url_for("identity_pages.staff_page", ready="1"), 303)
