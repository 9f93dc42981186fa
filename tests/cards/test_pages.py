"""The page behind a card's code, crawled from there by somebody who has nothing but the card; and printing."""

import re
from collections import deque
from html import unescape

import pypdfium2
import pytest
from flask.testing import FlaskClient

from butler.cards import actions
from butler.kit.database import ButlerFlask, db
from butler.kit.numbers import new_number
from factories import Street, Town

LINK = re.compile(r'(?:href|action)="(/[^"#]*)')


def test_show_answers_the_three_questions(here: Street, client: FlaskClient) -> None:
    token = here.card.token

    answer = client.get(f"/c/{token}")

    page = answer.text
    assert answer.status_code == 200
    assert re.search('<h1 id="butler"><svg .*</svg> 陈管家</h1>', page)
    assert "陈管家在岗。" in page
    assert f'演示苑 1幢，北山街道一社区<br>演示物业<br>卡号<b class="number">{here.card.number}</b>' in page
    assert 'href="tel:0571-00000001"' in page
    assert {f'href="tel:{number}"' in page for number in ("110", "119", "120")} == {True}
    assert f'class="button main" href="/matters?card={token}">帮我办事' in page
    assert f'<input type="hidden" name="card" value="{token}">' in page
    assert re.findall(r'href="/matters/(M\d{3})\?card=' + token, page) == [
        "M011",
        "M002",
        "M016",
        "M012",
        "M044",
        "M049",
    ]
    assert "这张卡不对？" in page


def test_show_sets_no_cookie_and_runs_no_script(here: Street, client: FlaskClient) -> None:
    answer = client.get(f"/c/{here.card.token}")

    assert "Set-Cookie" not in answer.headers
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert len(answer.data) < 20_000


@pytest.mark.parametrize("form", ["/C/{upper}", "/c/{lower}", "/c/{upper}"])
def test_show_in_capitals_as_printed_and_in_lower_case(here: Street, client: FlaskClient, form: str) -> None:
    token = here.card.token

    assert client.get(form.format(upper=token, lower=token.lower())).status_code == 200


def test_show_unknown_card(here: Street, client: FlaskClient) -> None:
    pages = [client.get(path) for path in (f"/c/{'0' * 26}", "/c/no-such-card")]

    assert [page.status_code for page in pages] == [404, 404]
    assert {"没有找到这张卡。请核对卡上的编号，或打物业电话。" in page.text for page in pages} == {True}
    trace = re.compile(r"<b>[0-9A-Z]{6}</b>|next=[^\"]*")
    assert len({trace.sub("", page.text) for page in pages}) == 1


def test_show_replaced_card(here: Street, client: FlaskClient) -> None:
    new = actions.replace(card=here.card, by=None)

    answer = client.get(f"/C/{here.card.token}")

    assert answer.status_code == 410
    assert "<h1>这张卡已经停用</h1>" in answer.text
    assert f'href="/c/{new.token}">看现在的管家：陈管家' in answer.text
    assert 'href="tel:0571-00000001"' in answer.text
    assert here.card.number not in answer.text


def test_crawl_with_only_a_card_finds_no_personal_data(town: Town, here: Street, app: ButlerFlask) -> None:
    """T4: whatever is reachable from a card, without signing in, says nothing about any resident."""
    canaries = canaries_of(town)
    db.session.commit()
    start = f"/c/{here.card.token}"
    seen, waiting, found = {start}, deque([start]), []

    while waiting:
        path = waiting.popleft()
        answer = app.test_client().get(path)
        assert answer.status_code < 500, path
        found += [(path, canary) for canary in canaries if canary in answer.text]
        for link in map(unescape, LINK.findall(answer.text)):
            if link not in seen and not link.startswith("/static/"):
                seen.add(link)
                waiting.append(link)

    assert found == []
    assert len([path for path in seen if path.startswith("/matters/M")]) > 200


def test_card_api_with_only_a_card_finds_no_personal_data(town: Town, here: Street, client: FlaskClient) -> None:
    canaries = canaries_of(town)
    actions.issue(desk=here.desk, building=here.buildings[0], by=None)
    good = client.get(f"/api/v1/cards/{here.card.token}").text
    actions.revoke(card=here.card)
    gone = client.get(f"/api/v1/cards/{here.card.token}").text

    assert [canary for canary in canaries if canary in good + gone] == []


@pytest.mark.parametrize(("who", "status"), [(None, 303), ("resident", 404), ("butler", 200), ("lead", 200)])
@pytest.mark.parametrize("path", ["/desk/cards", "/desk/cards/sheet.pdf", "/desk/cards/{number}.pdf"])
def test_desk_pages_are_for_those_who_print(here: Street, people, browse, who, status, path) -> None:
    client = browse(who and getattr(people, who))

    assert client.get(path.format(number=here.card.number)).status_code == status


def test_desk_card_of_another_desk_is_not_found(here: Street, people, browse) -> None:
    other = actions.issue(desk=here.other_desk, building=here.buildings[1], by=None).number
    client = browse(people.butler)

    answers = [client.get(f"/desk/cards/{number}.pdf") for number in (other, new_number())]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_desk_cards_lists_ones_own(here: Street, people, browse) -> None:
    other = actions.issue(desk=here.other_desk, building=here.buildings[1], by=None)

    butler = browse(people.butler).get("/desk/cards").text
    lead = browse(people.lead).get("/desk/cards").text

    assert (here.card.number in butler, other.number in butler) == (True, False)
    assert (here.card.number in lead, other.number in lead) == (True, True)
    assert f'href="/desk/cards/{here.card.number}.pdf"' in butler


def test_desk_cards_without_any(here: Street, people, browse) -> None:
    actions.revoke(card=here.card)
    client = browse(people.butler)

    assert "这里还没有管家卡" in client.get("/desk/cards").text
    assert client.get("/desk/cards/sheet.pdf").status_code == 404


def test_desk_cards_costs_the_same_for_one_and_three(here: Street, people, browse, counted) -> None:
    client = browse(people.butler)
    spent = []
    for more in (0, 2):
        for _ in range(more):
            actions.issue(desk=here.desk, building=None, by=None)
        with counted() as sent:
            assert client.get("/desk/cards").status_code == 200
        spent.append(len(sent))

    assert spent == [2, 2]


def test_desk_sheet_prints_every_card(here: Street, people, browse) -> None:
    for _ in range(10):
        actions.issue(desk=here.desk, building=None, by=None)

    answer = browse(people.butler).get("/desk/cards/sheet.pdf")

    pages = pypdfium2.PdfDocument(answer.data)
    text = "".join(page.get_textpage().get_text_bounded() for page in pages)
    assert len(pages) == 2
    assert text.count("卡号") == 11


def test_desk_cards_bad_cursor(here: Street, people, browse) -> None:
    assert browse(people.butler).get("/desk/cards?cursor=abc").status_code == 400


def canaries_of(town: Town) -> list[str]:
    """What is known of residents and what is private about staff."""
    residents = [resident for street in (town.here, town.sibling, town.elsewhere) for resident in street.residents]
    doors = [household.door for street in (town.here, town.sibling) for household in street.households]
    return [*(resident.name for resident in residents), "100106", "1001090", *doors, "陈师傅", "王师傅", "butler-"]
