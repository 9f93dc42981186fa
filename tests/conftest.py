"""Real PostgreSQL and Valkey for every test; each test leaves the database as it found it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, scoped_session

from butler.app import create_app
from butler.catalogue import editions
from butler.dev.servers import Urls, embedded
from butler.kit import clock, sight
from butler.kit.database import ButlerFlask, db
from butler.kit.sight import Sight
from butler.settings import Settings
from factories import Town, load_calendar, make_town
from figures import pytest_terminal_summary, show

__all__ = ["pytest_terminal_summary", "show"]

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def urls() -> Iterator[Urls]:
    """Both servers, for the whole run."""
    with embedded() as urls:
        yield urls


@pytest.fixture(scope="session")
def settings(urls: Urls, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A test installation in demo mode."""
    return Settings(
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


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[ButlerFlask]:
    """The application on a database made by the migrations."""
    app = create_app(settings)
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        db.session.configure(join_transaction_mode="create_savepoint")
    editions.current()  # the shipped catalogue, chosen without asking the database
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def session(app: ButlerFlask, monkeypatch: pytest.MonkeyPatch) -> Iterator[scoped_session[Session]]:
    """One outer transaction per test; every commit inside becomes a savepoint and nothing stays."""
    with app.app_context():
        monkeypatch.setitem(app.extensions, "kick", None)
        with db.engine.connect() as connection:
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
def town(session: scoped_session[Session]) -> Town:
    """A small town with the published calendars loaded."""
    load_calendar()
    return make_town()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Decide what time it is: ``at("2026-11-23 09:00")``, Chinese time. Advances only when told."""

    def set_clock(moment: str) -> None:
        fixed = datetime.fromisoformat(moment).replace(tzinfo=clock.CHINA)
        monkeypatch.setattr(clock, "now", lambda: fixed)

    return set_clock
