"""Signing in by WeChat. WeChat is asked first, with no transaction open, then what it said is written down."""

from typing import Any

from butler.identity import actions, queries
from butler.identity.api.blueprint import api
from butler.identity.attempts import Way, attempt
from butler.identity.models import SignIn
from butler.identity.schemas.wechat import WeChatPhoneSchema, WeChatSchema, WeChatSignedInSchema
from butler.identity.session import this_device
from butler.identity.wechat import wechat
from butler.kit import clock
from butler.kit.database import end_reading
from butler.web.guard import public


@api.post("/auth/wechat")
@public
@api.arguments(WeChatSchema)
@api.response(200, WeChatSignedInSchema)
@api.alt_response(401, "UNAUTHORIZED")
@api.alt_response(403, "FORBIDDEN")
@api.alt_response(503, "SERVICE_UNAVAILABLE")
@attempt(Way.WECHAT)
def sign_in_by_wechat(sent: dict[str, Any]) -> dict[str, Any]:
    """Sign in with `wx.login`'s code. Somebody new gets a `ticket` and presses the button with the phone number.

    401 for a code that was used or is too old; 403 for staff; 503 when WeChat does not answer.
    """
    end_reading()
    openid = wechat().openid_of(sent["code"])
    done = actions.sign_in_with_wechat(code=sent["code"], openid=openid, device=this_device())
    if isinstance(done, str):
        return {"token": None, "expires_at": None, "person": None, "ticket": done}
    return _signed_in(*done)


@api.post("/auth/wechat/phone")
@public
@api.arguments(WeChatPhoneSchema)
@api.response(200, WeChatSignedInSchema)
@api.alt_response(401, "UNAUTHORIZED")
@api.alt_response(403, "FORBIDDEN")
@api.alt_response(503, "SERVICE_UNAVAILABLE")
@attempt(Way.WECHAT)
def link_wechat_phone(sent: dict[str, Any]) -> dict[str, Any]:
    """Sign in with the code of the phone number button; from then on `POST /auth/wechat` alone is enough."""
    end_reading()
    phone = wechat().phone_of(sent["code"])
    return _signed_in(*actions.link_wechat(phone=phone, device=this_device(), **sent))


def _signed_in(token: str, opened: SignIn) -> dict[str, Any]:
    person = queries.load_actor(opened.person_id, clock.now())
    return {"token": token, "expires_at": opened.expires_at, "person": person, "ticket": None}
