"""A resident's way from the card on the wall to the rating, by the words on the screen. No JavaScript."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from butler.cards import actions as cards
from butler.cards.models import Card
from butler.kit.database import db
from butler.kit.numbers import new_number
from tests.browser.conftest import At
from tests.browser.site import Site, Somebody

pytestmark = pytest.mark.browser

WORDS = "腿脚不便，请上门"
MATTER = "老年人公共交通优待卡办理"
NUMBER = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


def begin(me: Somebody) -> Somebody:
    """From the card to the form of 老年人公共交通优待卡."""
    me.open(f"/c/{me.site.cards[0]['token']}").fill("您想办什么事？", "老人优待证").press("搜一搜")
    return me.follow(MATTER).follow("请管家帮我办")


def known(me: Somebody, resident: int) -> Somebody:
    """A resident who signed in before."""
    return me.known_as(me.site.residents[resident]["phone"])


def form(me: Somebody) -> Somebody:
    """The form, opened from a link somebody kept."""
    return me.open(f"/cases/new?matter=M012&card={me.site.cards[0]['token']}")


def handed_in(me: Somebody, resident: int) -> str:
    """An errand handed in; gives its number."""
    form(known(me, resident)).press("下一步，核对").choose("把材料交给部门窗口").press("提交申请")
    found = NUMBER.search(me.text)
    assert found is not None
    return found[0]


def butler_of(site: Site) -> str:
    """The user name of the butler of the first card."""
    return next(one["username"] for one in site.staff if one["role"] == "butler")


def delivered(site: Site, number: str) -> None:
    """Everything the butler does, up to the resident's door."""
    butler = butler_of(site)
    site.take(butler, number, "claim")
    site.take(butler, number, "authorise")
    site.take(butler, number, "submit", window="街道便民服务中心 2 号窗口", receipt_number="演示-001")
    site.take(butler, number, "record_result", result="granted")
    site.take(butler, number, "resolve", note="优待卡放在您家了。")


def test_card_calls_the_butler_without_a_session(somebody: At, site: Site) -> None:
    me = somebody().open(f"/c/{site.cards[0]['token']}")

    call = me.page.get_by_role("link", name="打电话给")
    assert re.fullmatch(r"tel:0571-0000\d{4}", call.get_attribute("href") or "")
    expect(call).to_be_in_viewport()
    expect(me.page.get_by_role("link", name="帮我办事")).to_be_in_viewport()
    assert me.context.cookies() == []


def test_whole_way_from_the_card_to_the_rating(somebody: At, site: Site) -> None:
    me = somebody()
    begin(me)
    assert me.title == "用手机号登录"
    me.sign_in(site.residents[0]["phone"])

    assert me.title == "请管家代办"
    me.page.locator("label.choice", has_text="18:30").first.click()
    me.fill("有什么要告诉管家的", WORDS).press("下一步，核对")
    assert me.title == "核对一下，再提交"
    assert "错峰代办，今天 18:30" in me.text or "错峰代办，11月24日（周二）18:30" in me.text

    me.page.get_by_role("button", name="告诉管家").click()
    assert me.page.get_by_label("有什么要告诉管家的").input_value() == WORDS
    assert me.page.locator("label.choice", has_text="18:30").first.locator("input").is_checked()
    me.fill("有什么要告诉管家的", WORDS + "。").press("下一步，核对")
    assert WORDS + "。" in me.text
    me.choose("把材料交给部门窗口").press("提交申请")

    assert me.title == "提交好了"
    number = NUMBER.search(me.text)
    assert number is not None
    assert site.numbers_of(site.residents[0]["phone"]) == [number[0]]
    me.page.reload()
    assert number[0] in me.text

    delivered(site, number[0])
    me.follow("我的").follow(MATTER)
    assert "优待卡放在您家了。" in me.text
    me.follow("确认完成")
    me.choose("非常满意").press("确认完成")

    assert "谢谢您" in me.text
    assert "作了评价：非常满意" in me.text
    me.follow("我的")
    assert "已结束：您已经确认办好" in me.text


def test_checklist_carries_its_answers_into_the_request(somebody: At, site: Site) -> None:
    me = known(somebody(), 6)
    me.open(f"/c/{site.cards[0]['token']}").fill("您想办什么事？", "yidi beian").press("搜一搜")
    me.follow("异地就医备案").choose("转诊").press("看我要带什么")
    assert me.title == "办这件事要带什么"
    me.follow("请管家帮我办").press("下一步，核对")

    assert "转诊" in me.page.locator("dl.rows").inner_text()
    assert site.cards[0]["building"] in me.text


