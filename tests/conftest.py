"""Real PostgreSQL and Valkey for every test; each test leaves the database as it found it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from chromium import chromium
from flask.testing import FlaskClient
from flask_migrate import upgrade
from psycopg._preparing import PrepareManager
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, scoped_session

from apart import copy_of_migrated, keep_migrated
from butler.app import create_app
from butler.catalogue import editions
from butler.dev.servers import Urls, embedded
from butler.kit import clock, sight
from butler.kit.database import ButlerFlask, db
from butler.kit.sight import Sight
from butler.settings import Settings
from butler.web import stored
from factories import Town, as_committed, brought_in, load_calendar, make_town
from figures import pytest_terminal_summary, show

__all__ = ["chromium", "pytest_terminal_summary", "show"]

ROOT = Path(__file__).parent.parent
LONG = (
    "browser/test_quality.py", "proofs/test_first_visit.py", "proofs/test_kills.py", "proofs/test_uploads.py",
    "proofs/test_sealed.py", "matrix/test_pages.py", "browser/test_scripts.py", "matrix/test_sameness.py",
    "matrix/test_api.py", "matrix/test_strange_fields.py", "browser/test_resident.py", "browser/test_staff.py",
    "proofs/test_deadlines.py", "cases/test_claiming.py", "test_migrations.py",
    "fuzz/test_bad_input.py", "fuzz/test_openapi.py", "dev/test_supervisor.py",
    "privacy/test_slow_snooping.py", "privacy/test_ordinary_weeks.py",
)  # fmt: skip
"""Files that take longest. They begin first: one of them at the end would have one processor wait for the other. The first
visit comes before what leaves many cases behind in the application they may share."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first, in this order; `make test` hands files out in the order they are in."""
    place = {ROOT / "tests" / name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))


@pytest.fixture(scope="session")
def urls() -> Iterator[Urls]:
    """Both servers, for the whole run."""
    with embedded() as urls:
        yield urls


@pytest.fixture(scope="session")
def settings(urls: Urls, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A test installation in demo mode. Its database is made by the migrations, and a copy of that stays as it is."""
    settings = Settings(
        env="test",
        secret_key="only for tests, and long enough for that",
        database_url=urls.database_url,
        database_owner_url=urls.owner_url,
        redis_url=urls.redis_url,
        base_url="http://localhost",
        demo=True,
        instance=tmp_path_factory.mktemp("instance"),
        trusted_hosts=(),
        pool_size=10,
        limit_factor=0,  # tests call faster than people; what is limited has tests of its own
    )
    with create_app(settings).app_context():
        upgrade(directory=str(ROOT / "migrations"))
        db.engine.dispose()
        keep_migrated(urls, db.engine.url.database or "")
    return settings


class Lasting(PrepareManager):
    """What psycopg has prepared. It forgets all at every ROLLBACK, also of a savepoint: here, where each refusal and each
    test ends in one, everything would be planned anew each time. No table comes or goes on these connections."""

    def _should_discard(self, *_: Any) -> bool:
        return False


def keep_plans(raw: Any, _: Any) -> None:
    """For the event `connect` of an engine."""
    raw._prepared = Lasting()


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[ButlerFlask]:
    """The application on a database made by the migrations."""
    app = create_app(settings)
    with app.app_context():
        db.session.configure(join_transaction_mode="create_savepoint")
        event.listen(db.engine, "connect", keep_plans)
    editions.current()  # the shipped catalogue, chosen without asking the database
    yield app
    with app.app_context():
        db.engine.dispose()


@dataclass(frozen=True)
class Settled:
    """A database in which the town is there already, and the town as it was written."""

    engine: Engine
    town: Town


@pytest.fixture(scope="session")
def settled(urls: Urls, app: ButlerFlask) -> Iterator[Settled]:
    """The town takes a hundred statements: it is built once, and every test that wants it begins with it."""
    with copy_of_migrated(urls, "settled"), app.app_context(), pytest.MonkeyPatch.context() as patch:
        engine = create_engine(db.engine.url.set(database="settled"), **app.config["SQLALCHEMY_ENGINE_OPTIONS"])
        event.listen(engine, "connect", keep_plans)
        with engine.connect() as connection:
            patch.setitem(db.engines, None, connection)
            load_calendar()
            town = as_committed(make_town())
            db.session.remove()
            connection.commit()
        patch.undo()
        yield Settled(engine, town)
        engine.dispose()


@pytest.fixture
def session(
    app: ButlerFlask, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[scoped_session[Session]]:
    """One outer transaction per test; every commit inside becomes a savepoint and nothing stays."""
    settled = "settled" in request.fixturenames  # by way of `town`
    engine = request.getfixturevalue("settled").engine if settled else None
    with app.app_context():
        monkeypatch.setitem(app.extensions, "kick", None)
        with (engine or db.engine).connect() as connection:
            outer = connection.begin()
            tell_each_sight(connection)
            monkeypatch.setitem(db.engines, None, connection)
            yield db.session
            db.session.remove()
            outer.rollback()


def tell_each_sight(connection: Connection) -> None:
    """Here all transactions share one: what a real one would begin with (nobody in sight) has to be said, and said again
    when a test looks on after a request, or when a savepoint took back what was said."""
    told: Sight | None = None

    def before(conn: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        nonlocal told
        if statement == sight.TELL:
            told = Sight(*parameters)
        elif "SAVEPOINT" not in statement and told != (wanted := sight.present()):
            told = wanted
            conn.connection.cursor().execute(sight.TELL + ", set_config('butler.cases', '', true)", told.values)

    def taken_back(conn: Connection, name: str, context: None) -> None:
        nonlocal told
        told = None

    event.listen(connection, "before_cursor_execute", before)
    event.listen(connection, "rollback_savepoint", taken_back)


class Browser(FlaskClient):
    """Each request in an application context of its own, as in life. Inside the test's they would share one `g`, and
    with it what the edge keeps there for a single request."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def client(app: ButlerFlask, session: scoped_session[Session]) -> FlaskClient:
    """A browser or API client inside the test's transaction."""
    return Browser(app, app.response_class, use_cookies=True)


@pytest.fixture
def town(app: ButlerFlask, settled: Settled, session: scoped_session[Session]) -> Town:
    """A small town with the published calendars loaded."""
    stored.forget_all(app)  # of the same town in the test before
    db.session.connection()  # begins what tests count statements in
    return brought_in(settled.town)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Decide what time it is: ``at("2026-11-23 09:00")``, Chinese time. Advances only when told."""

    def set_clock(moment: str) -> None:
        fixed = datetime.fromisoformat(moment).replace(tzinfo=clock.CHINA)
        monkeypatch.setattr(clock, "now", lambda: fixed)

    return set_clock
