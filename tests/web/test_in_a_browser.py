"""The parts of pages as people meet them, in a real Chromium: readable, reachable, and without JavaScript."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from butler.settings import Settings
from tests.web.conftest import make_app

WIDTHS = (320, 375, 768, 1280)
PATHS = ("/gallery", "/things", "/text-size", "/problems/", "/nope", "/bug", "/database")
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
CONTROLS = "a, button, input:not([type=hidden]), select, textarea"
TOO_SMALL = f"""() => [...document.querySelectorAll("{CONTROLS}, label.choice")]
    .filter(e => !e.classList.contains("skip") && !(e.closest("label.choice") && e.tagName == "INPUT"))
    .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
    .filter(([_, box]) => box.width > 0 && (box.width < 44 || box.height < 44)).map(([html, _]) => html)"""
FULL_WIDTH = "document.documentElement.scrollWidth"
FONT_SIZE = "parseFloat(getComputedStyle(document.body).fontSize)"
OUTLINE = "e => { e.focus(); const s = getComputedStyle(e); return [s.outlineStyle, parseFloat(s.outlineWidth)] }"
LOW_BUTTONS = """() => [...document.querySelectorAll(".button.main, .button.second")]
    .filter(e => e.getBoundingClientRect().height < 60).map(e => e.outerHTML)"""
TEXT_SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(bare_settings: Settings) -> Iterator[str]:
    """The tiny application on a real port."""
    app = make_app(replace(bare_settings, trusted_hosts=("127.0.0.1",)))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", PATHS)
def test_nothing_for_axe_to_say_nothing_too_small_and_nothing_cut(chromium: Browser, site: str, path: str) -> None:
    with _page(chromium) as page:
        page.goto(site + path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert (scheme, _violations(page)) == (scheme, [])
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert (width, page.evaluate(TOO_SMALL), page.evaluate(LOW_BUTTONS)) == (width, [], [])
            assert page.evaluate(FULL_WIDTH) <= width


@pytest.mark.parametrize("size", ["large", "larger"])
def test_large_text_and_wide_spacing_fit_a_small_phone(chromium: Browser, site: str, size: str) -> None:
    with _page(chromium, width=320, bypass_csp=True) as page:
        page.context.add_cookies([{"name": "text_size", "value": size, "url": site}])
        page.goto(f"{site}/gallery")
        page.add_style_tag(content=TEXT_SPACING)

        assert page.evaluate(FULL_WIDTH) <= 320
        assert page.evaluate(FONT_SIZE) == {"large": 22, "larger": 30}[size]


def test_form_is_finished_without_javascript_and_with_the_keyboard(chromium: Browser, site: str) -> None:
    with _page(chromium, java_script_enabled=False) as page:
        page.goto(f"{site}/things")
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "跳到正文"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("帮我办")
        page.keyboard.press("Tab")
        page.keyboard.type("十二")
        page.keyboard.press("Enter")

        assert page.locator("h2").first.inner_text() == "有 2 处需要修改"
        page.get_by_role("link", name="这里需要一个整数，比如 3。").click()
        assert page.locator(":focus").get_attribute("name") == "count" or page.url.endswith("#f-count")
        page.get_by_label("几份").fill("12")
        page.get_by_label("姓名").fill("王奶奶")
        page.get_by_role("button", name="提交申请").click()

        assert "帮我办" in page.content()
        assert "王奶奶" in page.content()


def test_focus_is_seen(chromium: Browser, site: str) -> None:
    with _page(chromium) as page:
        page.goto(f"{site}/gallery")
        outlines = [page.evaluate(OUTLINE, control) for control in page.locator(CONTROLS).element_handles()]

    assert len(outlines) > 20
    assert {tuple(outline) for outline in outlines} == {("solid", 3)}


def test_timeline_reads_well_without_styles(chromium: Browser, site: str) -> None:
    with _page(chromium) as page:
        page.goto(f"{site}/gallery")

        assert page.locator("ol.timeline > li[aria-current=step]").count() == 1
        assert page.locator("ol.timeline > li").first.get_attribute("aria-current") == "step"
        assert page.locator("ol.stages > li[aria-current=step]").inner_text().startswith("递交")


def test_page_blocks_nothing_of_its_own(chromium: Browser, site: str) -> None:
    said: list[str] = []
    with _page(chromium) as page:
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{site}/gallery")
        page.goto(f"{site}/text-size?next=/things")
        page.get_by_role("button", name="特大").click()
        assert page.locator("html").get_attribute("class") == "text-larger"

    assert said == []


def test_first_view_is_light(chromium: Browser, site: str) -> None:
    sizes: dict[str, int] = {}
    with _page(chromium) as page:
        page.on("response", lambda response: sizes.update({response.url: len(response.body())}))
        page.goto(f"{site}/gallery")

    assert len(sizes) <= 8
    assert sum(sizes.values()) <= 40_000
    assert all(url.startswith(site) for url in sizes)


def test_print_leaves_out_what_paper_cannot_do(chromium: Browser, site: str) -> None:
    with _page(chromium) as page:
        page.goto(f"{site}/gallery")
        page.emulate_media(media="print")

        assert page.locator(".button:visible, header:visible, footer:visible, form:visible").count() == 0
        assert page.locator(".timeline:visible, .stages:visible, .big-number:visible").count() == 3


def _page(chromium: Browser, *, width: int = 375, **options: Any) -> "_Tab":
    return _Tab(chromium, viewport={"width": width, "height": 800}, **options)


class _Tab:
    """A page in its own profile, closed at the end."""

    def __init__(self, chromium: Browser, **options: Any) -> None:
        self.context = chromium.new_context(**options)

    def __enter__(self) -> Page:
        return self.context.new_page()

    def __exit__(self, *_: object) -> None:
        self.context.close()


def _violations(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page, options=AXE).response["violations"]
    return [(violation["id"], node["html"]) for violation in found for node in violation["nodes"]]
