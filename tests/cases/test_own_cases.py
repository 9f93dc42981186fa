"""What a resident reads of their cases, and says meanwhile."""

from flask.testing import FlaskClient

from butler.cases.actions.alarms import ring_due
from butler.cases.queries import showing
from butler.cases.states import Outcome, Stage
from factories import Town, act_for, file_errand
from surfing import Browser, browser_of
from tests.cases.home import MONDAY, Clock, answered, answered_first, claimed, end_of, work

# My cases


def test_my_cases_are_mine(resident: Browser, town: Town) -> None:
    assert "还没有办件。想办什么？" in resident.open("/my").text
    mine, waiting_for_me = file_errand(town.here.residents[0], town.here), answered_first(town)
    theirs = file_errand(town.here.residents[1], town.here)

    resident.open("/my")

    shown = [address.rpartition("/")[2] for address in resident.page.links.values() if "/my/cases/" in address]
    assert shown == [waiting_for_me.number, mine.number]
    assert theirs.number not in resident.text


def test_what_is_over_comes_below_and_pages(resident: Browser, town: Town) -> None:
    for _ in range(22):
        work(town.here.residents[0], file_errand(town.here.residents[0], town.here), "cancel")

    resident.open("/my")
    assert resident.text.count("已结束：您取消了申请") == 20
    resident.follow("看更多")
    assert (resident.text.count("已结束：您取消了申请"), "更早的办件" in resident.text) == (2, True)


def test_for_somebody_in_the_family_both_see_it(town: Town, at: Clock, client: FlaskClient) -> None:
    at(MONDAY)
    child, parent = town.here.residents
    case = file_errand(child, town.here, beneficiary=act_for(child, parent))

    page = browser_of(client, parent.person_id).open(f"/my/cases/{case.number}")

    assert page.status == 200
    assert "您自己" in page.text


def test_case_of_somebody_else_looks_like_none(resident: Browser, town: Town) -> None:
    theirs = file_errand(town.here.residents[1], town.here)

    def seen(path: str) -> tuple[int, str]:
        page = resident.open(path)
        return page.status, page.text.partition("打电话问我们时")[0]

    none_such = seen("/my/cases/0000-0000-0000")
    for page in ("", "/confirm", "/dispute", "/rate", "/cancel"):
        assert seen(f"/my/cases/{theirs.number}{page}") == none_such
    assert none_such[0] == 404


def test_staff_have_their_own_affairs_here_and_nothing_else(town: Town, at: Clock, client: FlaskClient) -> None:
    at(MONDAY)
    butler = browser_of(client, town.here.butler.person_id)
    of_the_desk = file_errand(town.here.residents[0], town.here)
    own = file_errand(town.here.butler, town.sibling)

    assert butler.open(f"/my/cases/{of_the_desk.number}").status == 404
    assert butler.open(f"/my/cases/{own.number}").status == 200
    assert "取消申请" in butler.text


# One case


def test_case_tells_its_whole_story(resident: Browser, town: Town, at: Clock) -> None:
    case = claimed(town, file_errand(town.here.residents[0], town.here))
    butler = town.here.butler
    work(butler, case, "authorise")
    work(butler, case, "receive_originals", items=[{"name": "户口簿", "copies": 1}])
    at("2026-11-24 10:00")
    work(butler, case, "submit", window="3 号窗口", receipt_number="R-7")

    page = resident.open(f"/my/cases/{case.number}")

    for words in (
        "已递交到窗口，部门办理中，下一步由陈管家取回结果",
        "陈管家把材料交到了3 号窗口",
        "回执号 R-7",
        "陈管家收到了 1 样原件，有收条",
        "管家可以代为：递交材料、签收回执、补正材料、领取结果",
        "我们的时间办理、递交：11月24日（周二）办完，按时",
        "部门的时间部门办理：最晚",
        "在管家手里，11月23日（周一）交的",
        "西湖区 → 北山街道 → 北山街道一社区 → 第一网格 → 北山街道1幢管家岗",
        "“请帮我办一张优待证”".strip("“”"),
    ):
        assert words in page.text
    assert page.page.links["打给北山街道1幢管家岗0571-00000001"] == "tel:0571-00000001"


