"""The desk in a browser: a case from the queue to its end by the one big button and the keyboard, the paper that goes with
it, and what is late. No JavaScript."""

import pypdfium2
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from butler.cases.actions.filing import Wish, file_case
from butler.cases.states import Kind, Mode
from butler.demo import family
from butler.demo.town import PASSWORD
from butler.identity.models import Residence
from butler.kit.database import db
from butler.org import queries as org_queries
from butler.org.models import Household
from factories import HAND_OVER
from tests.browser.conftest import At
from tests.browser.site import Site, Somebody

pytestmark = pytest.mark.browser

BUTLER = "butler02"  # of the second estate: nobody else asks there
MATTER = "老年人公共交通优待卡办理"
PHOTO = {"name": "近期免冠照片", "copies": 2, "condition": "完好"}
A4, A5 = (210, 297), (148, 210)  # mm


def resident(site: Site) -> str:
    """The phone of somebody who lives in the second estate."""
    return next(one["phone"] for one in reversed(site.residents) if one["phone"] not in family.PHONES)


def file_errand(site: Site) -> tuple[str, str]:
    """Somebody asks for an errand there; its number, and the user name of the grid worker it would go up to."""
    with site.at_work():
        asker = site.actor(resident(site))
        home = select(Household.building_id).join(Residence, Residence.household_id == Household.id)
        building = db.session.scalars(home.where(Residence.person_id == asker.person_id)).one()
        wish = Wish(
            kind=Kind.ERRAND,
            matter_code="M012",
            mode=Mode.DAYTIME,
            building_id=building,
            summary="请帮我办一张卡",
            consents=[HAND_OVER],
        )
        number = file_case(asker, wish).number
        grid = org_queries.place_of_building(building).unit.code
    return number, next(one["username"] for one in site.staff if one["unit_code"] == grid)


def in_hand(site: Site) -> str:
    """An errand the butler has taken."""
    number, _ = file_errand(site)
    site.take(BUTLER, number, "claim")
    return number


def tab_to(me: Somebody, words: str) -> None:
    """Press the Tab key until what says these words has the focus. Fails when it cannot be reached."""
    for _ in range(80):
        me.page.keyboard.press("Tab")
        if words in me.page.evaluate("document.activeElement.name || document.activeElement.innerText || ''"):
            expect(me.page.locator(":focus")).to_be_in_viewport()
            return
    raise AssertionError(f"no way to {words} with the keyboard")


def enter(me: Somebody) -> None:
    """Press Enter on what leads to another page."""
    with me.page.expect_navigation():
        me.page.keyboard.press("Enter")


def big_button(me: Somebody) -> str:
    """Reach the one big button with the keyboard, and press it; gives its words."""
    words = me.page.locator("main .button.main").inner_text()  # strict: there is exactly one
    tab_to(me, words)
    enter(me)
    return words


def printed(me: Somebody) -> tuple[list[tuple[int, int]], str]:
    """What comes out of the printer: the size of each page in mm, and all its text."""
    me.page.wait_for_load_state()  # the style sheet decides on the paper
    with pypdfium2.PdfDocument(me.page.pdf(prefer_css_page_size=True)) as paper:
        sizes, texts = [], []
        for page in paper:
            sizes.append(tuple(round(side * 25.4 / 72) for side in page.get_size()))
            texts.append(page.get_textpage().get_text_bounded())
    return sizes, "".join(texts)


def flat(text: str) -> str:
    """Without the line breaks of the layout."""
    return "".join(text.split())


