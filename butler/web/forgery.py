"""Nobody else's page may press our buttons (CSRF): a token in each form, and the browser's word on where it came from.

The API is exempt: it knows bearer tokens only and looks at no cookie.
"""

from urllib.parse import urlsplit

from flask import Flask, Request, current_app, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError

from butler.kit.errors import Malformed, NotAllowed
from butler.web import payload
from butler.web.guard import API_PREFIX

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def install(app: Flask) -> None:
    """Check every unsafe request to a page, before its view and before anybody looks at who is signed in."""
    production = app.extensions["settings"].production
    app.config.update(
        SESSION_COOKIE_NAME="__Host-butler" if production else "butler",
        SESSION_COOKIE_SECURE=production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a form may lie open all afternoon; the token ends with the session
    )
    app.session_interface = _PageSession()
    app.jinja_env.globals["csrf_token"] = generate_csrf
    app.before_request(_check_unsafe)


class _PageSession(SecureCookieSessionInterface):
    """Flask's signed cookie, for pages. The API looks at no cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        cookies = request.environ.get("HTTP_COOKIE", "")
        if request.path.startswith(API_PREFIX) or self.get_cookie_name(app) not in cookies:
            return self.session_class()
        return super().open_session(app, request)


def _check_unsafe() -> None:
    if request.method in _SAFE or request.path.startswith(API_PREFIX) or request.endpoint is None:
        return
    if not _from_our_pages():
        raise NotAllowed("这次提交不是从我们的页面发出的，没有受理，什么都没有改动。请从首页重新打开再办。")
    payload.check_form(request)
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError as error:
        raise Malformed(
            "为了安全，这次提交没有受理，什么都没有改动。请退回上一页，刷新以后再提交。",
            code="form-unreadable",
            title="这个页面已经过期",
        ) from error
    g.csrf_valid = True


def _from_our_pages() -> bool:
    """What the browser says about where a request comes from; old browsers say nothing, and the token decides."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    ours = (request.host, urlsplit(current_app.extensions["settings"].base_url).netloc)
    return origin is None or urlsplit(origin).netloc in ours
