"""The pictures of the documents, taken from the running demo: `make screenshots`."""

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.conftest import PHONE, At
from tests.browser.scene import Scene
from tests.browser.site import Site, Somebody, go_on_until
from tests.browser.test_resident import MATTER, NUMBER, WORDS

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
LARGEST = 150_000  # bytes
BUTLER = "butler01"
PHOTO = {"name": "近期免冠照片", "copies": 2, "condition": "完好"}


def take(me: Somebody, name: str) -> None:
    """Keep what the screen shows, in few colours."""
    me.page.wait_for_load_state()
    picture = Image.open(io.BytesIO(me.page.screenshot())).convert("RGB")
    path = FOLDER / f"{name}.png"
    picture.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size <= LARGEST


def test_pictures_of_one_errand(somebody: At, site: Site) -> None:
    FOLDER.mkdir(exist_ok=True)
    phone = site.residents[12]["phone"]
    me = somebody(device_scale_factor=2).known_as(phone)
    take(me.open(f"/c/{site.cards[1]['token']}"), "card")
    take(me.follow(MATTER), "matter")
    me.follow("请管家帮我办")
    me.page.locator("label.choice", has_text="18:30").first.click()
    me.fill("有什么要告诉管家的", WORDS)
    me.page.locator("#f-slot_id").evaluate("e => { e.scrollIntoView(); document.activeElement.blur() }")
    take(me, "ask")
    me.press("下一步，核对")
    take(me, "check")
    me.choose("把材料交给部门窗口").press("提交申请")
    found = NUMBER.search(me.text)
    assert found is not None
    number = found[0]
    go_on_until("2026-11-24 09:25")
    site.take(BUTLER, number, "claim")
    go_on_until("2026-11-24 18:35")
    site.take(BUTLER, number, "authorise")
    site.take(BUTLER, number, "receive_originals", items=[PHOTO])
    go_on_until("2026-11-25 10:20")
    site.take(BUTLER, number, "submit", window="街道便民服务中心 2 号窗口", receipt_number="演示-0001")
    go_on_until("2026-11-25 11:05")
    history = me.open(f"/my/cases/{number}").page.locator("section", has=me.page.locator("#history"))
    box = history.bounding_box()
    assert box is not None
    me.page.set_viewport_size({"width": PHONE["width"], "height": round(box["y"] + box["height"])})
    take(me, "timeline")
    me.page.set_viewport_size(PHONE)
    go_on_until("2026-11-26 15:40")
    site.take(BUTLER, number, "record_result", result="granted", note="卡片已经制好")
    site.take(BUTLER, number, "return_originals")
    go_on_until("2026-11-26 18:50")
    site.take(BUTLER, number, "resolve", note="卡片放在您家了，有效期到 2036 年。")
    me.page.reload()
    take(me.follow("确认完成"), "confirm")
    site.deliver()
    take(me.open("/demo/inbox"), "inbox")


def test_pictures_of_the_desks(somebody: At, busy: Scene) -> None:
    take(somebody(width=1280).known_as(busy.butler).open("/desk"), "desk")
    take(somebody(device_scale_factor=2).known_as(busy.butler).open(f"/desk/cases/{busy.cases['collected']}"), "case")
    take(somebody(device_scale_factor=2).known_as(busy.grid_worker).open("/grid"), "grid")
