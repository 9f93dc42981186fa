"""What is looked for in vain is counted, without who and without anything personal."""

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
        ("我妈八十三了一个人住前年摔过一次现在腿脚不便想问问有没有人上门", None),
    ],
)
def test_only_words_that_are_nobodys_are_kept(query: str, words: str | None) -> None:
    assert worth_keeping(query) == words


@given(st.text(max_size=60), st.integers(min_value=100_000, max_value=10**18), st.text(max_size=60))
def test_no_long_number_is_ever_kept(before: str, number: int, after: str) -> None:
    assert worth_keeping(f"{before}{number}{after}") is None


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
