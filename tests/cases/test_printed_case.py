"""A case that a resident prints in a real Chromium is one sheet of paper."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route

from butler.cases import schemas
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.states import Step
from butler.identity.scope import Actor
from factories import Town, file_errand
from surfing import browser_of

SITE = "http://localhost"

pytestmark = pytest.mark.browser


@pytest.fixture
def case(town: Town, at: Callable[[str], None], client: FlaskClient) -> Case:
    """Of somebody who is signed in: all the way to the end, and talked about a lot."""
    at("2026-11-23 09:00")
    me, butler = town.here.residents[0], town.here.butler
    browser_of(client, me.person_id)
    case = file_errand(me, town.here)
    _work(butler, case, "claim")
    _work(butler, case, "authorise")
    _work(butler, case, "receive_originals", items=[{"name": "户口簿"}, {"name": "近期免冠照片", "copies": 2}])
    _work(butler, case, "submit", window="街道便民服务中心 3 号窗口", receipt_number="R-7")
    for _ in range(4):
        _work(butler, case, "note", note="窗口说材料齐了，还要等两天，我去取的时候先打电话给您，您不用跑。")
    _work(butler, case, "record_result", result="granted")
    _work(butler, case, "return_originals")
    _work(butler, case, "resolve", note="优待证放在您家了。")
    return case


def test_case_is_printed_on_one_sheet(chromium: Chromium, client: FlaskClient, case: Case, tmp_path: Path) -> None:
    with _Tab(chromium, client) as page:
        page.goto(f"{SITE}/my/cases/{case.number}")
        assert page.locator(".timeline > li").count() == 12
        page.pdf(path=str(tmp_path / "case.pdf"), format="A4")

    with pypdfium2.PdfDocument(tmp_path / "case.pdf") as printed:
        words = printed[0].get_textpage().get_text_bounded()
        assert len(printed) == 1
    assert "优待证放在您家了。" in words
    assert "催一下" not in words


def _work(actor: Actor, case: Case, step: str, **data: Any) -> None:
    take_step(actor, case.number, Step(step), schemas.STEP_INPUTS[Step(step)].load(data), version=case.version)


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
