"""Another telephone, over the API."""

from typing import Any

from flask import g

from butler.identity import actions, schemas
from butler.identity.api.blueprint import api
from butler.identity.attempts import Way, attempt
from butler.identity.permissions import Permission
from butler.identity.rules import PROOF_FOR_PHONE
from butler.identity.session import code_again, fresh_at_work
from butler.web.guard import allowed, signed_in
from butler.web.once import once


@api.post("/me/phone")
@signed_in
@code_again(PROOF_FOR_PHONE)
@api.arguments(schemas.NewPhoneSchema)
@api.response(204)
@api.alt_response(401, "UNAUTHORIZED")
@api.alt_response(409, "CONFLICT")
@attempt(Way.CODE)
def change_phone(sent: dict[str, Any]) -> None:
    """Have another telephone from now on.

    First prove the present one (`POST /auth/codes` to it, `POST /auth/session/proof` with its code: within a quarter of an
    hour, and after signing in; else 401 `reauth-required`), then ask for a code to the new one and send it here. Every
    other sign-in ends and the old number is told. For a day after that data cannot be taken along, power given, nor the
    account erased (409). 409 for staff too.
    """
    actions.change_phone(g.sign_in, **sent)


@api.post("/residents/phones")
@allowed(Permission.CASE_WORK)
@fresh_at_work
@once
@api.arguments(schemas.LostPhoneSchema)
@api.response(204)
@api.alt_response(403, "FORBIDDEN")
@api.alt_response(409, "CONFLICT")
def change_lost_phone(sent: dict[str, Any]) -> None:
    """Note that a resident whose old telephone is lost stands before one with papers and a new one.

    Needs `Idempotency-Key`. All their sign-ins end and both numbers are told. 403 for residents of buildings that are not
    one's own; 409 when the papers are not those of whoever has the number; 401 `reauth-required` when the last proof that
    it is oneself is older than an hour.
    """
    actions.change_phone_face_to_face(by=g.actor, **sent)
