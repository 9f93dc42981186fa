"""What all pages share: templates, the style sheet, text size, the pages about problems."""

import hashlib
import secrets
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, current_app, g, redirect, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue

from butler.kit import clock
from butler.kit.errors import REGISTRY, Invalid, NotFound
from butler.kit.numbers import request_name
from butler.kit.wording import say_clock, say_day, say_moment
from butler.web import fields, forms
from butler.web.guard import here, local_path, public
from butler.web.payload import read_form
from butler.web.problems import WORDS

STATIC = Path(__file__).parent / "static"
TEXT_SIZES = {"standard": "标准", "large": "大", "larger": "特大"}
_CARDS = ("/desk/cards", "名片")
_DESKS = (
    ("case:work", "/desk", "工作台"),
    ("staff:manage", "/staff", "人员"),
    ("card:see", *_CARDS),
    ("look:review", "/privacy/findings", "查看核对"),
    ("catalogue:edit", "/catalogue/revisions", "事项目录"),
)
_YEAR = 365 * 24 * 3600

pages = Blueprint("web", __name__, template_folder="templates")


class TextSizeSchema(fields.Schema):
    """A text size and the page to go back to."""

    size = fields.Text(max=10, required=True)
    next = fields.Text(max=1000)


TEXT_SIZE = TextSizeSchema()


def install(app: Flask) -> None:
    """Register the pages below and what every template may use."""
    app.register_blueprint(pages)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        static_url=static_url,
        typed=forms.typed,
        ticked=forms.ticked,
        problem_at=forms.problem_at,
        form_problem=forms.form_problem,
        anchor=forms.anchor,
        new_key=_form_key,
        text_size=_text_size,
        here=here,
        name_of_request=lambda: request_name(g.request_id),
        present_actor=lambda: g.get("actor"),
        own_desks=own_desks,
    )
    app.jinja_env.filters.update(moment=_say_moment, day=_say_day, clock=say_clock)


def own_desks() -> list[tuple[str, str]]:
    """Where whoever is here works: (address, word) for the header of every page, the first one their home. Nobody is led to
    a page that turns them away. Empty for residents."""
    actor = g.get("actor")
    if actor is None:
        return []
    there = [(where, word) for permission, where, word in _DESKS if actor.may(permission)]
    return [one for one in there if one != _CARDS or there[0][0] != "/desk"]  # a desk has a tab for them


def static_url(name: str) -> str:
    """The address of a file in `web/static`; it changes with the content, so that browsers may keep it for ever."""
    return f"/static/{name}?v={_digest(name)}"


@pages.get("/static/<path:name>")
@public
def static(name: str) -> ResponseReturnValue:
    """A style sheet, picture or script."""
    response = send_from_directory(STATIC, name)
    lasting = request.args.get("v") and request.args["v"] == _digest(name)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if lasting else "public, max-age=300"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@pages.get("/text-size")
@public
def text_size() -> ResponseReturnValue:
    """Choose how large text is."""
    return render_template("web/text_size.html", sizes=TEXT_SIZES, back=local_path(request.args.get("next")) or "/")


@pages.post("/text-size")
@public
def set_text_size() -> ResponseReturnValue:
    """Keep the choice in a cookie for a year and go back."""
    production = current_app.extensions["settings"].production
    chosen = read_form(TEXT_SIZE)
    if chosen["size"] not in TEXT_SIZES:
        raise Invalid.at("/size", "请从给出的几种字号里选。")
    response = redirect(local_path(chosen.get("next")) or "/", 303)
    response.set_cookie(
        _size_cookie(),
        chosen["size"],
        max_age=_YEAR,
        secure=production,
        httponly=True,
        samesite="Lax",
    )
    return response


@pages.get("/problems/")
@public
def problems() -> ResponseReturnValue:
    """Every problem type: the `type` of a problem document leads here."""
    return render_template("web/problems.html", statuses=REGISTRY, words=WORDS)


@pages.get("/problems/<code>")
@public
def problem(code: str) -> ResponseReturnValue:
    """One problem type in plain words."""
    if code not in REGISTRY:
        raise NotFound()
    return render_template("web/problems.html", statuses={code: REGISTRY[code]}, words=WORDS)


def _form_key() -> str:
    """The key of a form. A form that is shown again keeps the one it had, so that trying again stays one deed."""
    return (request.form.get("_key") if request.method == "POST" else None) or secrets.token_urlsafe(16)


def _size_cookie() -> str:
    return "__Host-text-size" if current_app.extensions["settings"].production else "text_size"


def _text_size() -> str:
    chosen = request.cookies.get(_size_cookie(), "")
    return chosen if chosen in TEXT_SIZES else "standard"


def _say_moment(moment: datetime) -> str:
    return say_moment(moment, clock.now())


def _say_day(day: date | datetime) -> str:
    return say_day(day, clock.now())


@lru_cache(maxsize=64)
def _digest(name: str) -> str:
    path = STATIC / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else ""
