"""Signing in and out over the API, proving it once more, and who one is."""

from typing import Any

from flask import g, request

from butler.identity import actions, queries, schemas
from butler.identity.api.blueprint import api
from butler.identity.attempts import Way, attempt
from butler.identity.models import SignIn
from butler.identity.rules import CODE_LIFE, CODES_TO_PHONE, mask_phone
from butler.identity.session import this_device
from butler.kit import clock
from butler.web.guard import public, signed_in


@api.post("/auth/login")
@public
@api.arguments(schemas.LoginSchema)
@api.response(200, schemas.SignedInSchema)
@api.alt_response(401, "UNAUTHORIZED")
@api.alt_response(429, "TOO_MANY_REQUESTS")
@attempt(Way.PASSWORD)
def log_in(sent: dict[str, Any]) -> dict[str, Any]:
    """Sign a member of staff in.

    Ends after 12 hours. 401 for a wrong user name or password, whichever it is; 401 `otp-needed` when they are right and
    a one-time password (or a recovery code) has to come with them in `otp`; 429 with `Retry-After` after too many. With
    the token, calls may be answered 401 `sign-in-unfinished`: `unfinished` says what is to be set up first.
    """
    token, sign_in = actions.sign_in_with_password(
        username=sent["username"],
        password=sent["password"],
        otp=sent["otp"],
        known_by=sent["known_device"],
        asked_from=request.remote_addr,
        face="api",
        device=this_device(),
    )
    known_device = actions.know_device(sign_in.person, sent["known_device"])
    return {**_signed_in(token, sign_in), "known_device": known_device}


@api.post("/auth/codes")
@public
@api.arguments(schemas.PhoneSchema)
@api.response(202, schemas.CodeSentSchema)
@api.alt_response(429, "TOO_MANY_REQUESTS")
def ask_code(sent: dict[str, Any]) -> dict[str, int]:
    """Send a code of six digits to a phone.

    The answer is the same for phones we know and phones we do not. 429 with `Retry-After` when asked too often.
    """
    actions.ask_code(phone=sent["phone"], asked_from=request.remote_addr)
    return {
        "valid_for": int(CODE_LIFE.total_seconds()),
        "resend_after": int(CODES_TO_PHONE[0].per.total_seconds()),
    }


@api.post("/auth/sessions")
@public
@api.arguments(schemas.PhoneCodeSchema)
@api.response(200, schemas.SignedInSchema)
@api.alt_response(401, "UNAUTHORIZED")
@api.alt_response(403, "FORBIDDEN")
@attempt(Way.CODE)
def sign_in(sent: dict[str, Any]) -> dict[str, Any]:
    """Sign a resident in with the code; the first time makes them known.

    Ends 30 days after the last use. 401 when the code is wrong, too old, used, or guessed at five times;
    403 for staff, who need their password, and for people who were shut out.
    """
    token, opened = actions.sign_in_with_code(**sent, face="api", device=this_device())
    return _signed_in(token, opened)


@api.delete("/auth/session")
@signed_in
@api.response(204)
@api.alt_response(401, "UNAUTHORIZED")
def sign_out() -> None:
    """End the session of this token."""
    actions.sign_out(g.sign_in)


@api.post("/auth/session/proof")
@signed_in
@api.arguments(schemas.ProofSchema)
@api.response(204)
@api.alt_response(401, "UNAUTHORIZED")
@api.alt_response(429, "TOO_MANY_REQUESTS")
@attempt(Way.AGAIN)
def prove(sent: dict[str, Any]) -> None:
    """Prove once more that it is oneself, after 401 `reauth-required`: staff with `password`, residents with `code`."""
    if sent["password"] is not None:
        actions.prove_with_password(g.sign_in, password=sent["password"], asked_from=request.remote_addr)
    else:
        actions.prove_with_code(g.sign_in, code=sent["code"])


@api.get("/me")
@signed_in
@api.response(200, schemas.MeSchema)
@api.alt_response(401, "UNAUTHORIZED")
def me() -> dict[str, Any]:
    """Who one is: name, roles, current posts."""
    phone = queries.phone_of(g.actor.person_id)
    return {
        "person_id": g.actor.person_id,
        "name": g.actor.name,
        "roles": g.actor.roles,
        "posts": g.actor.posts,
        "phone": mask_phone(phone) if phone else None,
    }


def _signed_in(token: str, opened: SignIn) -> dict[str, Any]:
    person = queries.load_actor(opened.person_id, clock.now())
    return {"token": token, "expires_at": opened.expires_at, "person": person}
