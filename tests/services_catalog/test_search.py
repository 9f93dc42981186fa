"""Everyday words find their matter; questions about anything else are not answered."""

import csv
from pathlib import Path

import pytest

from services_catalog.loading import load
from services_catalog.search import build_index, main
from services_catalog.tokens import fold, split_syllables, weighted_tokens

QUERIES = Path(__file__).parent / "queries_public.csv"
INDEX = build_index(load())


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("老人证", "M012"),
        ("老年优待证", "M012"),
        ("敬老证", "M012"),
        ("juzhuzheng", "M086"),
        ("jubuzheng", "M086"),
        ("JuZhuZheng", "M086"),
        ("jzz", "M086"),
        ("ydjy", "M016"),
        ("ＨＰＶ疫苗", "M047"),
        ("低保", "M020"),
        ("dibao", "M020"),
        ("异地就衣", "M016"),
        ("高令津贴", "M006"),
        ("长者饭堂", "M011"),
        ("laonianshitang", "M011"),
        ("免费律师", "M110"),
        ("居民死亡医学证明（推断）书签发", "M032"),
    ],
)
def test_search_finds_the_matter_first_and_answers(query, code):
    answer = INDEX.search(query)
    assert (answer.items[0].code, answer.answered) == (code, True)


@pytest.mark.parametrize("matter", INDEX.catalogue.matters.values(), ids=lambda matter: matter.code)
def test_search_for_a_name_or_an_everyday_name_finds_it_within_three(matter):
    missed = [
        said
        for said in (matter.name, *matter.colloquial)
        if matter.code not in [hit.code for hit in INDEX.search(said, 3).items] or not INDEX.search(said).answered
    ]
    assert missed == []


def test_search_on_the_public_queries_does_not_fall_back():
    with QUERIES.open(encoding="utf-8", newline="") as file:
        queries = [(row["query"], row["codes"].split(";")) for row in csv.DictReader(file)]
    ranks = [[hit.code in codes for hit in INDEX.search(query, 3).items] for query, codes in queries]
    first = sum(rank[:1] == [True] for rank in ranks) / len(queries)
    third = sum(any(rank) for rank in ranks) / len(queries)
    print(f"\n{len(queries)} queries: hit@1 {first:.3f}, hit@3 {third:.3f}")
    assert len(queries) == 110
    assert first >= 0.85
    assert third >= 0.90


@pytest.mark.parametrize(
    "query",
    [
        "今天天气怎么样",
        "红烧肉怎么做",
        "买火车票",
        "股票开户",
        "电影票",
        "打麻将",
        "猫走丢了",
        "营业执照",
        "asdfgh",
        "ktv",
        "jintiantianqi",
        "hongshaorou",
        "你好",
        "",
        "？？？",
        "🙂",
        "怎么办",
        "the quick brown fox",
    ],
)
def test_search_for_anything_else_is_not_answered(query):
    assert INDEX.search(query).answered is False


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("敬老证", "和“敬老证”是同一件事"),
        ("结婚登记", "名称里就有您说的字"),
        ("dibao", "读音和“低保”相近"),
        ("ydjy", "“异地就医备案”的拼音首字母"),
        ("公积金付房租", "和“公积金付房租”是同一件事"),
    ],
)
def test_search_says_why(query, why):
    assert INDEX.search(query).items[0].why == why


def test_search_gives_at_most_limit_best_first():
    hits = INDEX.search("医保", 4).items
    assert len(hits) == 4
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_search_for_a_very_long_text_is_cut():
    assert INDEX.search("低保" * 100_000).items[0].code == "M020"


@pytest.mark.parametrize(
    ("letters", "syllables"),
    [
        ("juzhuzheng", ("ju", "zhu", "zheng")),
        ("xian", ("xian",)),
        ("tuixiu", ("tui", "xiu")),
        ("fangan", ("fang", "an")),
        ("jzz", ()),
        ("", ()),
    ],
)
def test_split_syllables_takes_the_fewest(letters, syllables):
    assert split_syllables(letters) == syllables


@pytest.mark.parametrize(
    ("syllable", "folded"),
    [("zhang", "zan"), ("chen", "cen"), ("sheng", "sen"), ("ling", "nin"), ("nong", "nong"), ("e", "e")],
)
def test_fold_hears_what_people_mix_up(syllable, folded):
    assert fold(syllable) == folded


def test_weighted_tokens_of_a_query_takes_letters_that_are_no_pinyin_as_initials():
    assert weighted_tokens("sbk", query=True) == {"a:sbk": 2.0, "i:sbk": 3.0, "j:sbk": 1.5}
    assert weighted_tokens("卡3", query=False) == {"c:卡": 0.6, "a:3": 2.0, "s:ka": 0.25}


@pytest.mark.parametrize(("arguments", "code"), [(["敬老证"], 0), (["红烧肉"], 1), ([], 2)])
def test_main_prints_the_ranking(capsys, arguments, code):
    assert main(arguments) == code
    printed = capsys.readouterr().out
    assert ("老年人公共交通优待卡办理（和“敬老证”是同一件事）" in printed) == (code == 0)
