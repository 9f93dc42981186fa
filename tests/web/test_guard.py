"""Who may call a view."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from butler.kit.database import ButlerFlask
from butler.web import guard
from tests.web.conftest import Somebody

RESIDENT = Somebody()
CLERK = Somebody(is_staff=True)
BUTLER = Somebody(is_staff=True, permissions=frozenset({"work"}))


def test_every_view_says_who_may_call_it(edge: ButlerFlask) -> None:
    assert guard.unguarded(edge) == []


def test_view_that_says_nothing_is_found(bare_settings: object) -> None:
    app = ButlerFlask("bare", static_folder=None)
    app.add_url_rule("/open", "open", lambda: "")

    assert guard.unguarded(app) == ["open"]


def test_what_a_view_says(edge: ButlerFlask) -> None:
    said = {name: view.access for name, view in edge.view_functions.items()}

    assert said["things.work"] == guard.Access("allowed", frozenset({"work", "supervise"}))
    assert said["things.mine"] == guard.Access("signed_in")
    assert said["things.make_thing"] == guard.Access("public")
    assert said["api-docs.openapi_json"] == guard.Access("public")


@pytest.mark.parametrize(
    ("somebody", "path", "status"),
    [
        (None, "/api/v1/things/mine", 401),
        (RESIDENT, "/api/v1/things/mine", 200),
        (None, "/api/v1/things/work", 401),
        (RESIDENT, "/api/v1/things/work", 403),
        (CLERK, "/api/v1/things/work", 403),
        (BUTLER, "/api/v1/things/work", 200),
        (None, "/my/things", 303),
        (RESIDENT, "/my/things", 200),
        (None, "/desk", 303),
        (RESIDENT, "/desk", 404),
        (CLERK, "/desk", 403),
        (BUTLER, "/desk", 200),
    ],
)
def test_who_comes_in(
    browser: FlaskClient,
    actor: Callable[[Somebody | None], None],
    somebody: Somebody | None,
    path: str,
    status: int,
) -> None:
    actor(somebody)

    assert browser.get(path).status_code == status


def test_page_sends_to_sign_in_and_back(browser: FlaskClient) -> None:
    answer = browser.get("/my/things?a=1&b=%E5%BC%A0")

    assert answer.headers["Location"] == "/sign-in?next=/my/things%3Fa%3D1%26b%3D%25E5%25BC%25A0"


def test_program_asking_a_page_is_told_not_sent(browser: FlaskClient) -> None:
    answer = browser.get("/my/things", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("path", ["/", "/my", "/c/7K3M?x=1", "/search?q=%E4%B8%AD"])
def test_local_path(path: str) -> None:
    assert guard.local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "my",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil",
        "https://evil.example",
        "/a\nb",
        "/a b",
        "/\t/evil",
        "javascript:alert(1)",
        "/" + "a" * 2000,
        "/a\\b",
        "\x00/",
        "/\x00",
    ],
)
def test_path_of_elsewhere(path: str | None) -> None:
    assert guard.local_path(path) is None
