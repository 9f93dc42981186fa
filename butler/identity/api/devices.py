"""What one is signed in with, and one's own password."""

from typing import Any

from flask import g, request

from butler.identity import actions, queries, schemas
from butler.identity.api.blueprint import api
from butler.kit import clock
from butler.web.guard import signed_in
from butler.web.once import once


@api.get("/me/sign-ins")
@signed_in
@api.response(200, schemas.SignInsSchema)
@api.alt_response(401, "UNAUTHORIZED")
def sign_ins() -> dict[str, Any]:
    """Everything one is signed in with."""
    living = queries.living_sign_ins(g.actor.person_id, clock.now())
    return {
        "items": [
            {
                "id": one.id,
                "device": one.device,
                "created_at": one.created_at,
                "seen_at": one.seen_at,
                "expires_at": one.expires_at,
                "present": one.id == g.sign_in.id,
            }
            for one in living
        ]
    }


@api.delete("/me/sign-ins/<int:sign_in_id>")
@signed_in
@api.response(204)
@api.alt_response(401, "UNAUTHORIZED")
@api.alt_response(404, "NOT_FOUND")
def end_sign_in(sign_in_id: int) -> None:
    """End one of them; its token is worth nothing from the next request on."""
    actions.sign_out(queries.sign_in_of(g.actor.person_id, sign_in_id, clock.now()))


@api.post("/me/sign-ins/end-others")
@signed_in
@once
@api.response(200, schemas.EndedSchema)
@api.alt_response(401, "UNAUTHORIZED")
def end_others() -> dict[str, int]:
    """End all but the one this is asked with. Needs `Idempotency-Key`."""
    return {"ended": actions.end_other_sign_ins(g.sign_in)}


@api.post("/me/password")
@signed_in
@api.arguments(schemas.ChangePasswordSchema)
@api.response(204)
@api.alt_response(401, "UNAUTHORIZED")
@api.alt_response(429, "TOO_MANY_REQUESTS")
def change_password(sent: dict[str, Any]) -> None:
    """Change one's password; every sign-in ends, this one too. 401 when the present one is wrong."""
    actions.prove_with_password(g.sign_in, password=sent["current"], asked_from=request.remote_addr)
    actions.change_password(queries.person_of(g.actor), password=sent["password"])
