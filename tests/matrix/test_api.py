"""The matrix of who gets which answer, for the addresses of the API."""

from collections.abc import Callable

from flask.testing import FlaskClient
from matrix.asking import wrong_cells
from matrix.scene import Scene

from butler.kit.database import ButlerFlask
from factories import Town
from figures import Show


def test_everybody_gets_the_answer_the_matrix_says(
    app: ButlerFlask, client: FlaskClient, town: Town, at: Callable[[str], None], show: Show
) -> None:
    at("2026-11-23 09:00")

    asked, wrong = wrong_cells(Scene(app, client, town), lambda route: "/api/" in route)

    show("P26", "who gets which answer at the addresses of the API", cells=asked, wrong=len(wrong))
    assert wrong == []