def test_words_of_people_are_never_markup(resident: Browser, town: Town) -> None:
    case = claimed(town, file_errand(town.here.residents[0], town.here))
    work(town.here.butler, case, "note", note="<script>alert(1)</script>")

    html = resident.open(f"/my/cases/{case.number}").response.get_data(as_text=True)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script" not in html


def test_late_case_says_so(resident: Browser, town: Town, at: Clock) -> None:
    case = file_errand(town.here.residents[0], town.here)
    at("2026-11-24 09:00")
    ring_due()

    page = resident.open(f"/my/cases/{case.number}")

    assert f"晚了 比约定的时间晚了，{town.here.desk_of(town.here.grids[0]).name}在督促。" in page.text
    assert "晚了" in resident.open("/my").text


def test_paused_case_goes_on_when_the_resident_is_ready(resident: Browser, town: Town) -> None:
    case = claimed(town, file_errand(town.here.residents[0], town.here))
    until = {"reason": "waiting_for_resident", "until": "2026-11-27T17:30:00+08:00"}
    work(town.here.butler, case, "pause", note="请补一张照片。", **until)
    resident.open(f"/my/cases/{case.number}")
    assert "需要您补一下，或者回个话" in resident.text
    assert "请补一张照片。" in resident.text

    resident.press("我备好了，接着办")

    assert end_of(case) == (Stage.IN_HAND, None)
    assert "您说可以接着办了" in resident.text


def test_urging_once_is_enough(resident: Browser, town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)
    resident.open(f"/my/cases/{case.number}").press("催一下")
    assert (resident.status, "已经提醒了办这件事的人" in resident.text) == (200, True)

    resident.press("催一下")

    assert (resident.status, resident.response.headers["Retry-After"]) == (
        429,
        str(5 * 3600 + 1800),
    )  # four working hours and lunch
    assert "已经催过了" in resident.text
    assert [line.step for line in showing.timeline(case)] == ["filed", "urge"]


def test_note_is_left_and_empty_ones_are_not(resident: Browser, town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)
    resident.open(f"/my/cases/{case.number}").press("发出留言", note="照片要几寸的？")
    assert "留言发出去了" in resident.text

    resident.press("发出留言", note="  ")

    assert resident.status == 422
    assert [line.note for line in showing.timeline(case) if line.step == "note"] == ["照片要几寸的？"]


def test_words_are_kept_when_the_case_has_moved_on(resident: Browser, town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)
    resident.open(f"/my/cases/{case.number}")
    claimed(town, case)

    resident.press("发出留言", note="照片要几寸的？")

    assert resident.status == 412
    assert "这件事刚刚有了新变化" in resident.text
    assert "陈管家接单了" in resident.text  # theirs
    assert resident.form("发出留言").fields["note"] == ["照片要几寸的？"]  # mine, to send again
    resident.press("发出留言", note="照片要几寸的？")
    assert resident.status == 200
    assert [line.step for line in showing.timeline(case)] == ["filed", "claim", "note"]


def test_step_that_is_over_shows_the_case_and_the_words(resident: Browser, town: Town) -> None:
    case = answered(town)
    form = resident.open(f"/my/cases/{case.number}/dispute").form("请接着答复")
    fields = resident.filled_in(form, note="没说带几张照片")
    work(town.here.residents[0], case, "confirm")

    resident.send(form.action, fields)

    assert resident.status == 409
    assert "您刚才写的（没有提交，可以复制）没说带几张照片" in resident.text
    assert end_of(case) == (Stage.CLOSED, Outcome.CONFIRMED)


def test_pages_of_steps_that_are_not_open_lead_back(resident: Browser, town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)

    for step in ("confirm", "dispute", "rate"):
        assert resident.open(f"/my/cases/{case.number}/{step}").address == f"/my/cases/{case.number}"
