"""Who is asking: `g.actor` (an `Actor` or None) and `g.sign_in` for every request.

Under /api/ only a bearer token counts and cookies are not looked at, so that no other site can make a browser act
there. Everywhere else only the cookie counts: Flask's signed one (`butler`, set up in `web.forgery`), which carries the
token beside the form token. A token of one face is no good on the other. What a token is worth is decided by its row
alone: ending the row, or disabling the person, ends it at the next request.
"""

from flask import Flask, g, request, session

from butler.identity import actions, queries
from butler.identity.models import SignIn
from butler.identity.rules import RESIDENT_IDLE, SEEN_EVERY, Face
from butler.kit import clock
from butler.kit.database import unit_of_work
from butler.kit.numbers import fingerprint
from butler.web.guard import API_PREFIX

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


def _load() -> None:
    g.actor = g.sign_in = None
    face: Face = "api" if request.path.startswith(API_PREFIX) else "page"
    token = _bearer() if face == "api" else session.get(_TOKEN)
    if not token or request.endpoint == "web.static":
        return
    found = queries.find_sign_in(fingerprint(token), face, clock.now())
    if found is None:
        return
    g.sign_in, g.actor = found
    if clock.now() - g.sign_in.seen_at >= SEEN_EVERY:
        with unit_of_work():  # an edge of its own: that somebody was here holds whatever becomes of the request
            actions.note_use(g.sign_in)
        session.modified = face == "page"


def _bearer() -> str | None:
    header = request.authorization
    return header.token if header is not None and header.type == "bearer" else None
