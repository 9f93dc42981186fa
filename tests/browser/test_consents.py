"""A consent in a browser: asked on its own and ticked by nobody, listed with its words, taken back with one tap."""

import os
from pathlib import Path

import pytest

from tests.browser.conftest import At
from tests.browser.site import Site, Somebody
from tests.browser.test_resident import form, known

pytestmark = pytest.mark.browser

HAND_OVER = "把材料交给部门窗口"


def look(me: Somebody, name: str) -> None:
    """For whoever wants to see the pages: `PICTURES=directory pytest tests/browser/test_consents.py`."""
    if folder := os.environ.get("PICTURES"):
        me.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_given_when_asked_and_taken_back_with_one_tap(somebody: At, site: Site) -> None:
    me = known(somebody(), 3)
    form(me).press("下一步，核对")
    assert me.page.locator("input[type=checkbox]:checked").count() == 0
    look(me, "check")
    me.press("提交申请")
    assert "代办要把您的材料交给部门窗口，先要您同意。" in me.text
    assert me.page.locator("input[type=checkbox]:checked").count() == 0
    look(me, "refused")
    me.choose(HAND_OVER).press("提交申请")
    assert me.title == "提交好了"
    look(me, "case")

    me.follow("我的").follow("隐私与授权")
    look(me, "consents")
    assert HAND_OVER in me.text
    me.follow("撤回")
    assert me.title == "撤回这一项"
    assert "撤回以前已经办的，仍然有效。" in me.text
    look(me, "withdraw")
    me.press("撤回")

    assert "撤回了。从现在起不再用" in me.text
    assert "已经撤回的" in me.text
    look(me, "withdrawn")
