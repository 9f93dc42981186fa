"""A resident's pages in a real Chromium: nothing for axe to say, large enough to hit, one sheet of paper."""

from collections.abc import Callable, Iterator, Sequence
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route, sync_playwright

from butler.cases import schemas
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.states import Step
from butler.identity.scope import Actor
from butler.org import actions as org
from factories import ERRAND_MATTER, Town, file_consult, file_errand
from surfing import browser_of

CHROMIUM = Path("/usr/bin/chromium")
SITE = "http://localhost"
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
CONTROLS = "a, button, input:not([type=hidden]), select, textarea, summary, label.choice"
TOO_SMALL = f"""() => [...document.querySelectorAll("{CONTROLS}")]
    .filter(e => !e.classList.contains("skip") && !(e.closest("label.choice") && e.tagName == "INPUT"))
    .filter(e => !(e.tagName == "A" && e.closest("p.notice")))
    .map(e => [e.outerHTML.slice(0, 120), e.getBoundingClientRect()])
    .filter(([_, box]) => box.width > 0 && (box.width < 44 || box.height < 44)).map(([html, _]) => html)"""
LOW_BUTTONS = """() => [...document.querySelectorAll(".button.main, .button.second")]
    .filter(e => e.getBoundingClientRect().height < 60).map(e => e.outerHTML)"""
MAIN_BUTTONS = "() => document.querySelectorAll('.button.main').length"
FULL_WIDTH = "document.documentElement.scrollWidth"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def paths(town: Town, at: Callable[[str], None], client: FlaskClient) -> Sequence[str]:
    """The pages of somebody who is signed in and has a case in every stage."""
    at("2026-11-23 09:00")
    me, butler = town.here.residents[0], town.here.butler
    browser_of(client, me.person_id)
    evening = {"starts": time(18, 30), "ends": time(20), "place": "物业服务中心", "capacity": 2, "cutoff_minutes": 30}
    for weekday in range(5):
        org.add_slot_pattern(desk=town.here.desk, weekday=weekday, **evening)
    waiting, paused, at_window, resolved = (file_errand(me, town.here) for _ in range(4))
    answered, rated = (file_consult(me, town.here) for _ in range(2))
    for case in (paused, at_window, resolved, answered, rated):
        _work(butler, case, "claim")
    _work(butler, paused, "pause", reason="waiting_for_resident", until="2026-11-27T17:30:00+08:00", note="请补照片。")
    for case in (at_window, resolved):
        _work(butler, case, "authorise")
        _work(butler, case, "receive_originals", items=[{"name": "户口簿"}, {"name": "近期免冠照片", "copies": 2}])
        _work(butler, case, "submit", window="街道便民服务中心 3 号窗口", receipt_number="R-7")
    for _ in range(4):
        _work(butler, resolved, "note", note="窗口说材料齐了，还要等两天，我去取的时候先打电话给您，您不用跑。")
    _work(butler, resolved, "record_result", result="granted")
    _work(butler, resolved, "return_originals")
    _work(butler, resolved, "resolve", note="优待证放在您家了。")
    for case in (answered, rated):
        _work(butler, case, "answer", note="到社区就能办，带身份证。")
    _work(me, rated, "confirm")
    token = town.here.card.token
    return [
        "/my",
        f"/cases/new?matter={ERRAND_MATTER}&card={token}",
        f"/cases/new?matter=M075&card={token}",
        f"/my/cases/{waiting.number}?new=1",
        f"/my/cases/{waiting.number}/cancel",
        f"/my/cases/{paused.number}",
        f"/my/cases/{at_window.number}",
        f"/my/cases/{at_window.number}/cancel",
        f"/my/cases/{resolved.number}",
        f"/my/cases/{resolved.number}/confirm",
        f"/my/cases/{answered.number}/dispute",
        f"/my/cases/{rated.number}/rate",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_for_axe_to_say(chromium: Chromium, client: FlaskClient, paths: Sequence[str], scheme: str) -> None:
    with _Tab(chromium, client, color_scheme=scheme, bypass_csp=True) as page:
        for path in paths:
            page.goto(SITE + path)
            _open_all(page)

            assert (path, _violations(page)) == (path, [])


@pytest.mark.parametrize(("width", "size"), [(320, "larger"), (375, "standard"), (1280, "standard")])
def test_large_enough_and_nothing_cut(
    chromium: Chromium, client: FlaskClient, paths: Sequence[str], width: int, size: str
) -> None:
    client.set_cookie("text_size", size)
    with _Tab(chromium, client, viewport={"width": width, "height": 800}) as page:
        for path in paths:
            page.goto(SITE + path)
            _open_all(page)

            assert (path, page.evaluate(TOO_SMALL), page.evaluate(LOW_BUTTONS)) == (path, [], [])
            assert (path, page.evaluate(FULL_WIDTH)) == (path, width)
            assert (path, page.evaluate(MAIN_BUTTONS)) == (path, 1)


def test_from_the_form_to_the_number_with_large_fingers(
    chromium: Chromium, client: FlaskClient, paths: Sequence[str]
) -> None:
    with _Tab(chromium, client, viewport={"width": 375, "height": 800}, bypass_csp=True) as page:
        page.goto(SITE + paths[1])
        page.get_by_role("button", name="下一步，核对").click()
        assert _violations(page) == []
        assert page.evaluate(TOO_SMALL) == []
        page.get_by_role("checkbox", name="把材料交给部门窗口").check()
        page.get_by_role("button", name="提交申请").click()

        assert page.locator("h1").inner_text() == "提交好了"


def test_case_is_printed_on_one_sheet(
    chromium: Chromium, client: FlaskClient, paths: Sequence[str], tmp_path: Path
) -> None:
    with _Tab(chromium, client) as page:
        page.goto(SITE + paths[8])
        assert page.locator(".timeline > li").count() == 12
        page.pdf(path=str(tmp_path / "case.pdf"), format="A4")

    with pypdfium2.PdfDocument(tmp_path / "case.pdf") as printed:
        words = printed[0].get_textpage().get_text_bounded()
        assert len(printed) == 1
    assert "优待证放在您家了。" in words
    assert "催一下" not in words


def _work(actor: Actor, case: Case, step: str, **data: Any) -> None:
    take_step(actor, case.number, Step(step), schemas.STEP_INPUTS[Step(step)].load(data), version=case.version)


def _open_all(page: Page) -> None:
    """What is folded up has to be as good as the rest."""
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")


def _violations(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page, options=AXE).response["violations"]
    return [(violation["id"], node["html"]) for violation in found for node in violation["nodes"]]


class _Tab:
    """A page in its own profile, answered by the test's own client: it sees what the test has not committed."""

    def __init__(self, chromium: Chromium, client: FlaskClient, **options: Any) -> None:
        self.context = chromium.new_context(**options)
        self.client = client

    def __enter__(self) -> Page:
        page = self.context.new_page()
        page.route("**/*", self._answer)
        return page

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def _answer(self, route: Route) -> None:
        asked = route.request
        address = urlsplit(asked.url)
        answer = self.client.open(
            f"{address.path}?{address.query}",
            method=asked.method,
            data=asked.post_data_buffer,
            headers={"Content-Type": asked.headers.get("content-type", "")},
            follow_redirects=True,
        )
        route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.get_data())
        answer.close()
