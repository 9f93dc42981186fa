"""Using a one-time link: to join the staff, or to choose a new password.

The token travels in the body, so that no log of a proxy holds it. Looking at a link uses nothing up.
"""

from typing import Any

from butler.identity import actions, queries, schemas
from butler.identity.api.blueprint import api
from butler.identity.attempts import Way, attempt
from butler.kit import clock
from butler.web.guard import public


@api.post("/auth/links")
@public
@api.arguments(schemas.TokenSchema)
@api.response(200, schemas.PasswordRulesSchema)
@api.alt_response(404, "NOT_FOUND")
@api.alt_response(410, "GONE")
@attempt(Way.LINK)
def look_at_link(sent: dict[str, Any]) -> dict[str, Any]:
    """What a link is for. 404 for one we never made, 410 for one that works no more."""
    invitation = queries.invitation_of(sent["token"], clock.now())
    person = invitation.person
    return {
        "kind": invitation.kind,
        "name": person.name if person is not None else invitation.name,
        "username": person.username if person is not None else None,
        "role": invitation.role,
        "unit_name": invitation.unit.name if invitation.unit is not None else None,
        "expires_at": invitation.expires_at,
    }


@api.post("/auth/links/join")
@public
@api.arguments(schemas.JoinSchema)
@api.response(204)
@api.alt_response(404, "NOT_FOUND")
@api.alt_response(410, "GONE")
@attempt(Way.LINK)
def join(sent: dict[str, Any]) -> None:
    """Choose user name and password, and have the post the link names. Sign in afterwards."""
    actions.join(**sent)


@api.post("/auth/links/reset")
@public
@api.arguments(schemas.ResetSchema)
@api.response(204)
@api.alt_response(404, "NOT_FOUND")
@api.alt_response(410, "GONE")
@attempt(Way.LINK)
def reset(sent: dict[str, Any]) -> None:
    """Choose a new password. Every sign-in ends; a second factor is needed as before."""
    actions.reset_password(**sent)
