"""T26: a resident's case in a home in which others look on."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import At
from tests.browser.site import Site
from tests.browser.test_resident import butler_of, handed_in

pytestmark = pytest.mark.browser


def test_nothing_is_left_to_go_back_to(somebody: At, site: Site) -> None:
    """From the case to 怎么联系我, a desk that minds it, and out: back leads to a sign-in, titles name nothing."""
    me = somebody()
    number = handed_in(me, 11)
    me.follow("谁能看到，怎么联系我")
    me.page.get_by_label("不要打电话").check()
    me.fill("怎么找您是安全的", "上午十点，楼下凉亭").press("记下来")
    assert "马上起作用" in me.text

    staff = somebody().known_as(butler_of(site)).open(f"/desk/cases/{number}")
    mind = staff.page.locator(".mind").first
    expect(mind).to_be_in_viewport()
    expect(mind).to_contain_text("打电话")

    me.follow("回到这件事")
    assert "优待" not in me.page.title()
    expect(me.page.get_by_role("button", name="快速离开")).to_be_in_viewport()
    me.page.mouse.wheel(0, 2000)
    expect(me.page.get_by_role("button", name="快速离开")).to_be_in_viewport()
    me.press("快速离开")
    assert me.page.url == f"{site.url}/matters"

    me.page.go_back()

    assert "/sign-in" in me.page.url
    assert number not in me.text
