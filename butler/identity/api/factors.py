"""One's own second factor: set it up, new recovery codes, take it away."""

from typing import Any

from flask import current_app, g

from butler.identity import actions, queries, schemas
from butler.identity.api.blueprint import api
from butler.identity.rules import PROOF_FOR_FACTOR, second_factor_demanded
from butler.identity.session import fresh, this_device
from butler.kit.errors import Conflict
from butler.web.guard import View, signed_in


def _own(view: View) -> View:
    """Whoever has entered their password a quarter of an hour ago at most."""
    return signed_in(fresh(PROOF_FOR_FACTOR)(view))


@api.get("/me/second-factor")
@signed_in
@api.response(200, schemas.FactorSchema)
@api.alt_response(401, "UNAUTHORIZED")
def second_factor() -> dict[str, Any]:
    """Whether one has one, and whether one has to."""
    person = queries.person_of(g.actor)
    return {
        "since": person.second_factor_at,
        "demanded": _demanded(),
        "recovery_codes_left": actions.codes_left(person),
    }


@api.post("/me/second-factor")
@_own
@api.response(201, schemas.SecretSchema)
@api.alt_response(401, "UNAUTHORIZED")
@api.alt_response(409, "CONFLICT")
def begin_factor() -> dict[str, str]:
    """A new secret to take into a phone. The one before stays in force until this is confirmed. 409 for residents."""
    person = queries.person_of(g.actor)
    if person.username is None:
        raise Conflict("动态口令是给工作人员用的。您用手机验证码登录就行。")
    secret = actions.begin_factor(person)
    return {"secret": secret, "uri": actions.address_of_secret(person, secret)}


@api.post("/me/second-factor/confirm")
@_own
@api.arguments(schemas.OtpSchema)
@api.response(200, schemas.RecoveryCodesSchema)
@api.alt_response(401, "UNAUTHORIZED")
@api.alt_response(409, "CONFLICT")
def confirm_factor(sent: dict[str, Any]) -> dict[str, Any]:
    """Put it in force with what the phone shows. The token this was asked with ends; a new one is in the answer."""
    person = queries.person_of(g.actor)
    codes = actions.confirm_factor(person, otp=sent["otp"])
    token, opened = actions.open_sign_in(person, face="api", device=this_device(), replaces=g.sign_in)
    return {"recovery_codes": codes, "token": token, "expires_at": opened.expires_at}


@api.post("/me/second-factor/recovery-codes")
@_own
@api.response(200, schemas.RecoveryCodesSchema)
@api.alt_response(401, "UNAUTHORIZED")
@api.alt_response(409, "CONFLICT")
def renew_codes() -> dict[str, Any]:
    """Ten new ones; the old ones are worthless."""
    return {"recovery_codes": actions.renew_codes(queries.person_of(g.actor))}


@api.delete("/me/second-factor")
@_own
@api.response(204)
@api.alt_response(401, "UNAUTHORIZED")
@api.alt_response(409, "CONFLICT")
def remove_factor() -> None:
    """Do without one; 409 where one's post demands it."""
    if _demanded():
        raise Conflict("您的岗位要用动态口令登录，不能停用。换手机请重新设置。")
    person = queries.person_of(g.actor)
    actions.remove_factor(person, by=person)


def _demanded() -> bool:
    return second_factor_demanded(g.actor.roles, current_app.extensions["settings"].second_factor)
