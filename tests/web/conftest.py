"""A tiny application with the real edge, so that what is tested here is the edge alone. Needs no database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint as PageBlueprint
from flask import abort, current_app, g, jsonify, redirect, render_template_string
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from marshmallow import fields as ma_fields
from sqlalchemy import text

from butler.kit import database, jobs, sight
from butler.kit.clock import now
from butler.kit.database import ButlerFlask, db
from butler.kit.errors import Conflict, EditedElsewhere, Gone, Invalid, RateLimited
from butler.kit.sight import Sight
from butler.settings import Settings
from butler.web import faces, fields, guard, health, logs
from butler.web.etag import etag_of, not_modified, require_version
from butler.web.forms import fill_in_again
from butler.web.openapi import Api, Blueprint
from butler.web.payload import read_form, read_query

GALLERY = Path(__file__).parent / "gallery.html"
NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/none"  # nothing listens there: the database is down


class Mode(StrEnum):
    DAYTIME = "daytime"
    OFF_HOURS = "off_hours"


class PersonSchema(fields.Schema):
    name = fields.Text(max=24, required=True, metadata={"title": "姓名"})
    phone = fields.Phone()


class PaperSchema(fields.Schema):
    name = fields.Text(max=10, required=True)
    copies = fields.Whole(min=1, max=99)


class ThingSchema(fields.Schema):
    summary = fields.Text(max=100, multiline=True, required=True)
    count = fields.Whole(min=1, max=99)
    agreed = fields.Flag()
    born = fields.Day()
    visit_at = fields.Moment()
    mode = fields.Word(Mode)
    phone = fields.Phone()
    slot_id = fields.Ident()
    beneficiary = ma_fields.Nested(PersonSchema)
    answers = ma_fields.Dict(keys=fields.Text(max=20), values=fields.Text(max=20))
    consents = ma_fields.List(fields.Text(max=20))
    papers = ma_fields.List(ma_fields.Nested(PaperSchema))


class SearchSchema(fields.Schema):
    q = fields.Text(max=40)
    tag = ma_fields.List(fields.Text(max=10))
    page = fields.Whole(min=1, max=999)


THING, SEARCH = ThingSchema(), SearchSchema()
FORM_PAGE = """{% extends "web/base.html" %}{% block main %}{{ ui.summary() }}<h1>一件事</h1>
{% call ui.form("/things") %}{{ ui.textarea("summary", "要办什么") }}{{ ui.field("count", "几份") }}
{{ ui.field("beneficiary.name", "姓名") }}{{ ui.button("提交申请") }}{% endcall %}{% endblock %}"""


@dataclass(frozen=True)
class Somebody:
    """An actor as `identity.session` makes them."""

    person_id: int = 7
    is_staff: bool = False
    permissions: frozenset[str] = field(default=frozenset())

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def make_app(
    settings: Settings, *, register: Callable[[Blueprint, PageBlueprint], None] = lambda api, pages: None
) -> ButlerFlask:
    """The edge on an application with one API blueprint and a few pages."""
    app = ButlerFlask("butler", static_folder=None, template_folder=None)
    app.extensions["settings"] = settings
    app.extensions["ring"] = settings.ring()
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        MAX_CONTENT_LENGTH=1_000_000,
        MAX_FORM_MEMORY_SIZE=200_000,
        MAX_FORM_PARTS=200,
        TESTING=True,
        PROPAGATE_EXCEPTIONS=False,
    )
    logs.configure(settings)
    database.connect(app, settings.database_url, pool_size=4)
    jobs.connect(app, settings.redis_url)
    faces.install(app)
    app.before_request(_load_actor)
    health.install(app)
    api, pages = _make_api(), _make_pages()
    register(api, pages)
    Api(app).register_blueprint(api)
    app.register_blueprint(pages)
    return app


@pytest.fixture(scope="session")
def bare_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an installation whose servers are all down."""
    return Settings(
        env="test",
        secret_key="only for tests, and long enough for that",
        database_url=NOWHERE,
        database_owner_url=NOWHERE,
        redis_url="redis://127.0.0.1:1/0",
        base_url="http://localhost",
        demo=True,
        instance=tmp_path_factory.mktemp("instance"),
        trusted_hosts=("localhost",),
        pool_size=2,
        limit_factor=0,
    )


@pytest.fixture(scope="session")
def edge(bare_settings: Settings) -> ButlerFlask:
    return make_app(bare_settings)


@pytest.fixture
def api(edge: ButlerFlask) -> FlaskClient:
    """A program."""
    return edge.test_client(use_cookies=False)


@pytest.fixture
def browser(edge: ButlerFlask) -> FlaskClient:
    """A browser."""
    return edge.test_client()


