"""Nobody else's page may press our buttons."""

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import filled


def test_own_form_is_taken(browser: FlaskClient, token: str) -> None:
    answer = browser.post("/things", data=filled(token, summary="a"), headers={"Origin": "http://localhost"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8080"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_foreign_page_is_refused_even_with_the_token(browser: FlaskClient, token: str, headers: dict[str, str]) -> None:
    page = browser.post("/things", data=filled(token, summary="a"), headers=headers)

    assert page.status_code == 403
    assert "再提交一次" not in page.get_data(as_text=True)


@pytest.mark.parametrize("wrong", ["", "x", "ImZvbyI.aaaa.bbbb"])
def test_form_without_the_token_is_refused(browser: FlaskClient, token: str, wrong: str) -> None:
    page = browser.post("/things", data=filled(wrong, summary="a"))

    assert page.status_code == 400
    assert "这个页面已经过期" in page.get_data(as_text=True)
    assert "再提交一次" not in page.get_data(as_text=True)


def test_token_of_another_browser_is_refused(browser: FlaskClient, token: str) -> None:
    stranger = browser.application.test_client()
    stranger.get("/token")

    assert stranger.post("/things", data=filled(token, summary="a")).status_code == 400


def test_api_needs_no_token(api: FlaskClient) -> None:
    answer = api.post("/api/v1/things", json={"summary": "a"}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 201


@pytest.mark.parametrize("path", ["/things", "/my/things", "/text-size"])
def test_every_unsafe_page_asks_for_the_token(browser: FlaskClient, path: str) -> None:
    assert browser.post(path, data={"_end": "1"}).status_code == 400


def test_session_cookie(browser: FlaskClient) -> None:
    cookie = browser.get("/token").headers["Set-Cookie"]

    assert cookie.startswith("butler=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_public_page_without_a_form_sets_no_cookie(browser: FlaskClient) -> None:
    assert "Set-Cookie" not in browser.get("/problems/").headers
