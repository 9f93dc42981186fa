"""What we put forward, how facts are said, how guides become HTML. Over the whole shipped catalogue."""

import pytest

from butler.catalogue import queries, wording
from butler.catalogue.rendering import link_names, to_html
from butler.catalogue.rules import MOST_ASKED, NOT_PUT_FORWARD
from services_catalog.model import Matter

MATTERS = list(queries.catalogue().matters.values())
ADDRESS = "/matters/{}".format


def test_most_asked_are_eight_and_none_is_private_or_unconfirmed() -> None:
    asked = queries.most_asked()

    assert [matter.code for matter in asked] == list(MOST_ASKED)
    assert len(set(MOST_ASKED)) == 8
    assert not set(MOST_ASKED) & NOT_PUT_FORWARD
    assert "low" not in {matter.confidence for matter in asked}


@pytest.mark.parametrize("matter", MATTERS, ids=lambda matter: matter.code)
def test_wording_of_every_matter(matter: Matter) -> None:
    said = (wording.delegation(matter), wording.attendance(matter))

    assert [text for text in said if not text.endswith("。") or "。。" in text or "None" in text] == []
    assert wording.duration(matter).startswith("估计")
    assert wording.delegation(matter).startswith("不能") is (matter.delegation.mode == "no")
    assert wording.delegation(matter).startswith("能") is ("errand" in matter.channels)
    assert ("要本人到场" in wording.attendance(matter)) is (matter.delegation.mode == "no")


def test_to_html_lets_nothing_run() -> None:
    nasty = (
        "# 好\n\n<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[点](javascript:alert(1)) "
        "[网](https://example.org) [电](tel:12345) ![图](https://example.org/a.png) [数](data:text/html,x)\n\n"
        "1. **一**\n"
    )

    html = to_html(nasty)

    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert '<a href="https://example.org" rel="noopener noreferrer">网</a>' in html
    assert '<a href="tel:12345" rel="noopener noreferrer">电</a>' in html
    assert "<h1>好</h1>" in html
    assert "<strong>一</strong>" in html


def test_to_html_of_every_guide_is_headings_paragraphs_and_lists() -> None:
    for guide in queries.catalogue().guides.values():
        html = to_html(guide.body)
        assert (html.count("<h1>"), html.count("<h2>")) == (1, len(guide.sections))
        assert "&lt;" not in html


def test_link_names_links_known_names_only() -> None:
    codes = {"出生户口登记": "M042"}

    linked = link_names("<p>先办「出生户口登记」，再办「别的事」。</p>", codes, ADDRESS)

    assert linked == '<p>先办<a href="/matters/M042">「出生户口登记」</a>，再办「别的事」。</p>'


def test_link_names_escapes_the_address() -> None:
    linked = link_names("「甲」", {"甲": "M001"}, lambda code: f'/matters/{code}?card="&')

    assert linked == '<a href="/matters/M001?card=&quot;&amp;">「甲」</a>'
