"""A web process gets ready for the second request while it answers the first.

What is slow to load (the search index: two seconds) is loaded by a thread as soon as anybody asks for anything, which is
usually the one who waits for `/readyz`. Commands and workers never ask and never load it.
"""

import gc
from collections.abc import Callable, Iterable
from threading import Lock, Thread
from typing import Any

import structlog
from flask import Flask

log = structlog.get_logger(__name__)

_YOUNG = (
    20_000  # new objects between two looks for garbage; a request makes a few thousand, hardly any of it in circles
)


def install(app: Flask, *work: Callable[[], object]) -> None:
    """Have this work done beside the first request."""
    app.wsgi_app = _Warming(app.wsgi_app, work)  # type: ignore[method-assign]


class _Warming:
    """The WSGI layer."""

    def __init__(self, application: Callable[..., Iterable[bytes]], work: tuple[Callable[[], object], ...]) -> None:
        self.application, self.work = application, work
        self.once = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.once.acquire(blocking=False):  # and never released
            Thread(target=self._warm, name="warming", daemon=True).start()
        return self.application(environ, start_response)

    def _warm(self) -> None:
        for work in self.work:
            try:
                work()
            except Exception:  # whoever needs it will load it and hear why not
                log.exception("warming.failed")
        gc.collect()
        gc.freeze()  # what is loaded now stays: no need to look it over again and again
        gc.set_threshold(_YOUNG, 10, 10)
