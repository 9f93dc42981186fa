"""Who is asking: `g.actor` (an `Actor` or None) and `g.sign_in` for every request.

Under /api/ only a bearer token counts and cookies are not looked at, so that no other site can make a browser act
there. Everywhere else only the cookie counts: Flask's signed one (`butler`, set up in `web.forgery`), which carries the
token beside the form token. A token of one face is no good on the other. What a token is worth is decided by its row
alone: ending the row, or disabling the person, ends it at the next request. A cookie gets a new token every day.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, g, redirect, request, session, url_for

from butler.identity import actions, queries, scope
from butler.identity.devices import device_of
from butler.identity.models import SignIn
from butler.identity.rules import RENEW_EVERY, RESIDENT_IDLE, SEEN_EVERY, Face
from butler.kit import clock, sight
from butler.kit.database import unit_of_work
from butler.kit.errors import Unauthenticated
from butler.kit.numbers import fingerprint
from butler.web.guard import API_PREFIX, View, asks_for_json, here, local_path

_TOKEN = "sign_in"  # noqa: S105  # where the cookie keeps the token


def install(app: Flask) -> None:
    """Find out who is asking before every view."""
    app.permanent_session_lifetime = RESIDENT_IDLE
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False  # renewed below, when its row is
    app.before_request(_load)


def remember(token: str, sign_in: SignIn) -> None:
    """Let this browser carry the sign-in from now on.

    Everything the cookie held before is dropped, the form token too: whoever planted it knows nothing of the new one.
    Staff browsers forget it when they close.
    """
    session.clear()
    session[_TOKEN] = token
    session.permanent = sign_in.person.username is None


def forget() -> None:
    """Empty this browser's cookie."""
    session.clear()


def this_device() -> str:
    """What the person at the other end calls their device."""
    return device_of(request.headers.get("User-Agent"))


def demand_recent_sign_in(minutes: int) -> None:
    """Go on only when the person has entered a password or a code in the last `minutes` (promises.md T25).

    For views behind a guard. A program gets 401 `reauth-required` and proves it at `POST /auth/session/proof`; a browser
    is sent to a page that asks again and leads back, so ask on the page with the form too, before somebody fills it in.
    """
    if clock.now() - g.sign_in.proved_at <= timedelta(minutes=minutes):
        return
    if asks_for_json():
        raise Unauthenticated(
            "这一步比较要紧，请再输入一次密码或验证码，确认是您本人。什么都没有改动。",
            code="reauth-required",
            title="请再确认一次",
        )
    came_from = urlsplit(request.referrer or "").path
    onward = here() if request.method in ("GET", "HEAD") else local_path(came_from)
    abort(redirect(url_for("identity_pages.prove_page", next=onward), 303))


def fresh(minutes: int) -> Callable[[View], View]:
    """`demand_recent_sign_in` before a view; goes below its guard."""

    def decorate(view: View) -> View:
        @wraps(view)
        def freshly(*args: Any, **kwargs: Any) -> Any:
            demand_recent_sign_in(minutes)
            return view(*args, **kwargs)

        return freshly  # type: ignore[return-value]

    return decorate


def _load() -> None:
    g.actor = g.sign_in = None
    face: Face = "api" if request.path.startswith(API_PREFIX) else "page"
    token = _bearer() if face == "api" else session.get(_TOKEN)
    if not token or request.endpoint == "web.static":
        return
    found = queries.find_sign_in(fingerprint(token), face, clock.now())
    if found is None and face == "page":
        found = queries.find_renewed_sign_in(fingerprint(token), face, clock.now())
    if found is None:
        return
    g.sign_in, g.actor = found
    sight.look_as(scope.sight_of(g.actor))
    if face == "page" and clock.now() - g.sign_in.renewed_at >= RENEW_EVERY:
        with unit_of_work():
            renewed = actions.renew(g.sign_in)
        session[_TOKEN] = renewed or token
    if clock.now() - g.sign_in.seen_at >= SEEN_EVERY:
        with unit_of_work():  # an edge of its own: that somebody was here holds whatever becomes of the request
            actions.note_use(g.sign_in)
        session.modified = face == "page"


def _bearer() -> str | None:
    header = request.authorization
    return header.token if header is not None and header.type == "bearer" else None
