"""T5: what attackers write stands everywhere, every page is opened in a browser that would run it, and nothing runs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from butler.dev.servers import Urls
from butler.settings import Settings
from figures import Show
from tests.browser import payloads
from tests.browser.scene import Scene, build
from tests.browser.site import Site, Somebody, open_site, town_time
from tests.browser.test_quality import VIEWS

pytestmark = pytest.mark.browser

WATCH = """
window.hits = [];
window.xss = number => { window.hits.push('xss ' + number); };
window.alert = window.confirm = window.prompt = text => { window.hits.push('alert ' + text); };
document.addEventListener('securitypolicyviolation', broken => window.hits.push('csp ' + broken.effectiveDirective));
"""


@pytest.fixture(scope="module")
def attacked(
    urls: Urls, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, Scene, int, int]]:
    """The busy town, with a payload in every text that people write; columns and places that hold one."""
    with open_site(urls, settings, tmp_path_factory.mktemp("attacked"), database="attacked") as site:
        with town_time():
            scene = build(site)
            with site.at_work():
                columns, places = payloads.plant()
        yield site, scene, columns, places


def test_nothing_runs_on_any_page(attacked: tuple[Site, Scene, int, int], chromium: Browser, show: Show) -> None:
    site, scene, columns, places = attacked
    hits: list[str] = []
    opened, seen = 0, set()
    for who in dict.fromkeys(view.who for view in VIEWS):
        context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
        context.add_init_script(WATCH)
        me = Somebody(site, context)
        me.page.on("dialog", lambda dialog: hits.append(f"dialog {dialog.message}"))
        if who:
            me.known_as(getattr(scene, who))
        for view in dict.fromkeys(view.path for view in VIEWS if view.who == who and view.plain):
            answer = me.page.goto(site.url + view.format(**vars(scene), **scene.cases))
            assert answer is not None
            assert answer.status < 500, view
            opened += 1
            hits.extend(f"{hit} on {view}" for hit in me.page.evaluate("window.hits"))
            text = me.page.locator("html").inner_text()
            seen |= {place for place in range(1, 301) if f"xss({place})" in text}
        context.close()
    reports = [hit for hit in hits if hit.startswith("csp")]
    show(
        "T5", "what attackers wrote is everywhere, and every page is opened in Chromium",
        payloads=len(payloads.payloads()), texts=columns, planted=places, pages_opened=opened, seen_as_text=len(seen),
        executions=len(hits) - len(reports), csp_reports=len(reports),
    )  # fmt: skip
    assert hits[:5] == []
    assert len(seen) > 250, "most of them stand on the pages, as text"


def test_a_page_without_escaping_would_be_noticed(chromium: Browser) -> None:
    """The watch itself works: here both happen."""
    context = chromium.new_context()
    context.add_init_script(WATCH)
    page = context.new_page()
    policy = "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'\">"
    page.goto(f"data:text/html,{policy}<script>xss(7)</script><img src=x:>")
    assert page.evaluate("window.hits") == ["xss 7", "csp img-src"]
    context.close()
