"""The catalogue as this process shows it, and how it comes to show a newer one.

An edition is a catalogue with everything made from it: index of the search, finished answers. It never changes; a newly
published catalogue becomes a new edition, made ready aside and then put in the place of the old one in one assignment.
Without a database, or before anything was published, the catalogue shipped with the program is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from threading import Event, Lock, Thread
from typing import Any, ParamSpec, TypeVar, cast

import structlog
from flask import Flask, current_app, has_app_context
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from butler.catalogue.models import CatalogueRevision
from butler.kit.database import db
from butler.web import stored
from services_catalog.kept import index_of
from services_catalog.loading import build, load
from services_catalog.model import Catalogue
from services_catalog.reading import CatalogueInvalid
from services_catalog.search import Index

log = structlog.get_logger(__name__)

POLL = 2.0  # seconds between two looks at the newest row; promised are five until it is shown
SHIPPED = 0

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(eq=False)
class Edition:
    """One catalogue and what was made from it. `number` is the id of its row, `SHIPPED` for the one from the files."""

    number: int
    catalogue: Catalogue
    before: Index | None = None
    made: dict[Any, Any] = field(default_factory=dict)
    _index: Index | None = None
    _indexing: Any = field(default_factory=Lock)

    def index(self) -> Index:
        """The index of the search. The first call takes seconds where none is kept; meanwhile the others search in the
        index `before`, if there was one, else they wait."""
        if self._index is None and self.before is not None and self._indexing.locked():
            return self.before
        with self._indexing:
            if self._index is None:
                self._index = _index_of(self.catalogue)
                self.before = None
            return self._index


_shown: Edition | None = None
_prepared: Edition | None = None  # made at the start of the process, for the first who asks
_made: tuple[str, Index] | None = None  # the newest index of this process, by the revision of its catalogue
_making = Lock()
_choosing = Lock()  # two threads that come first together must not read everything twice


def current() -> Edition:
    """What this process shows. Raises CatalogueInvalid when nothing was published and the files are not sound."""
    return _shown or _choose()


def show(edition: Edition) -> None:
    """Show this edition from now on, and give no finished answer of an older one again."""
    global _shown
    _shown = edition
    if has_app_context():
        stored.forget_all(current_app)


def once_per_edition(make: Callable[P, R]) -> Callable[P, R]:
    """Keep what a function makes out of the catalogue as long as that catalogue is shown."""

    @wraps(make)
    def kept(*args: P.args, **kwargs: P.kwargs) -> R:
        made = current().made
        key = (make.__qualname__, args, tuple(sorted(kwargs.items())))
        if key not in made:
            made[key] = make(*args, **kwargs)
        return cast(R, made[key])

    return kept


def look() -> bool:
    """Show what was published last, unless it is shown already, and make its index.

    Returns whether something new is shown. Raises SQLAlchemyError when the database does not answer.
    """
    newest = _newest_number()
    if newest == current().number or newest == SHIPPED:
        return False
    edition = _published(newest, before=current())
    show(edition)
    edition.index()
    log.info("catalogue.shown", revision=edition.catalogue.revision, count=len(edition.catalogue.matters))
    return True


def warm(app: Flask) -> None:
    """Choose what to show and make its index, before anybody asks; afterwards it is kept for every process."""
    with app.app_context():
        current().index()


def prepare(app: Flask) -> Thread:
    """Make the index of what will most likely be shown, beside the start of a web process. Chooses nothing: without a
    database it takes the shipped catalogue, which mostly is what was published, and then its index is used again."""
    thread = Thread(target=_prepare, args=(app,), name="preparing", daemon=True)
    thread.start()
    return thread


def watch(app: Flask) -> None:
    """Have a thread of this process look every few seconds, for as long as the process lives."""
    Thread(target=_watch, args=(app, Event()), name="catalogue", daemon=True).start()


def _prepare(app: Flask) -> None:
    global _prepared
    with app.app_context():
        try:
            _prepared = _last_published() or Edition(SHIPPED, load())
            _prepared.index().search("敬老卡")  # the words of pinyin are read at the first search
        except CatalogueInvalid:  # whoever asks will load it and hear why not
            log.exception("catalogue.unreadable")


def _prepared_as(number: int) -> Edition | None:
    return _prepared if _prepared is not None and _prepared.number == number else None


def _index_of(catalogue: Catalogue) -> Index:
    """Its index: the one made last if that was of the same content, else the one kept in the instance, else a new one,
    kept there for the next process. One is made at a time."""
    global _made
    with _making:
        if _made is None or _made[0] != catalogue.revision:
            folder = current_app.extensions["settings"].instance / "search" if has_app_context() else None
            _made = catalogue.revision, index_of(catalogue, folder)
        return _made[1]


def _watch(app: Flask, stopping: Event) -> None:
    while not stopping.wait(POLL):
        with app.app_context():
            try:
                look()
            except SQLAlchemyError as error:  # it goes on with what it shows
                log.warning("catalogue.database_away", error=type(error).__name__)
            except CatalogueInvalid:  # published by a program with other rules
                log.exception("catalogue.unreadable")


def _choose() -> Edition:
    global _shown
    with _choosing:
        if _shown is None:
            _shown = _last_published() or _prepared_as(SHIPPED) or Edition(SHIPPED, load())
        return _shown


def _last_published() -> Edition | None:
    if not has_app_context():
        return None
    try:
        number = _newest_number()
        return None if number == SHIPPED else _prepared_as(number) or _published(number)
    except (SQLAlchemyError, CatalogueInvalid) as error:  # not there yet, away, or of another program
        log.warning("catalogue.shipped_instead", error=type(error).__name__)
        return None


def _newest_number() -> int:
    with _reading() as session:
        newest = select(CatalogueRevision.id).order_by(CatalogueRevision.id.desc()).limit(1)
        return session.scalar(newest) or SHIPPED


def _published(number: int, *, before: Edition | None = None) -> Edition:
    with _reading() as session:
        document = session.scalar(select(CatalogueRevision.document).where(CatalogueRevision.id == number))
    assert document is not None
    return Edition(number, build(**document), before=before._index if before else None)


def _reading() -> Session:
    """A short look of its own: a request may be in the middle of something, and a failed statement would end that."""
    return Session(db.engine, join_transaction_mode="create_savepoint")