@pytest.fixture
def token(browser: FlaskClient) -> str:
    """The anti-forgery token of the browser's session."""
    return token_of(browser)


@pytest.fixture
def actor(edge: ButlerFlask) -> Iterator[Callable[[Somebody | None], None]]:
    """Decides who is asking."""

    def sign_in(somebody: Somebody | None) -> None:
        edge.extensions["somebody"] = somebody

    yield sign_in
    edge.extensions.pop("somebody", None)


def token_of(browser: FlaskClient) -> str:
    return browser.get("/token").get_data(as_text=True)


def filled(token: str, **values: Any) -> dict[str, Any]:
    """A form as a browser sends it."""
    return {**values, "csrf_token": token, "_key": "0123456789abcdef", "_end": "1"}


def _load_actor() -> None:
    g.actor = current_app.extensions.get("somebody")
    if g.actor is not None:
        sight.look_as(Sight.of(g.actor.person_id))


def _make_api() -> Blueprint:
    api = Blueprint("things", __name__, url_prefix="/things")

    @api.post("")
    @guard.public
    @api.arguments(THING)
    @api.response(201, THING)
    def make_thing(thing: dict[str, Any]) -> Any:
        """Make a thing."""
        return thing

    @api.get("")
    @guard.public
    @api.arguments(SEARCH, location="query")
    @api.response(200, SEARCH)
    def find_things(query: dict[str, Any]) -> Any:
        """Find things."""
        return query

    @api.get("/<int:thing_id>")
    @guard.public
    @api.response(200)
    def see_thing(thing_id: int) -> Any:
        """See a thing."""
        return not_modified(etag_of(thing_id)) or {"id": str(thing_id)}

    @api.post("/<int:thing_id>/steps/<step>")
    @guard.public
    @api.response(200)
    def step(thing_id: int, step: str) -> Any:
        """Move a thing."""
        version = require_version()
        if version != thing_id:
            raise EditedElsewhere("请先看看最新的情况。", current={"version": thing_id})
        return {"version": version + 1}

    @api.get("/numbers/<number:number>")
    @guard.public
    @api.response(200)
    def by_number(number: str) -> Any:
        """See a number."""
        return {"number": number}

    @api.get("/mine")
    @guard.signed_in
    def mine() -> Any:
        """See mine."""
        return jsonify(person=g.actor.person_id)

    @api.get("/work")
    @guard.allowed("work", "supervise")
    def work() -> Any:
        """See work."""
        return jsonify(ok=True)

    @api.get("/bug")
    @guard.public
    def bug() -> Any:
        """Fail."""
        raise ZeroDivisionError("13800001111 张三")

    @api.get("/database")
    @guard.public
    def ask_database() -> Any:
        """Ask the database."""
        return jsonify(one=db.session.scalar(text("SELECT 1")))

    return api


def _make_pages() -> PageBlueprint:
    pages = PageBlueprint("pages", __name__)

    @pages.get("/token")
    @guard.public
    def token() -> str:
        return generate_csrf()

    @pages.get("/things")
    @guard.public
    def show_form() -> str:
        return render_template_string(FORM_PAGE)

    @pages.post("/things")
    @guard.public
    @fill_in_again(show_form)
    def send_form() -> Any:
        thing = read_form(THING)
        if thing["summary"] == "没了":
            raise Gone("这张卡已停用。")
        if thing["summary"] == "变了":
            raise Conflict("别人先办了，您这一步没有办成。")
        if thing["summary"] == "查库":
            db.session.execute(text("SELECT 1"))
        return jsonify({name: str(value) for name, value in thing.items()})

    @pages.get("/search")
    @guard.public
    def search() -> Any:
        return jsonify(read_query(SEARCH))

    @pages.get("/my/things")
    @guard.signed_in
    def my_things() -> str:
        return "mine"

    @pages.post("/my/things")
    @guard.signed_in
    def change_mine() -> Any:
        return redirect("/my/things", 303)

    @pages.get("/desk")
    @guard.allowed("work")
    def desk() -> str:
        return "desk"

    @pages.get("/bug")
    @guard.public
    def bug() -> str:
        raise ZeroDivisionError("13800001111 张三")

    @pages.get("/database")
    @guard.public
    def ask_database() -> str:
        return str(db.session.scalar(text("SELECT 1")))

    @pages.get("/no/<int:status>")
    @guard.public
    def refuse(status: int) -> str:
        if status == 422:
            raise Invalid.at("/phone", "手机号要写 11 位数字。")
        if status == 429:
            raise RateLimited("请一分钟后再试。", retry_after=timedelta(minutes=1))
        abort(status)

    @pages.get("/gallery")
    @guard.public
    def gallery() -> Any:
        return render_template_string(GALLERY.read_text(), now=now())

    return pages
