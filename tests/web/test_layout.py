"""What all pages share."""

import re

import pytest
from flask.testing import FlaskClient

from butler.kit.errors import REGISTRY
from butler.web.layout import STATIC, static_url
from tests.web.conftest import filled

CSS = (STATIC / "web.css").read_text()
PAIRS = [  # text, what it stands on, at least
    *[(ink, ground, 4.5) for ink in ("ink", "soft", "green", "deep", "red") for ground in ("page", "card")],
    ("on-green", "green", 4.5), ("on-green", "deep", 4.5), ("green", "pale", 4.5), ("ink", "pale", 4.5),
    ("ink", "red-pale", 4.5), ("red", "red-pale", 4.5), ("ink", "amber-pale", 4.5), ("edge", "card", 3),
    ("edge", "page", 3), ("focus", "page", 3), ("focus", "card", 3),
]  # fmt: skip


@pytest.mark.parametrize("path", ["/things", "/text-size", "/problems/", "/problems/gone", "/nope", "/gallery", "/bug"])
def test_frame_of_every_page(browser: FlaskClient, path: str) -> None:
    html = browser.get(path).get_data(as_text=True)

    assert '<html lang="zh-CN"' in html
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert [html.count(tag) for tag in ("<h1", "<main", "<header", "<footer", 'href="#main"')] == [1, 1, 1, 1, 1]
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|https?://(?!localhost)", html)


def test_headers_of_every_answer(browser: FlaskClient) -> None:
    for path in ("/things", "/api/v1/things", "/api/v1/things/bug", "/nope", "/healthz"):
        headers = browser.get(path).headers

        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in headers  # only in production, which is HTTPS


@pytest.mark.parametrize(
    ("size", "status", "shown"), [("large", 303, "large"), ("larger", 303, "larger"), ("huge", 422, "standard")]
)
def test_text_size_is_remembered(browser: FlaskClient, token: str, size: str, status: int, shown: str) -> None:
    answer = browser.post("/text-size", data=filled(token, size=size, next="/things?a=1"))

    assert answer.status_code == status
    assert answer.headers.get("Location") == ("/things?a=1" if status == 303 else None)
    assert f'class="text-{shown}"' in browser.get("/things").get_data(as_text=True)


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
def test_text_size_sends_nobody_elsewhere(browser: FlaskClient, token: str, elsewhere: str) -> None:
    answer = browser.post("/text-size", data=filled(token, size="large", next=elsewhere))

    assert answer.headers["Location"] == "/"
    assert "evil" not in browser.get("/text-size", query_string={"next": elsewhere}).get_data(as_text=True)


def test_text_size_cookie_of_somebody_else_is_ignored(browser: FlaskClient) -> None:
    browser.set_cookie("text_size", '"><script>')

    assert 'class="text-standard"' in browser.get("/things").get_data(as_text=True)


def test_static_file_is_kept_for_ever_under_its_own_address(browser: FlaskClient) -> None:
    with browser.get(static_url("web.css")) as own, browser.get("/static/web.css?v=old") as stale:
        assert (own.status_code, own.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
        assert (stale.status_code, stale.headers["Cache-Control"]) == (200, "public, max-age=300")
        assert own.mimetype == "text/css"


@pytest.mark.parametrize(
    "path", ["/static/nothing.css", "/static/../layout.py", "/static/%2e%2e/layout.py", "/static/"]
)
def test_no_other_file_is_given_out(browser: FlaskClient, path: str) -> None:
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("code", REGISTRY)
def test_problem_type_leads_to_a_page(browser: FlaskClient, code: str) -> None:
    page = browser.get(f"/problems/{code}")

    assert page.status_code == 200
    assert f"<code>{code}</code></a> {REGISTRY[code]}" in page.get_data(as_text=True)


def test_unknown_problem_type_is_not_found(browser: FlaskClient) -> None:
    assert browser.get("/problems/nonsense").status_code == 404


def test_style_sheet_is_small_and_old_fashioned() -> None:
    assert len(CSS.encode()) <= 15_000
    assert (
        re.findall(r":has\(|:is\(|:where\(|(?<!-)\bgap:|@import|url\(|@layer|&|clamp\(|inset:", _without_comments())
        == []
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_contrast(scheme: str, ink: str, ground: str, least: float) -> None:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", light))
    if scheme == "dark":
        colours |= dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", dark))

    assert _contrast(colours[ink], colours[ground]) >= least


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _without_comments() -> str:
    return re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