def test_whole_errand_with_the_keyboard_by_the_big_button(somebody: At, site: Site) -> None:
    number, _ = file_errand(site)
    me = somebody(width=1280).open("/sign-in/staff")
    for name, typed in (("username", BUTLER), ("password", PASSWORD)):
        tab_to(me, name)
        me.page.keyboard.type(typed)
    enter(me)
    assert me.title == "今天"

    pressed = [big_button(me)]
    assert number in me.text
    pressed += [big_button(me), big_button(me)]  # 委托书已签: the form says what is usual
    pressed.append(big_button(me))
    tab_to(me, "items.0.name")
    me.page.keyboard.press("Space")
    pressed += [big_button(me), big_button(me)]
    tab_to(me, "window")
    me.page.keyboard.type("街道便民服务中心 2 号窗口")
    pressed += [big_button(me), big_button(me)]
    tab_to(me, "result")
    me.page.keyboard.press("Space")
    pressed += [big_button(me), big_button(me), big_button(me), big_button(me)]

    assert pressed == [
        "接下一件",
        *["委托书已签"] * 2,
        *["确认收到原件"] * 2,
        *["记录递交"] * 2,
        *["记录结果"] * 2,
        "归还原件",
        *["完成送达"] * 2,
    ]
    assert "等居民确认" in me.text or "待居民确认" in me.text
    assert me.page.locator("main .button.main").count() == 0


def test_receipt_is_one_sheet_of_a5_for_each(somebody: At, site: Site) -> None:
    number = in_hand(site)
    site.take(BUTLER, number, "authorise")
    site.take(BUTLER, number, "receive_originals", items=[PHOTO])

    me = somebody().known_as(BUTLER).open(f"/desk/cases/{number}").follow("打印收条")
    sizes, text = printed(me)

    assert sizes == [A5, A5]
    said = flat(text)
    for words in ("收条", f"单号{number}", "近期免冠照片2完好", "共1样2份", "凭此取回"):
        assert said.count(words) == 2
    for words in ("居民留存", "管家留存"):
        assert said.count(words) == 1
    assert "用浏览器菜单" not in said


def test_mandate_is_one_sheet_of_a4(somebody: At, site: Site) -> None:
    number = in_hand(site)

    me = somebody().known_as(BUTLER).open(f"/desk/cases/{number}").follow("打印委托书")
    sizes, text = printed(me)

    assert sizes == [A4]
    said = flat(text)
    for words in ("授权委托书", f"单号{number}", MATTER, "受托人不得转委托", "委托人签名"):
        assert words in said
    assert "全权" not in said


def test_grid_worker_sees_what_is_late_and_acts(somebody: At, site: Site) -> None:
    number, grid_worker = file_errand(site)
    site.be_late(number)

    me = somebody().known_as(grid_worker).open("/desk").follow("超时上报").follow(MATTER)
    assert number in me.text
    assert "晚了" in me.text
    me.page.locator("summary", has_text="更多").click() if me.page.locator("summary", has_text="更多").count() else None
    me.press("催一下")
    assert "已经提醒了办这件事的人" in me.text
    me.page.locator("summary", has_text="更多").click() if me.page.locator("summary", has_text="更多").count() else None
    me.follow("留言").fill("想说的话", "请今天下班前联系居民").press("留言")
    assert "请今天下班前联系居民" in me.text

    site.deliver()
    assert "请今天下班前联系居民" in somebody().known_as(BUTLER).open(f"/desk/cases/{number}").text


def test_empty_desk_says_so(somebody: At, site: Site) -> None:
    me = somebody().known_as("butler12").open("/desk")
    assert "都接完了。" in me.text
    assert "您手上没有在办的。" in me.text
    assert "接下一件" not in me.text

    assert "都接完了。" in me.follow("待接").text
    assert "没有超时上报的" in somebody().known_as("grid27").open("/grid").text


def test_two_butlers_at_one_case_lose_no_words(somebody: At, site: Site) -> None:
    number = in_hand(site)
    me = somebody().known_as(BUTLER).open(f"/desk/cases/{number}")
    me.page.locator("summary", has_text="更多").click()
    me.follow("留言").fill("想说的话", "照片收到了")
    site.take(BUTLER, number, "note", note="另一台手机上写的")
    me.press("留言")

    assert me.page.get_by_role("alert").count() == 1
    assert "另一台手机上写的" in me.text
    assert me.page.get_by_label("想说的话").input_value() == "照片收到了"
    me.press("留言")
    assert "照片收到了" in me.text


def test_resident_finds_no_desk(somebody: At, site: Site) -> None:
    me = somebody().known_as(resident(site))

    answer = me.page.goto(f"{site.url}/desk")
    assert answer is not None
    assert answer.status == 404
    assert me.page.get_by_role("link", name="工作台").count() == 0
