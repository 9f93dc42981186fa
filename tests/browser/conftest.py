"""One demo town for all browser tests, the system's Chromium, and people in front of it. JavaScript is off."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize

from butler.dev.servers import Urls
from butler.settings import Settings
from tests.browser.scene import Scene, build
from tests.browser.site import Site, Somebody, open_site, town_time

HERE = Path(__file__).parent
collect_ignore = [] if os.environ.get("BUTLER_SCREENSHOTS") == "1" else ["test_screenshots.py"]  # `make screenshots`
PHONE: ViewportSize = {"width": 375, "height": 812}
DRIVER_FAULTS = (r"Protocol error", r"Target (page|closed|crashed)", r"browser has been closed", r"Page crashed")
"""What the browser's driver says when it lost its own page: nothing about ours. Only these are tried again; a page that
is slow, wrong or missing fails at once."""

At = Callable[..., Somebody]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try a test of this folder again when the driver, not the page, was at fault."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=list(DRIVER_FAULTS)))


@pytest.fixture(scope="session")
def site(urls: Urls, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo town, seeded and served."""
    with open_site(urls, settings, tmp_path_factory.mktemp("town")) as site:
        yield site


@pytest.fixture(scope="session")
def busy(site: Site) -> Scene:
    """The town on a busy morning: a case in every state."""
    with town_time():
        return build(site)


@pytest.fixture(scope="module", autouse=True)
def _in_town_time() -> Iterator[None]:
    with town_time():
        yield


def sit(site: Site, chromium: Browser, *, width: int = PHONE["width"], **options: Any) -> Somebody:
    """Put somebody in front of a browser of their own. Whoever asks closes its context."""
    context = chromium.new_context(
        viewport={"width": width, "height": PHONE["height"]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        **{"java_script_enabled": False, **options},
    )
    return Somebody(site, context)


@pytest.fixture
def somebody(site: Site, chromium: Browser) -> Iterator[At]:
    """Somebody new for one test: ``somebody()`` with a phone, ``somebody(width=1280)`` at a desk,
    ``somebody(storage_state=…)`` who has been here before."""
    seated: list[Somebody] = []

    def take_a_seat(**options: Any) -> Somebody:
        seated.append(sit(site, chromium, **options))
        return seated[-1]

    yield take_a_seat
    for one in seated:
        one.context.close()
