"""Making sure, face to face, who a resident is."""

from typing import Any

from flask import g

from butler.identity import actions
from butler.identity.api.blueprint import api
from butler.identity.models import Person
from butler.identity.permissions import Permission
from butler.identity.schemas.residents import VerifiedSchema, VerifySchema
from butler.identity.session import fresh_at_work
from butler.web.guard import allowed
from butler.web.once import once


@api.post("/residents/verifications")
@allowed(Permission.CASE_WORK)
@fresh_at_work
@once
@api.arguments(VerifySchema)
@api.response(200, VerifiedSchema)
@api.alt_response(403, "FORBIDDEN")
@api.alt_response(409, "CONFLICT")
def verify(sent: dict[str, Any]) -> Person:
    """Note that one has looked at a resident and their papers. Needs `Idempotency-Key`.

    403 for residents of buildings that are not one's own; 409 when the card was seen with another phone; 401
    `reauth-required` when the last proof that it is oneself is older than an hour.
    """
    return actions.verify_resident(by=g.actor, **sent)
