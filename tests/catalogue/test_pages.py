"""The pages about matters: answers first, what is unconfirmed said plainly, the card carried along."""

import re

import pytest
from flask.testing import FlaskClient

from butler.catalogue import queries
from butler.catalogue.rules import NOT_PUT_FORWARD

CODES = list(queries.catalogue().matters)
TOKEN = "0123456789ABCDEFGHJKMNPQRS"


def test_home_offers_search_favourites_and_how_to_find_ones_butler(client: FlaskClient) -> None:
    page = client.get("/").text

    assert re.findall(r'href="/matters/(M\d{3})"', page) == [matter.code for matter in queries.most_asked()]
    assert '<form action="/matters" role="search">' in page
    assert "扫上面的二维码" in page


@pytest.mark.parametrize("path", ["/", "/matters", "/bundles"])
def test_nothing_private_is_put_forward(client: FlaskClient, path: str) -> None:
    page = client.get(path).text

    assert [code for code in NOT_PUT_FORWARD if code in page or queries.matter(code).name in page] == []
    assert [code for code in NOT_PUT_FORWARD for word in queries.matter(code).colloquial if word in page] == []


def test_matters_lists_the_events_of_a_life(client: FlaskClient) -> None:
    page = client.get("/matters").text

    for event, matters in queries.by_life_event():
        assert f"<b>{event}</b>" in page
        assert f"{len(matters)} 件" in page


def test_matters_of_one_event(client: FlaskClient) -> None:
    page = client.get("/matters?life_event=出生").text

    assert re.findall(r'href="/matters/(M\d{3})"', page) == [
        matter.code for matter in queries.matters(life_event="出生")
    ]


def test_matters_found_say_why(client: FlaskClient) -> None:
    page = client.get("/matters?q=laoren gongjiao").text

    assert "可能是这些事" in page
    assert re.findall(r'href="/matters/(M\d{3})"', page)[0] == "M012"
    assert "读音和" in page


def test_matters_not_found_offers_the_butler(client: FlaskClient) -> None:
    page = client.get("/matters?q=wwww").text

    assert "没找到“wwww”" in page
    assert 'href="/cases/new?kind=consult">请管家帮我问' in page


