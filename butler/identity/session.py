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

from flask import Flask, Response, abort, after_this_request, current_app, g, redirect, request, session, url_for

from butler.identity import actions, on_the_way, queries, scope
from butler.identity.devices import device_of
from butler.identity.models import SignIn
from butler.identity.passwords import must_be_changed
from butler.identity.rules import (
    DEVICE_KNOWN_FOR,
    RECENTLY,
    RENEW_EVERY,
    RESIDENT_IDLE,
    SEEN_EVERY,
    Face,
    second_factor_demanded,
)
from butler.kit import clock, sight
from butler.kit.database import unit_of_work
from butler.kit.errors import Unauthenticated
from butler.kit.numbers import fingerprint
from butler.web.guard import API_PREFIX, Unfinished, View, asks_for_json, here

_TOKEN = "sign_in"  # noqa: S105  # where the cookie keeps the token


# What somebody whose sign-in is not finished may do all the same.
_TO_FINISH = frozenset(
    {
        "identity.begin_factor", "identity.confirm_factor", "identity.change_password", "identity.sign_out",
        "identity.prove", "identity_pages.factor_page", "identity_pages.begin_factor", "identity_pages.confirm_factor_page",
        "identity_pages.confirm_factor", "identity_pages.password_page", "identity_pages.change_password",
        "identity_pages.sign_out_page", "identity_pages.sign_out", "identity_pages.prove_page", "identity_pages.prove",
    }
)  # fmt: skip


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


def known_by() -> str | None:
    """What this browser carries since a member of staff last signed in with it (`actions.knowing`)."""
    return request.cookies.get(_device_cookie())


def remember_device(token: str) -> None:
    """Let this browser carry it for the next time. It opens nothing; it only keeps strangers from slowing us down."""
    production = current_app.extensions["settings"].production

    @after_this_request
    def _carry(response: Response) -> Response:
        response.set_cookie(
            _device_cookie(),
            token,
            max_age=int(DEVICE_KNOWN_FOR.total_seconds()),
            secure=production,
            httponly=True,
            samesite="Lax",
        )
        return response


def _device_cookie() -> str:
    return "__Host-butler-device" if current_app.extensions["settings"].production else "butler-device"


def forget() -> None:
    """Empty this browser's cookie."""
    session.clear()


def this_device() -> str:
    """What the person at the other end calls their device."""
    return device_of(request.headers.get("User-Agent"))


def demand_recent_sign_in(minutes: int) -> None:
    """Go on only when the person has entered a password or a code in the last `minutes` (promises.md T25).

    For views behind a guard, and above `@once`: what is proved stays proved whatever becomes of the request. A program gets
    401 `reauth-required`, proves it at `POST /auth/session/proof` and asks again. A browser that wants to read is sent to a
    page that asks and leads back; one that hands in a form is asked on a page that carries what was typed, and the answer
    to that goes on with the form (`on_the_way.prove`). Ask on the page with the form too: nobody fills in what is stopped.
    """
    if clock.now() - g.sign_in.proved_at <= timedelta(minutes=minutes):
        return
    if asks_for_json():
        raise Unauthenticated(
            "这一步比较要紧，请再输入一次密码或验证码，确认是您本人。什么都没有改动。",
            code="reauth-required",
            title="请再确认一次",
        )
    if request.method in ("GET", "HEAD"):
        abort(redirect(url_for("identity_pages.prove_page", next=here()), 303))
    on_the_way.prove()


def demand_code_again(minutes: int) -> None:
    """`demand_recent_sign_in`, where having signed in lately is not enough: residents sign in by WeChat too, which says
    nothing about who has their telephone in hand. Whoever proved it again has entered a code that was sent there."""
    again = g.sign_in.proved_at > g.sign_in.created_at
    demand_recent_sign_in(minutes if again else -1)


def code_again(minutes: int) -> Callable[[View], View]:
    """`demand_code_again` before a view; goes below its guard."""
    return _before(lambda: demand_code_again(minutes))


def fresh(minutes: int) -> Callable[[View], View]:
    """`demand_recent_sign_in` before a view; goes below its guard."""
    return _before(lambda: demand_recent_sign_in(minutes))


def fresh_at_work(view: View) -> View:
    """The same for what staff do with papers, and with who somebody is: `RECENTLY` says how lately, and why."""
    return fresh(RECENTLY)(view)


def _before(demand: Callable[[], None]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def demanding(*args: Any, **kwargs: Any) -> Any:
            demand()
            return view(*args, **kwargs)

        return demanding  # type: ignore[return-value]

    return decorate


def _load() -> None:
    g.actor = g.sign_in = g.halted = None
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
    _halt_unfinished()
    if g.actor is not None:
        sight.look_as(scope.sight_of(g.actor))
    if face == "page" and clock.now() - g.sign_in.renewed_at >= RENEW_EVERY:
        with unit_of_work():
            renewed = actions.renew(g.sign_in)
        session[_TOKEN] = renewed or token
    if clock.now() - g.sign_in.seen_at >= SEEN_EVERY:
        with unit_of_work():  # an edge of its own: that somebody was here holds whatever becomes of the request
            actions.note_use(g.sign_in)
        session.modified = face == "page"


def _halt_unfinished() -> None:
    """Whoever still has to set up a second factor or to change an old password does that first, and nothing else."""
    settings, person = current_app.extensions["settings"], g.sign_in.person
    if person.username is None or request.endpoint in _TO_FINISH:
        return
    shown_to_visitors = settings.demo and person.is_demo  # their passwords are printed on the handbill
    demanded = second_factor_demanded(g.actor.roles, settings.second_factor) and not shown_to_visitors
    if demanded and person.second_factor_at is None:
        g.halted = Unfinished("second_factor", "/my/second-factor", "您的岗位要用动态口令登录，请先在手机上设好。")
    elif must_be_changed(person.password_set_at or person.created_at, clock.now(), settings.password_months):
        g.halted = Unfinished("password", "/my/password", "密码用得太久了，请先换一个。")
    if g.halted is not None:
        g.actor = None


def _bearer() -> str | None:
    header = request.authorization
    return header.token if header is not None and header.type == "bearer" else None