def test_back_and_reload_after_handing_in_stay_one_case(somebody: At, site: Site) -> None:
    me = somebody()
    number = handed_in(me, 1)

    me.page.go_back()
    assert me.title == "核对一下，再提交"
    me.choose("把材料交给部门窗口").press("提交申请")
    assert NUMBER.findall(me.text)[0] == number
    me.page.reload()
    me.page.reload()

    assert site.numbers_of(site.residents[1]["phone"]) == [number]


def test_wrong_entry_keeps_what_was_typed_and_leads_to_its_field(somebody: At, site: Site) -> None:
    me = known(somebody(), 2)
    me.open(f"/cases/new?kind=consult&card={site.cards[0]['token']}").choose("着急").press("下一步，核对")

    assert "需要修改" in me.page.title()
    urgent = me.page.locator("label.choice", has_text="着急").locator("input")
    expect(urgent).to_be_checked()
    problem = me.page.get_by_role("alert")
    problem.get_by_role("link", name="想问什么").click()
    target = me.page.url.rpartition("#")[2]
    field = me.page.locator(f"#{target}")
    expect(field).to_have_value("")
    expect(field).to_be_in_viewport()
    assert field.get_attribute("aria-invalid") == "true"

    me.fill("您想问什么", WORDS).press("下一步，核对")
    assert WORDS in me.page.locator("dl.rows").inner_text()


def test_wrong_code_says_what_to_do(somebody: At, site: Site) -> None:
    me = somebody().open("/sign-in").fill("您的手机号", site.residents[7]["phone"]).press("获取验证码")
    me.fill("短信里的 6 位数字", "000000").press("登录")

    assert me.page.get_by_role("alert").count() == 1
    assert me.title == "填写验证码"


def test_not_done_yet_goes_back_to_the_butler(somebody: At, site: Site) -> None:
    me = somebody()
    number = handed_in(me, 3)
    delivered(site, number)

    me.page.reload()
    me.follow("还没办好")
    me.press("请接着办")
    assert me.page.get_by_role("alert").count() == 1
    me.fill("还差什么", "名字写错了一个字").press("请接着办")

    assert "名字写错了一个字" in me.text
    assert "陈管家" in me.text or "管家" in me.text
    assert me.page.get_by_role("link", name="确认完成").count() == 0


def test_urging_and_leaving_words(somebody: At, site: Site) -> None:
    me = somebody()
    number = handed_in(me, 4)
    site.take(butler_of(site), number, "claim")
    me.page.reload()

    me.press("催一下")
    assert "已经提醒了" in me.text
    me.fill("给办这件事的人留言", "下午都在家").press("发出留言")
    assert "下午都在家" in me.text


def test_taking_it_back(somebody: At, site: Site) -> None:
    me = somebody()
    handed_in(me, 5)

    me.follow("不办了，取消申请")
    assert me.title == "要取消这件申请吗"
    me.press("取消申请")

    assert "申请已经取消" in me.text


def test_case_of_somebody_else_looks_like_none(somebody: At, site: Site) -> None:
    number = handed_in(somebody(), 8)
    other = known(somebody(), 9)

    def seen(path: str) -> tuple[int, str]:
        answer = other.page.goto(site.url + path)
        assert answer is not None
        return answer.status, other.text.partition("打电话问我们时")[0]

    assert seen(f"/my/cases/{number}") == seen(f"/my/cases/{new_number()}")
    assert seen(f"/my/cases/{number}")[0] == 404


def test_replaced_card_leads_to_the_present_butler(somebody: At, site: Site) -> None:
    with site.at_work():
        old = db.session.scalars(select(Card).where(Card.token == site.cards[8]["token"])).one()
        new = cards.replace(card=old, by=None).token

    me = somebody().open(f"/c/{site.cards[8]['token']}")

    assert me.title == "这张卡已经停用"
    assert re.search(r"您这里现在的管家是.管家", me.text)
    me.follow("看现在的管家")
    assert me.path == f"/c/{new}"
    assert me.page.get_by_role("link", name="打电话给").count() == 1


def test_unknown_card_says_where_to_look(somebody: At) -> None:
    me = somebody().open("/c/7K3M2QWX9A4F7K3M2QWX9A4F7K")

    assert "没有找到这张卡" in me.text


def test_text_stays_as_large_as_chosen(somebody: At, site: Site) -> None:
    me = somebody().open(f"/c/{site.cards[0]['token']}").follow("大字").press("特大")

    assert me.path == f"/c/{site.cards[0]['token']}"
    for step in ("帮我办事", "管家通"):
        assert me.page.locator("html").get_attribute("class") == "text-larger"
        me.follow(step)
    assert me.page.locator("html").get_attribute("class") == "text-larger"