def test_matters_repeats_what_was_typed_as_text(client: FlaskClient) -> None:
    page = client.get("/matters", query_string={"q": '"><script>alert(1)</script>'}).text

    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("query", "status"),
    [("q=" + "长" * 201, 422), ("q=a&q=b", 400), ("life_event=x", 422), ("from=weixin", 200), ("card=x", 200)],
)
def test_matters_bad_and_foreign_questions(client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/matters?{query}").status_code == status


@pytest.mark.parametrize("code", CODES)
def test_matter_answers_first_and_says_what_is_unconfirmed(client: FlaskClient, code: str) -> None:
    page = client.get(f"/matters/{code}").text
    matter = queries.matter(code)

    asked = re.findall("<dt>(.*?)</dt>", page)[:6]
    assert asked == ["能不能代办", "要带什么", "多久", "多少钱", "要不要本人到场", "去哪办"]
    assert matter.unconfirmed_note in page
    assert page.count("<h1") == 1
    assert page.count('class="button main"') == 1
    assert matter.source in page
    helped = {"errand", "guide"} & set(matter.channels)
    primary = re.findall(r'class="button main" href="(.*?)">(.*?)</a>', page)
    assert primary == [
        (f"/cases/new?matter={code}", "请管家帮我办")
        if helped
        else (f"/cases/new?kind=consult&amp;matter={code}", "问管家怎么办")
    ]


@pytest.mark.parametrize("code", ["M042", "M005", "M086"])
def test_matter_carries_the_card_on_every_link(client: FlaskClient, code: str) -> None:
    page = client.get(f"/matters/{code}?card={TOKEN.lower()}").text

    main = page.split('<main id="main"')[1].split("</main>")[0]
    links = re.findall(r'href="(/[^"]*)"', main)
    assert links
    assert [link for link in links if f"card={TOKEN}" not in link] == []
    assert main.count("<form") == main.count(f'<input type="hidden" name="card" value="{TOKEN}">')


def test_matter_drops_what_cannot_be_a_card(client: FlaskClient) -> None:
    assert "card=" not in client.get('/matters/M001?card="><b>').text


def test_matter_says_that_questions_may_be_unclear(client: FlaskClient) -> None:
    page = client.get("/matters/M001").text

    assert page.count('value="我不清楚"') == len(queries.matter("M001").situations)


def test_checklist_is_exact_and_can_be_sent_on(client: FlaskClient) -> None:
    query = {"M016-Q1": "转诊去外地大医院", "M016-Q2": "我不清楚", "card": TOKEN, "from": "groupmessage"}

    page = client.get("/matters/M016/checklist", query_string=query).text

    assert re.findall('<h2 id="need-.*?>(.*?)</h2>', page) == [
        "一定要带（3 样）",
        "您的情况要带（1 样）",
        "可能需要（1 样）",
    ]
    assert "<b>转诊单</b>" in page
    assert 'value="转诊去外地大医院" checked' in page
    assert 'value="我不清楚" checked' in page
    assert queries.matter("M016").unconfirmed_note in page
    main = re.findall(r'class="button main" href="(.*?)"', page)
    assert main == [
        "/cases/new?matter=M016&amp;q.M016-Q1=%E8%BD%AC%E8%AF%8A%E5%8E%BB%E5%A4%96%E5%9C%B0%E5%A4%A7%E5%8C%BB%E9%99%A2"
        f"&amp;q.M016-Q2=%E6%88%91%E4%B8%8D%E6%B8%85%E6%A5%9A&amp;card={TOKEN}"
    ]


def test_checklist_says_how_it_may_be_handled_by_this_person(client: FlaskClient) -> None:
    page = client.get("/matters/M037/checklist", query_string={"M037-Q1": "多人且未公证"}).text

    assert "照您的回答，可以这样办" in page
    assert "<b>不能网上办</b>，因为您选了“多人且未公证”：继承人多又没有公证的，一般要全体继承人一起到窗口。" in page
    assert "<b>不能管家代办</b>" in page
    assert "出处：本事项的代办说明" in page
    assert ("请管家帮我办" in page, "问管家怎么办" in page) == (False, True)

    page = client.get("/matters/M037/checklist", query_string={"M037-Q1": "唯一继承人或已公证"}).text

    assert "照您的回答，可以这样办" not in page
    assert "请管家帮我办" in page


def test_matter_says_what_it_leads_to_and_what_nobody_has_confirmed(client: FlaskClient) -> None:
    page = client.get("/matters/M083").text

    assert "居民身份证，领取或者邮寄。样子没有核实，向窗口问。" in page
    assert "咨询电话" not in page
    assert "咨询电话 12367" in client.get("/matters/M085").text
    assert "我们没有查到、要问主管部门的" in client.get("/matters/M033").text


def test_checklist_names_another_window_and_its_reason(client: FlaskClient) -> None:
    page = client.get("/matters/M032/checklist", query_string={"M032-Q1": "医院"}).text

    assert "自己到去世的那家医院办。" in page
    assert "因为您选了“医院”：在医院去世的，由那家医院直接签发。" in page


@pytest.mark.parametrize("code", CODES)
def test_checklist_of_every_matter_without_answers(client: FlaskClient, code: str) -> None:
    page = client.get(f"/matters/{code}/checklist")

    assert page.status_code == 200
    assert page.text.count("<li><b>") == len(queries.checklist(code, {}).items)


@pytest.mark.parametrize("query", ["M016-Q1=没有", "M016-Q1=自己临时去外地看病&M016-Q1=转诊去外地大医院", "M016-Q1="])
def test_checklist_with_answers_it_does_not_offer(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/matters/M016/checklist?{query}")

    assert (answer.status_code, answer.mimetype) == (422, "text/html")


def test_checklist_leads_to_another_matter(client: FlaskClient) -> None:
    matter, situation, option = next(
        (matter, situation, option)
        for matter in queries.matters()
        for situation in matter.situations
        for option in situation.options
        if option.redirect
    )

    page = client.get(f"/matters/{matter.code}/checklist", query_string={situation.id: option.answer}).text

    assert f'应当办的是<a href="/matters/{option.redirect}">{queries.matter(option.redirect).name}</a>' in page


@pytest.mark.parametrize("code", list(queries.catalogue().guides))
def test_guide_of_every_matter_that_has_one(client: FlaskClient, code: str) -> None:
    page = client.get(f"/matters/{code}/guide").text

    assert page.count("<h1>") == 1
    assert queries.matter(code).unconfirmed_note in page
    assert re.findall("<h2>(.*?)</h2>", page) == [section.title for section in queries.guide(code).sections]


def test_guide_links_other_matters_with_the_card(client: FlaskClient) -> None:
    page = client.get(f"/matters/M001/guide?card={TOKEN}").text

    assert f'<a href="/matters/M073?card={TOKEN}">「高校毕业生（流动人员）人事档案接收与查询」</a>' in page


@pytest.mark.parametrize("code", list(queries.catalogue().bundles))
def test_bundle_lists_its_matters_in_order(client: FlaskClient, code: str) -> None:
    page = client.get(f"/bundles/{code}").text
    bundle = queries.bundle(code)

    listed = re.findall(r'<li><a href="/matters/(M\d{3})"', page)
    assert listed == [member.code for member in bundle.members]
    assert "还没有经主管部门确认" in page
    assert "。。" not in page


@pytest.mark.parametrize("path", ["/matters/M999", "/matters/M999/checklist", "/matters/M005/guide", "/bundles/B99"])
def test_unknown_is_404(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.mimetype) == (404, "text/html")


@pytest.mark.parametrize(
    "path", ["/", "/matters", "/matters?q=低保", "/matters/M001", "/matters/M001/guide", "/bundles/B01"]
)
def test_pages_need_no_script_no_cookie_no_database_and_few_bytes(
    client: FlaskClient, statements: list[str], path: str
) -> None:
    answer = client.get(path)

    assert "<script" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert statements == []
    assert len(answer.data) < 20_000
