"""What is looked for in vain is counted, without who and without anything personal."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from butler.catalogue import actions, queries, rules
from butler.catalogue.models import UnansweredQuery
from butler.catalogue.rules import worth_keeping
from butler.identity.permissions import GRANTS, Permission, Role
from butler.kit import clock
from butler.kit.database import db

VAIN = "红烧肉怎么做"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("红烧肉 怎么做？", "红烧肉怎么做"),
        ("ＫＴＶ", "ktv"),
        ("补_贴", "补贴"),
        ("", None),
        ("？？？", None),
        ("饭", None),
        ("13800138000", None),
        ("我的电话 138 0013 8000", None),
        ("一三八零零一三八零零零", None),
        ("330106194503071234查补贴", None),
        ("我叫王秀兰要补贴", None),
        ("住在曙光新村要补贴", None),
        ("3幢501室漏水", None),
        ("2026养老金调整", "2026养老金调整"),
        ("1945年生的补贴", None),
        ("尾号8000查进度", None),
        ("幺三八零零查一下", None),
        ("壹叁捌零零", None),
        ("王秀兰", None),
        ("欧阳修", "欧阳修"),  # no list of names is whole; nobody reads it before it was asked three times
        ("张奶奶的补贴", None),
        ("陈大文师傅电话", None),
        ("我姓孟要办证", None),
        ("水管漏了", "水管漏了"),
        ("我妈八十三了一个人住前年摔过一次现在腿脚不便想问问有没有人上门", None),
    ],
)
def test_only_words_that_are_nobodys_are_kept(query: str, words: str | None) -> None:
    assert worth_keeping(query) == words


WORDS = st.text(alphabet=st.sampled_from("查问办补贴证养老医保的我要0 -，？ab"), max_size=8)
DIGITS = ("0123456789", "０１２３４５６７８９", "零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖", "٠١٢٣٤٥٦٧٨٩")


@given(st.text(max_size=60), st.integers(min_value=100_000, max_value=10**18), st.text(max_size=60))
def test_no_long_number_is_ever_kept(before: str, number: int, after: str) -> None:
    assert worth_keeping(f"{before}{number}{after}") is None


@given(
    WORDS,
    st.one_of(
        st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
        st.from_regex(r"[1-9][0-9]{5}19[0-9]{2}(0[1-9]|1[0-2])[0-2][0-9][0-9]{3}[0-9Xx]", fullmatch=True),
        st.from_regex(r"0571[0-9]{8}", fullmatch=True),
    ),
    st.lists(st.sampled_from(DIGITS), min_size=18, max_size=18),
    st.sampled_from(["", " ", "-", "_", "，"]),
    WORDS,
)
def test_no_number_of_anybody_is_kept_however_it_is_written(
    before: str, number: str, ways: list[str], sign: str, after: str
) -> None:
    written = sign.join(way[int(one)] if one.isdigit() else one for one, way in zip(number, ways, strict=False))
    assert worth_keeping(f"{before}{written}{after}") is None


@given(
    st.sampled_from("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"),
    st.text(alphabet=st.sampled_from("秀兰建国英伟芳小明大文华"), min_size=1, max_size=2),
    st.sampled_from(["奶奶", "爷爷", "阿姨", "先生", "女士", "师傅"]),
    WORDS,
    WORDS,
)
def test_no_name_is_kept(family: str, given_name: str, called: str, before: str, after: str) -> None:
    assert worth_keeping(f"{family}{given_name}") is None
    assert worth_keeping(f"{before}我叫{family}{given_name}{after}") is None
    for name in (family, f"{family}{given_name}"):
        assert worth_keeping(f"{before}{name}{called}{after}") is None


@given(st.text(max_size=200))
def test_what_is_kept_is_short_and_holds_no_number_to_recognise_somebody_by(query: str) -> None:
    kept = worth_keeping(query)
    assert kept is None or (2 <= len(kept) <= 30 and not re.search(r"[0-9]{6}", kept))


@pytest.mark.parametrize("path", ["/api/v1/search", "/matters"])
def test_a_search_in_vain_is_counted_after_its_answer(client: FlaskClient, path: str) -> None:
    for query in (VAIN, f" {VAIN}？", "敬老证"):
        assert client.get(path, query_string={"q": query}, buffered=True).status_code == 200

    rows = db.session.execute(select(UnansweredQuery.words, UnansweredQuery.times, UnansweredQuery.day)).all()
    assert [tuple(row) for row in rows] == [(VAIN, 2, clock.today())]
    assert set(UnansweredQuery.__table__.columns.keys()) == {"day", "words", "times"}


def test_the_editor_sees_what_was_looked_for_often_enough(session: object) -> None:
    for words, times in ((VAIN, 3), ("养仓鼠", 2), ("买火车票", 5)):
        for _ in range(times):
            assert actions.count_unanswered(words) is True
    db.session.add(UnansweredQuery(day=clock.today() - timedelta(days=40), words="老早以前", times=9))
    db.session.flush()

    assert [tuple(row) for row in queries.unanswered()] == [
        ("买火车票", 5, 1, clock.today()),
        (VAIN, 3, 1, clock.today()),
    ]


def test_what_is_old_is_forgotten_and_a_flood_is_cut(session: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_A_DAY", 2)
    assert [actions.count_unanswered(words) for words in ("甲乙", "丙丁", "戊己", "甲乙")] == [True, True, False, True]
    db.session.add(UnansweredQuery(day=clock.today() - timedelta(days=rules.KEPT_DAYS + 1), words="老早以前", times=9))
    db.session.flush()

    assert actions.purge_unanswered() == 1
    assert db.session.scalars(select(UnansweredQuery.times).order_by(UnansweredQuery.times)).all() == [1, 2]


def test_only_the_editor_may_see_it(client: FlaskClient) -> None:
    assert {role for role, granted in GRANTS.items() if Permission.CATALOGUE_EDIT in granted} == {Role.CATALOGUE_EDITOR}
    assert client.get("/api/v1/catalogue/unanswered").status_code == 401
    assert client.get("/catalogue/unanswered").status_code == 303
