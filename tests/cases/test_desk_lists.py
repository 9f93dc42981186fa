"""The lists and sheets of the desk, and what they cost."""

import re

import pytest

from butler.kit.database import db
from factories import Town, file_consult
from statements import statements
from surfing import Browser
from tests.cases.desk import (
    MONDAY,
    PAPER,
    PHOTO,
    Clock,
    Sit,
    asked,
    colleague_of,
    errand,
    in_hand,
    one_of_each,
    show,
    take,
)


@pytest.mark.parametrize(
    ("who", "links"),
    [
        ("butler", ["今天", "待接", "我在办", "办过的", "找人", "当面核验", "名片"]),
        ("grid_worker", ["今天", "待接", "我在办", "办过的", "超时上报", "找人", "当面核验", "名片"]),
        (
            "community_staff",
            ["今天", "待接", "我在办", "办过的", "超时上报", "全部", "找人", "当面核验", "导出", "名片"],
        ),
    ],
)
def test_everybody_lands_on_a_desk_with_their_lists(
    town: Town, at: Clock, sit: Sit, who: str, links: list[str]
) -> None:
    at(MONDAY)

    page = sit(getattr(town.here, who)).open("/desk")

    tabs = page.response.get_data(as_text=True).partition('aria-label="工作台">')[2].partition("</nav>")[0]
    assert re.findall(r">([^<]+)</a>", tabs) == links
    for link in links[:-1]:
        assert page.open(page.page.links[link]).status == 200


def test_counters_and_what_they_lead_to(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    mine = in_hand(town)  # due in five working days
    at("2026-11-23 10:00")
    waiting = errand(town)  # due at 13:30
    at("2026-11-30 16:00")

    page = sit(town.here.butler).open("/desk")

    figures = [words for words in page.page.links if words[:1].isdigit()]
    assert figures == ["1待接", "1我在办", "1今天到期", "1超时"]
    assert waiting.number in page.open("/desk/mine?due=late").response.get_data(as_text=True)
    assert mine.number in page.open("/desk/mine?due=today").response.get_data(as_text=True)
    assert page.open("/desk/mine?due=someday").status == 422


def test_nothing_waits(butler: Browser) -> None:
    page = butler.open("/desk")

    assert "都接完了。" in page.text
    assert "接下一件" not in page.text


def test_next_one_when_a_colleague_was_faster(butler: Browser, town: Town) -> None:
    case = errand(town)
    page = butler.open("/desk")
    form = page.form("接下一件")
    take(colleague_of(town), case, "claim")

    page.send(form.action, form.fields)

    assert (page.status, page.address) == (200, "/desk?done=nothing")
    assert "都接完了。" in page.text


def test_papers_i_hold_lead_to_their_case(butler: Browser, town: Town) -> None:
    case = in_hand(town, ("authorise", {}), ("receive_originals", {"items": [PAPER]}))

    page = butler.open("/desk")

    assert "近期免冠照片 2 份" in page.text
    (link,) = [href for words, href in page.page.links.items() if words.startswith("近期免冠照片")]
    assert link == f"/desk/cases/{case.number}"


def test_what_i_finished(butler: Browser, town: Town) -> None:
    case = in_hand(town, ("resolve", {"note": "年龄不到"}))

    assert case.number in butler.open("/desk/history").response.get_data(as_text=True)


def test_long_queue_has_pages(butler: Browser, town: Town) -> None:
    cases = {errand(town).number for _ in range(21)}

    first = butler.open("/desk/queue")
    seen = {number for number in cases if number in first.response.get_data(as_text=True)}
    second = butler.follow("看更多")
    rest = {number for number in cases if number in second.response.get_data(as_text=True)}

    assert (len(seen), len(rest), seen | rest) == (20, 1, cases)


def test_receipt_holds_what_is_out(butler: Browser, town: Town) -> None:
    case = in_hand(town, ("authorise", {}), ("receive_originals", {"items": [PAPER]}))

    page = show(butler, case).follow("打印收条")

    assert page.address == f"/desk/cases/{case.number}/receipt"
    for words in (
        case.number,
        PHOTO,
        "完好",
        "交的人：张居民",
        "收的人：陈管家",
        "最晚 2026年12月21日（周一）归还。凭此取回。",
        "共 1 样 2 份",
    ):
        assert words in page.text
    assert page.text.count("签名") == 4  # two lines on each of two slips


def test_receipt_without_papers_leads_back(butler: Browser, town: Town) -> None:
    case = in_hand(town)

    assert butler.open(f"/desk/cases/{case.number}/receipt").address == f"/desk/cases/{case.number}"


def test_letter_names_each_act_and_never_everything(butler: Browser, town: Town) -> None:
    case = in_hand(town, ("authorise", {"acts": ["submit"]}))

    page = show(butler, case).follow("打印委托书")

    for words in (
        case.asker.name,
        "陈师傅",
        "演示物业",
        case.matter_name,
        "☑ 递交材料",
        "☐ 领取结果",
        "不得转委托",
        "委托自动失效",
        "从 2026年11月23日（周一）到 2027年5月22日（周六）",
    ):
        assert words in page.text
    assert "全权" not in page.text
    consult = file_consult(town.here.residents[0], town.here)
    db.session.commit()
    assert butler.open(f"/desk/cases/{consult.number}/mandate").status == 404


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/desk", 12), ("/desk/queue", 6), ("/desk/mine", 6), ("/desk/history", 6), ("/desk/all", 6), ("/grid", 7)],
)
def test_lists_cost_the_same_however_long(town: Town, at: Clock, sit: Sit, path: str, expected: int) -> None:
    at(MONDAY)
    desk = sit(town.here.community_staff)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            one_of_each(town)
        with statements() as sent:
            assert desk.open(path).status == 200
            counts.append(len(asked(sent)))

    assert counts == [expected, expected]


@pytest.mark.parametrize("papers", [1, 3])
def test_a_case_page_costs_the_same_however_long_its_history(butler: Browser, town: Town, papers: int) -> None:
    items = [PAPER | {"name": f"照片{number}"} for number in range(papers)]
    case = in_hand(town, ("authorise", {}), *[("receive_originals", {"items": items})] * papers)

    path = f"/desk/cases/{case.number}"

    with statements() as sent:
        assert butler.open(path).status == 200

    assert len(asked(sent)) == 15
