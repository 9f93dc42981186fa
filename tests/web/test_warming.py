"""What is slow to load is loaded once, beside the first request, and never when nobody asks."""

import gc
from collections.abc import Iterator
from threading import Event

import pytest
from flask import Flask

from butler.web import warming


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_work_is_done_once_beside_the_first_request_and_a_failure_stops_nothing() -> None:
    done, finished = [], Event()

    def fail() -> None:
        done.append("fails")
        raise ValueError

    def work() -> None:
        done.append("works")
        finished.set()

    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "here")
    warming.install(app, fail, work)
    assert done == []

    answers = [app.test_client().get("/").text for _ in range(3)]

    assert finished.wait(10)
    assert (answers, done) == (["here"] * 3, ["fails", "works"])
