"""The demo town on a real port, with a clock of its own; and a person in front of a browser."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from apart import application_apart
from butler.cases import jobs as case_jobs
from butler.cases import schemas
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.states import Step
from butler.catalogue import editions
from butler.demo import town
from butler.demo.handbill import write_handbill
from butler.demo.lateness import let_time_pass
from butler.dev.servers import Urls
from butler.identity import queries as identity_queries
from butler.identity.hashing import phone_index
from butler.identity.models import Person, SignIn
from butler.identity.scope import Actor
from butler.kit import clock, outbox
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.kit.numbers import fingerprint, new_secret
from butler.settings import Settings

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=clock.CHINA)
"""A Tuesday at nine. From there time goes on as it does, so that what a browser shows is the same every day."""


@contextmanager
def town_time() -> Iterator[None]:
    """Let the one clock show the town's time for the length of a block. All blocks share one time."""
    with patch.object(clock, "now", lambda: _morning + timedelta(seconds=time.monotonic() - _BEGUN)):
        yield


def go_on_until(moment: str) -> None:
    """Let the town's time be at least this late: ``go_on_until("2026-11-24 18:40")``."""
    global _morning
    missing = datetime.fromisoformat(moment).replace(tzinfo=clock.CHINA) - clock.now()
    _morning += max(missing, timedelta())


_BEGUN = time.monotonic()
_morning = MORNING


@dataclass(frozen=True)
class Site:
    """A running demo. What the worker and the scheduler do in life is done when a test says so (`deliver`)."""

    url: str
    app: ButlerFlask
    cards: list[dict[str, str]]
    residents: list[dict[str, str]]  # phone, name, building; six doors a building and more
    staff: list[dict[str, str]]  # username, password, role, unit_code

    def deliver(self) -> None:
        """Send what waits in the outbox to the demo's inbox, and ring what is due."""
        with self.app.app_context():
            case_jobs.sweep_alarms()
            outbox.drain()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Inside the application, committing at the end."""
        with self.app.app_context(), unit_of_work():
            yield

    def actor(self, name: str) -> Actor:
        """Somebody by their phone or user name, inside `at_work`."""
        who = select(Person.id).where((Person.phone_index == phone_index(name)) | (Person.username == name))
        actor = identity_queries.load_actor(db.session.scalars(who).one(), clock.now())
        assert actor is not None
        return actor

    def take(self, name: str, number: str, step: str, **data: Any) -> None:
        """Have somebody take a step elsewhere."""
        with self.at_work():
            case = db.session.scalars(select(Case).where(Case.number == number)).one()
            loaded = schemas.STEP_INPUTS[Step(step)].load(data)
            take_step(self.actor(name), number, Step(step), loaded, version=case.version)

    def be_late(self, number: str) -> None:
        """Let time pass for one case until it is late, and ring."""
        with self.at_work():
            let_time_pass(number)
        self.deliver()

    def sign_in(self, name: str) -> str:
        """The cookie of somebody who has signed in, and has just proved again that it is them."""
        now, token = clock.now(), new_secret()
        with self.at_work():
            row = SignIn(
                token_hash=fingerprint(token),
                person_id=self.actor(name).person_id,
                face="page",
                created_at=now - timedelta(minutes=1),
                proved_at=now,
                seen_at=now,
                expires_at=now + timedelta(days=30),
            )
            db.session.add(row)
        serializer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert serializer is not None
        return str(serializer.dumps({"sign_in": token}))

    def numbers_of(self, phone: str) -> list[str]:
        """The numbers of somebody's own cases, the oldest first."""
        with self.at_work():
            me = self.actor(phone).person_id
            return list(db.session.scalars(select(Case.number).where(Case.asker_id == me).order_by(Case.id)))


@contextmanager
def open_site(urls: Urls, settings: Settings, instance: Path, *, database: str = "browser") -> Iterator[Site]:
    """The demo town on a database of its own, served on a free port."""
    settings = replace(settings, instance=instance)
    with application_apart(urls, settings, database, connections=10) as app:
        with town_time(), app.app_context():
            with unit_of_work():
                town.seed()
                handbill = json.loads(write_handbill(settings).read_text(encoding="utf-8"))
            db.session.remove()
        with app.app_context():
            editions.current().index()  # takes seconds, which are not those of the first page that searches
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Site(
                f"http://127.0.0.1:{server.server_port}",
                app,
                handbill["cards"],
                handbill["residents"],
                handbill["staff"],
            )
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Silent(WSGIRequestHandler):
    """The application writes its own line for every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Somebody:
    """A person at a browser. They see words and press them; they know no address but the one they begin with."""

    def __init__(self, site: Site, context: BrowserContext) -> None:
        self.site = site
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)

    @property
    def text(self) -> str:
        """What the page says, with its line breaks."""
        return self.page.locator("main").inner_text()

    @property
    def path(self) -> str:
        """Path and query of the address."""
        return self.page.url.removeprefix(self.site.url)

    @property
    def title(self) -> str:
        """The one heading of the first level."""
        return self.page.locator("h1").inner_text().strip()

    def open(self, path: str) -> "Somebody":
        """Type in an address, or scan it."""
        self.page.goto(self.site.url + path)
        return self

    def follow(self, words: str) -> "Somebody":
        """Tap a link."""
        self.page.get_by_role("link", name=words).first.click()
        return self

    def press(self, words: str) -> "Somebody":
        """Press a button."""
        self.page.get_by_role("button", name=words, exact=True).click()
        return self

    def fill(self, label: str, text: str) -> "Somebody":
        """Type into a field."""
        self.page.get_by_label(label).first.fill(text)
        return self

    def choose(self, words: str) -> "Somebody":
        """Tap one of several choices, or a box that is not ticked yet (a browser may remember it is)."""
        label = self.page.locator("label.choice", has_text=words).first
        if not label.locator("input").is_checked():
            label.click()
        return self

    def known_as(self, name: str) -> "Somebody":
        """Somebody who signed in a while ago: a resident by their phone, staff by their user name."""
        cookie = self.site.sign_in(name)
        self.context.add_cookies([{"name": "butler", "value": cookie, "url": self.site.url, "sameSite": "Lax"}])
        return self

    def sign_in(self, phone: str) -> "Somebody":
        """A resident, from the page that asks for the phone, with the code from the demo's inbox."""
        self.fill("您的手机号", phone).press("获取验证码")
        self.site.deliver()
        self.follow("演示收件箱")
        message = self.page.locator("article", has_text=phone).first
        code = re.findall(r"\b\d{6}\b", message.inner_text())[-1]
        self.page.go_back()
        return self.fill("短信里的 6 位数字", code).press("登录")

    def log_in(self, username: str) -> "Somebody":
        """A member of staff."""
        self.open("/sign-in/staff").fill("用户名", username).fill("密码", town.PASSWORD)
        return self.press("登录工作台")
