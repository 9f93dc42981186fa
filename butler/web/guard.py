"""Every view says who may call it. A view that says nothing is a mistake that `unguarded` finds."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from flask import Flask, g, redirect, request

from butler.kit.errors import NotAllowed, NotFound, Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])

SIGN_IN = "/sign-in"
API_PREFIX = "/api/"
_FORMATS = ("text/html", "application/json", "application/problem+json")
_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,1000}")


class Actor(Protocol):
    """Who is asking, as far as the edge needs to know. `identity.session` puts one (or None) into `g.actor`."""

    @property
    def person_id(self) -> int: ...

    @property
    def is_staff(self) -> bool: ...

    def may(self, permission: Any) -> bool:
        """Whether any of their posts grants this."""
        ...


@dataclass(frozen=True)
class Access:
    """What a view says about itself. `kind`: public, signed_in or allowed (any one of `permissions`)."""

    kind: str
    permissions: frozenset[Any] = field(default=frozenset())


@dataclass(frozen=True)
class Unfinished:
    """A sign-in that is good for one thing only. `identity.session` puts one into `g.halted`.

    `what` is a word for programs, `where` the page on which it is finished, `words` say it to a person.
    """

    what: str
    where: str
    words: str


def public(view: View) -> View:
    """Anybody, signed in or not."""
    view.access = Access("public")  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Anybody who is signed in."""
    return _guarded(view, Access("signed_in"))


def allowed(*permissions: Any) -> Callable[[View], View]:
    """Whoever has at least one of these permissions somewhere; which rows they reach is for `identity.scope`."""
    return lambda view: _guarded(view, Access("allowed", frozenset(permissions)))


def unguarded(app: Flask) -> list[str]:
    """The endpoints that do not say who may call them. Always empty; a test sees to it."""
    return sorted(name for name, view in app.view_functions.items() if not hasattr(view, "access"))


def local_path(text: str | None) -> str | None:
    """`text` when it is a path of this site, safe to redirect to; else None."""
    return text if text and _LOCAL.fullmatch(text) else None


def here() -> str:
    """The present path with its query string, to come back to later."""
    return request.full_path if request.query_string else request.path


def asks_for_json() -> bool:
    """Whether the caller is a program: the API, or somebody who prefers JSON to HTML."""
    if request.path.startswith(API_PREFIX):
        return True
    return request.accept_mimetypes.best_match(_FORMATS, _FORMATS[0]) != _FORMATS[0]


def _guarded(view: View, access: Access) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        actor: Actor | None = g.get("actor")
        halted: Unfinished | None = g.get("halted")
        if actor is None:
            if request.method in ("GET", "HEAD") and not asks_for_json():
                where = halted.where if halted is not None else SIGN_IN
                return redirect(f"{where}?next={quote(here(), safe='/')}", 303)
            if halted is not None:
                raise Unauthenticated(
                    halted.words, code="sign-in-unfinished", title="登录还差一步", unfinished=halted.what
                )
            raise Unauthenticated("登录以后才能办这一步。您还没有登录，或者登录已经过期，请重新登录。")
        if access.permissions and not any(actor.may(permission) for permission in access.permissions):
            if actor.is_staff or asks_for_json():
                raise NotAllowed("这一步由别的岗位来办。如果您觉得应该由您来办，请联系您的主管。")
            raise NotFound()
        return view(*args, **kwargs)

    guarded.access = access  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]
