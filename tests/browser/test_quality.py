"""Every page at every width: nothing for axe to say, large enough to hit, nothing cut, light, plain Chinese, no surprises.

A page is loaded once and looked at in all ways; what is wrong with it is told together. Everybody keeps their tab from page
to page, as people do: a fresh browser for each page would take longer than all the looking.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.routing import MapAdapter

from tests.browser import looking
from tests.browser.conftest import PHONE, At, sit
from tests.browser.scene import ERRAND, IN_PERSON, LONG, MEDICAL, Scene
from tests.browser.site import Site, Somebody

pytestmark = pytest.mark.browser

WIDTHS = {375: ("", "36px"), 320: ("", "30px"), 768: ("",), 1280: ("",)}  # with these sizes of the text
HEAVIEST, MOST_REQUESTS = 100_000, 8  # of a first view: bytes of the body, requests


@dataclass(frozen=True)
class View:
    """A page: whose, where (`{name}` is the number of a case of the scene), what they press when they are there; a
    `foreign` word it may show; whether it is for people at all or for those who write programs (`plain`)."""

    path: str
    who: str = ""
    then: Callable[[Somebody], object] | None = None
    status: int = 200
    foreign: str = ""
    plain: bool = True

    def __str__(self) -> str:
        return f"{self.who or 'anybody'}{self.path}{'+' if self.then else ''}"


def _ask(me: Somebody) -> None:
    me.fill("有什么要告诉管家的", LONG).press("下一步，核对")


def _wrong(me: Somebody) -> None:
    me.fill("有什么要告诉管家的", "字" * 1001).press("下一步，核对")


def _agree_to_nothing(me: Somebody) -> None:
    me.press("下一步，核对").press("提交申请")


def _code(me: Somebody) -> None:
    me.fill("您的手机号", me.site.residents[20]["phone"]).press("获取验证码")


def _press(words: str) -> Callable[[Somebody], object]:
    return lambda me: me.press(words)


def _ask_new_phone(me: Somebody) -> None:
    me.fill("新的手机号", "10077778888").press("给新号码发验证码")


def _meet(me: Somebody) -> None:
    me.fill("居民原来的手机号", me.site.residents[0]["phone"]).press("下一步")


ANYBODY = [
    View("/"),
    View("/matters"),
    View("/matters?q=老人优待证"),
    View("/matters?q=飞机票改签"),
    View("/matters?life_event=养老"),
    View(f"/matters/{ERRAND}"),
    View(f"/matters/{MEDICAL}"),
    View(f"/matters/{IN_PERSON}"),
    View(f"/matters/{MEDICAL}/checklist"),
    View(f"/matters/{MEDICAL}/checklist?M016-Q1=转诊去外地大医院"),
    View(f"/matters/{MEDICAL}/guide"),
    View("/bundles"),
    View("/bundles/B01"),
    View("/c/{token}", foreign="localhost"),  # our own address, printed on the card
    View("/c/{replaced}", status=410),
    View("/c/7K3M2QWX9A4F7K3M2QWX9A4F7K", status=404),
    View("/report-card"),
    View("/report-card?card={token}"),
    View("/report-card/{report}"),
    View("/nothing/here", status=404),
    View("/text-size"),
    View("/sign-in"),
    View("/sign-in", then=_code),
    View("/sign-in", then=_press("获取验证码")),
    View("/gone"),
    View("/consents"),
    View("/sign-in/staff"),
    View("/problems/", plain=False),
    View("/problems/validation", plain=False),
]
RESIDENT = [
    View("/my", who="newcomer"),
    View("/my", who="me"),
    View(f"/cases/new?matter={ERRAND}&card={{token}}", who="me"),
    View(f"/cases/new?matter={MEDICAL}&card={{token}}&q.M016-Q1=转诊去外地大医院", who="newcomer"),
    View(f"/cases/new?matter={IN_PERSON}&card={{token}}", who="newcomer"),
    View("/cases/new?kind=consult&card={token}", who="newcomer"),
    View(f"/cases/new?matter={ERRAND}", who="mover"),
    View(f"/cases/new?matter={ERRAND}", who="stranger"),
    View(f"/cases/new?matter={ERRAND}&card={{token}}", who="newcomer", then=_ask),
    View(f"/cases/new?matter={ERRAND}&card={{token}}", who="newcomer", then=_wrong),
    View(f"/cases/new?matter={MEDICAL}&card={{token}}&q.M016-Q1=外地突发急病", who="newcomer", then=_agree_to_nothing),
    View("/my/cases/{waiting}?new=1", who="me"),
    View("/my/cases/{evening}", who="me"),
    View("/my/cases/{urgent}", who="me"),
    View("/my/cases/{late}", who="me"),
    View("/my/cases/{begun}", who="me"),
    View("/my/cases/{collected}", who="me"),
    View("/my/cases/{submitted}", who="me"),
    View("/my/cases/{result}", who="me"),
    View("/my/cases/{paused}", who="me"),
    View("/my/cases/{overdue}", who="me"),
    View("/my/cases/{delivered}", who="me"),
    View("/my/cases/{not_done}", who="me"),
    View("/my/cases/{answered}", who="me"),
    View("/my/cases/{confirmed}", who="me"),
    View("/my/cases/{rated}", who="me"),
    View("/my/cases/{turned}", who="me"),
    View("/my/cases/{cancelled}", who="me"),
    View("/my/cases/{delivered}/confirm", who="me"),
    View("/my/cases/{delivered}/dispute", who="me"),
    View("/my/cases/{confirmed}/rate", who="me"),
    View("/my/cases/{waiting}/cancel", who="me"),
    View("/my/cases/{collected}/cancel", who="me"),
    View("/my/cases/{waiting}/attachments/new", who="me", foreign="PDF"),
    View("/my/cases/{waiting}/attachments/new", who="me", foreign="PDF", then=_press("传上去")),
    View("/my/cases/{delivered}/dispute", who="me", then=_press("请接着办")),
    View("/my/cases/{collected}/attachments/new", who="me", foreign="PDF"),
    View("/my/cases/{begun}/looks", who="me"),
    View("/my/cases/{begun}/looks/{look}/doubt", who="me"),
    View("/my/cases/{begun}/quiet", who="me"),
    View("/my/reach", who="me"),
    View("/my/looks", who="me"),
    View("/my/looks", who="newcomer"),
    View("/my/devices", who="me"),
    View("/my/consents", who="me"),
    View("/my/consents", who="newcomer"),
    View("/my/consents/{consent}/withdraw", who="me"),
    View("/my/data", who="me"),
    View("/my/phone", who="me"),
    View("/my/phone/new", who="me"),
    View("/my/phone/new", who="me", then=_ask_new_phone),
    View("/my/data/erase", who="me"),
    View("/my/data/erase", who="newcomer"),
    View("/sign-out", who="me"),
]
RESIDENT += [
    View("/my/family", who="me"),
    View("/my/family", who="stranger"),
    View("/my/family", who="child"),
    View("/cases/new?kind=consult&card={token}", who="child"),
    View("/my/family/{given}", who="me"),
    View("/my/family/{given}/cases", who="me"),
    View("/my/family/{asked_of_me}/answer", who="me"),
    View("/my/family/ask", who="newcomer"),
    View("/my/family/ask", who="newcomer", then=_press("发给家人")),
    View("/my/family/give", who="me"),
]
STAFF = [
    View("/desk", who="idle_butler"),
    View("/desk", who="butler"),
    View("/desk/queue", who="butler"),
    View("/desk/mine", who="butler"),
    View("/desk/mine?due=late", who="butler"),
    View("/desk/history", who="butler"),
    View("/desk/cases/{waiting}", who="butler"),
    View("/desk/cases/{urgent}", who="butler"),
    View("/desk/cases/{begun}", who="butler"),
    View("/desk/cases/{collected}", who="butler"),
    View("/desk/cases/{paused}", who="butler"),
    View("/desk/cases/{delivered}", who="butler"),
    View("/desk/cases/{rated}", who="butler"),
    View("/desk/cases/{begun}/steps/authorise", who="butler"),
    View("/desk/cases/{begun}/steps/resolve", who="butler"),
    View("/desk/cases/{begun}/attachments/new", who="butler", foreign="PDF"),
    View("/desk/cases/{signed}/steps/receive_originals", who="butler"),
    View("/desk/cases/{signed}/steps/receive_originals", who="butler", then=_press("确认收到原件")),
    View("/desk/cases/{collected}/steps/submit", who="butler"),
    View("/desk/cases/{submitted}/steps/record_result", who="butler"),
    View("/desk/cases/{result}/steps/resolve", who="butler"),
    View("/desk/cases/{asked}/steps/answer", who="butler"),
    View("/desk/cases/{asked}/steps/convert", who="butler"),
    View("/desk/cases/{begun}/steps/pause", who="butler"),
    View("/desk/cases/{begun}/steps/release", who="butler"),
    View("/desk/cases/{begun}/steps/refer_up", who="butler"),
    View("/desk/cases/{begun}/steps/note", who="butler"),
    View("/desk/cases/{collected}/receipt", who="butler"),
    View("/desk/cases/{collected}/mandate", who="butler"),
    View("/desk/cards", who="butler"),
    View("/desk/cards/reports", who="lead"),
    View("/desk/photo", who="butler"),
    View("/desk/photo", who="idle_butler"),
    View("/grid", who="grid_worker"),
    View("/grid/cases/{late}", who="grid_worker"),
    View("/grid", who="community"),
    View("/desk/all", who="community"),
    View("/desk/cases/{waiting}/steps/dispatch", who="community"),
    View("/desk/cases/{begun}/attachments/new", who="butler", foreign="PDF"),
    View("/desk/cases/{waiting}/reveal", who="community"),
    View("/desk/search", who="community"),
    View("/desk/verify", who="butler"),
    View("/desk/phone", who="butler"),
    View("/desk/phone", who="butler", then=_meet),
    View("/desk/family", who="butler"),
    View("/desk/family", who="butler", then=_press("登记授权")),
    View("/desk/family/guardian", who="butler"),
    View("/desk/family/guardian/end", who="street"),
    View("/desk/family/adult", who="street"),
    View("/desk/looks/more", who="butler"),
    View("/desk/exports", who="street"),
]
OFFICES = [  # user names are Latin letters: lists of people are not plain Chinese
    View("/staff", who="administrator", plain=False),
    View("/staff", who="lead", plain=False),
    View("/staff/{colleague}", who="administrator", plain=False),
    View("/staff/{colleague}/disable", who="administrator"),
    View("/staff/{colleague}/appoint", who="administrator"),
    View("/staff/{colleague}/photo", who="administrator"),
    View("/staff/{colleague}/photo", who="lead", then=_press("放上照片")),
    View("/staff/invite", who="administrator"),
    View("/staff/posts/{post}/end", who="administrator"),
    View("/staff/posts/{post}/move", who="administrator"),
    View("/join/{invitation}"),
    View("/join/7K3M2QWX9A4F7K3M2QWX9A4F7K", status=404),
    View("/my/devices", who="administrator"),
    View("/my/password", who="administrator"),
    View("/my/second-factor", who="administrator"),
    View("/sign-in/again", who="administrator"),
    View("/sign-in/again", who="me"),
    View("/privacy/findings", who="officer"),
    View("/privacy/ledger", who="officer"),
    View("/privacy/findings?verdict=explained", who="officer"),
    View("/privacy/findings/{finding}", who="officer"),
    View("/privacy/exports", who="officer"),
    View("/catalogue/unanswered", who="editor"),
    View("/catalogue/revisions", who="editor"),
]
DEMO = [View("/demo", plain=False), View("/demo/inbox", foreign="grid")]  # user names are Latin letters
VIEWS = [*ANYBODY, *RESIDENT, *STAFF, *OFFICES, *DEMO]
NOT_PAGES = {  # files, programs' answers, and addresses that only lead on
    "cards_pages.sheet", "cards_pages.pdf", "cards_pages.photo", "cases_pages.check_again", "web.static",
    "demo_pages.inbox_json",
    "identity_pages.code_page", "identity_pages.new_phone_code_page",
    "identity_pages.confirm_factor_page", "desk_pages.attachment_at_desk",
    "cases_pages.attachment", "export_pages.fetch", "ledger_pages.sheet", "rights_pages.take_along",
    "health.healthz", "health.readyz",
}  # fmt: skip


@dataclass
class Watched:
    """A page and what happened while it was opened."""

    me: Somebody
    bytes: dict[str, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._notes: list[tuple[Any, Callable[[Any], None]]] = [
            ("response", lambda answer: self.bytes.update({answer.url: _length(answer)})),
            ("console", lambda message: self.said.append(message.text)),
            ("pageerror", lambda error: self.said.append(str(error))),
            ("dialog", lambda dialog: self.said.append(f"dialog {dialog.message}")),
        ]
        for event, note in self._notes:
            self.me.page.on(event, note)

    def stop(self) -> Somebody:
        """Note no more; gives whose page it was."""
        for event, note in self._notes:
            self.me.page.remove_listener(event, note)
        return self.me


@pytest.fixture(scope="module")
def tabs(site: Site, chromium: Browser) -> Iterator[dict[str, Somebody]]:
    """The tab of each person who was here before, by their name in the scene."""
    tabs: dict[str, Somebody] = {}
    yield tabs
    for somebody in tabs.values():
        somebody.context.close()


@pytest.fixture
def watch(
    site: Site, busy: Scene, somebody: At, chromium: Browser, tabs: dict[str, Somebody]
) -> Callable[[View], Watched]:
    """Open a page as whoever it is for; in a fresh browser when something is pressed, which may change who they are."""

    def open_view(view: View) -> Watched:
        me = None if view.then else tabs.pop(view.who, None)  # back among them when nothing went wrong
        if me is None:
            me = somebody(java_script_enabled=True) if view.then else sit(site, chromium, java_script_enabled=True)
            if view.who:
                me.known_as(getattr(busy, view.who))
        me.page.set_viewport_size(PHONE)
        seen = Watched(me)
        answer = me.page.goto(site.url + view.path.format(**vars(busy), **busy.cases))
        assert answer is not None
        assert answer.status == view.status
        if view.then:
            view.then(me)
            me.page.wait_for_load_state()
        return seen

    return open_view


def _length(answer: Any) -> int:
    return 0 if 300 <= answer.status < 400 else len(answer.body())


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_page(view: View, watch: Callable[[View], Watched], tabs: dict[str, Somebody], site: Site) -> None:
    seen = watch(view)
    page, faults = seen.me.page, [*_heavy(seen, site), *looking.badly_formed(seen.me.page)]
    looking.open_everything(page)
    if view.plain:
        faults += looking.badly_written(page, foreign=view.foreign)
    faults += looking.axe_says(page)
    faults += _in_the_dark(page)
    faults += _at_every_width(page)
    refused = view.then is not None or view.status >= 400  # the console tells that too
    faults += [said for said in seen.said if not (refused and said.startswith("Failed to load resource"))]
    if not view.then:
        tabs[view.who] = seen.stop()

    assert faults == []


def _heavy(seen: Watched, site: Site) -> Iterator[str]:
    if sum(seen.bytes.values()) > HEAVIEST or len(seen.bytes) > MOST_REQUESTS:
        yield f"{sum(seen.bytes.values())} bytes in {len(seen.bytes)} requests"
    yield from (f"third party {url}" for url in seen.bytes if not url.startswith(site.url))


def _in_the_dark(page: Page) -> Iterator[str]:
    page.emulate_media(color_scheme="dark")
    yield from (f"dark: {fault}" for fault in looking.contrast_says(page))
    page.emulate_media(color_scheme="light")


def _at_every_width(page: Page) -> Iterator[str]:
    """With text as it is; on phones also 200 % of it at 375 px, and the largest of our own switch at 320 px."""
    for width, sizes in WIDTHS.items():
        if width != PHONE["width"]:  # as it was opened
            page.set_viewport_size({"width": width, "height": PHONE["height"]})
        for size in sizes:
            page.evaluate("size => document.documentElement.style.fontSize = size", size)
            yield from (f"{width}{size and ', text of ' + size}: {fault}" for fault in looking.badly_laid_out(page))


def test_every_page_is_looked_at(site: Site, busy: Scene) -> None:
    """A new page cannot be forgotten: every address that answers GET is in the lists above."""
    adapter: MapAdapter = site.app.url_map.bind("localhost")
    seen = {
        adapter.match(v.path.format(**vars(busy), **busy.cases).partition("?")[0])[0] for v in VIEWS if v.status != 404
    }
    there = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api/")
    }
    assert there - seen == NOT_PAGES


def test_the_looks_find_what_is_wrong(somebody: At) -> None:
    """A page with one of each fault."""
    page = somebody(java_script_enabled=True).page
    page.set_content(
        "<html lang=zh-CN><title>坏的一页</title><h1>坏</h1><main><p>你好,请看 M012 status</p>"
        "<a class='button main' style='display:block;height:20px'>去办事</a>"
        "<div style='width:900px'>宽</div><img src='data:,'>"
        "<ul class=cells style='border:1px solid'><li><b>贴边</b></ul>"
        "<p style='width:5em'>单号 7K3M-2QWX-9A4F</p><p><span class=tag style='display:block;width:1em'>晚了</span></p>"
        "<p><a href='#a'>一</a><a href='#b'>二</a></p>"
        "<button style='display:block;width:90px;height:60px'>上</button>"
        "<button style='display:block;width:90px;height:60px;margin-top:-30px'>下</button>"
        "<div style='height:20px;overflow:auto'><div style='height:90px'>长</div></div></main>"
    )

    assert {fault.partition(" ")[0] for fault in looking.badly_written(page)} == {"mark", "code", "English", "cold"}
    assert {fault.partition(" <")[0] for fault in looking.badly_laid_out(page)} == {
        "scrolls sideways", "sticks out", "is small", "is low", "lies over", "scrolls by hand only",
        "has a number in two lines:", "has text at its edge:", "breaks", "runs into the link before:",
    }  # fmt: skip
    assert "image-alt" in {fault.partition(":")[0] for fault in looking.axe_says(page)}
    assert looking.contrast_says(page) == []
    page.add_style_tag(content="b { color: #ccc; background: #fff }")
    assert {fault.partition(":")[0] for fault in looking.contrast_says(page)} == {"color-contrast"}
    assert list(looking.badly_formed(page)) == []
