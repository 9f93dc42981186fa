"""Answers close, open and change the ways of a matter, each with its reason; nothing else does."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services_catalog.handling import DOING, NO_ERRAND, handling, ways
from services_catalog.loading import load
from services_catalog.model import Matter, Option, Situation, WayChange
from services_catalog.situations import checklist
from services_catalog.words import CHANNEL_WORDS, UNCLEAR

CATALOGUE = load()
CHANGING = [
    (matter, situation, option)
    for matter in CATALOGUE.matters.values()
    for situation in matter.situations
    for option in situation.options
    if option.ways is not None
]
PLAIN = CATALOGUE.matters["M022"]  # online, window, errand, guide; yes; no trip


def with_changes(*changes: WayChange) -> Matter:
    situations = tuple(
        Situation(f"M022-Q{number}", "哪一种？", False, (Option("甲", ways=change), Option("乙")))
        for number, change in enumerate(changes, start=1)
    )
    return replace(PLAIN, situations=situations)


def after(*changes: WayChange, answer: str = "甲"):
    matter = with_changes(*changes)
    return checklist(matter, {situation.id: answer for situation in matter.situations})


def change(why: str = "要签字", **what) -> WayChange:
    return WayChange(why, "本事项的备注", **what)


def test_an_answer_closes_a_way_and_says_why_and_where_that_is_from():
    result = after(change(closes=("online",)))
    assert result.channels == ("window", "errand", "guide")
    (closed,) = result.handling.closed
    assert (closed.channel, closed.question, closed.answer) == ("online", "M022-Q1", "甲")
    assert (closed.words, closed.basis) == ("不能网上办：要签字。", "本事项的备注")
    assert result.why_not("online") == "要签字"


@pytest.mark.parametrize("answer", ["乙", UNCLEAR])
def test_an_answer_that_changes_nothing_leaves_the_ways_of_the_matter(answer):
    result = after(change(closes=("online",), visits=2, place="公证处"), answer=answer)
    assert (result.ways, result.handling.closed, result.handling.effects) == (ways(PLAIN), (), ())


def test_an_answer_opens_a_way_after_those_of_the_matter():
    counter = replace(with_changes(change(opens=("online",), visits=0)), channels=("window",), visits=1)
    assert [(way.channel, way.words) for way in checklist(counter, {"M022-Q1": "甲"}).ways] == [
        ("window", "自己到街道便民服务中心办。"),
        ("online", "网上办，可以一趟都不跑。"),
    ]
    assert checklist(counter, {}).channels == ("window",)


def test_what_one_answer_closes_no_other_opens():
    counter = replace(
        with_changes(change(opens=("online",)), change("要到场", closes=("online",))), channels=("window",)
    )
    result = checklist(counter, {"M022-Q1": "甲", "M022-Q2": "甲"})
    assert result.channels == ("window",)
    assert result.why_not("online") == "要到场"


@pytest.mark.parametrize("mode", NO_ERRAND)
def test_who_must_come_or_ask_the_committee_has_no_errand(mode):
    result = after(change("要本人", delegation=mode))
    assert "errand" not in result.channels
    assert (result.handling.mode, result.handling.note, result.why_not("errand")) == (mode, "要本人", "要本人")
    assert ("必须本人办，不能请人代办。" in result.warnings) is (mode == "no")


def test_of_several_answers_the_strictest_counts_and_the_first_gives_the_reason():
    result = after(
        change("甲因", delegation="limited"), change("乙因", delegation="no"), change("丙因", delegation="no")
    )
    assert (result.handling.mode, result.handling.note) == ("no", "乙因")
    assert [closed.why for closed in result.handling.closed] == ["乙因"]
    assert [effect.why for effect in result.handling.effects] == ["甲因", "乙因", "丙因"]


def test_trips_and_place_are_said_for_this_person():
    result = after(change(visits=1), change(visits=2, place="公证处"))
    said = {way.channel: way.words for way in result.ways}
    assert said["online"] == "网上先办一部分，一般还要跑2趟。"
    assert said["window"] == "自己到公证处办。"


def test_an_answer_may_give_more_than_the_matter_does():
    strict = replace(with_changes(change(delegation="yes")), delegation=replace(PLAIN.delegation, mode="limited"))
    assert "管家替您跑" in {way.channel: way.words for way in checklist(strict, {"M022-Q1": "甲"}).ways}["errand"]


def test_the_shipped_catalogue_has_such_answers_and_each_names_its_source():
    assert len(CHANGING) == 26
    assert {change for _, _, option in CHANGING for change in option.ways.plain()} >= {
        "closes", "delegation", "visits", "place", "why", "basis",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("matter", "situation", "option"), CHANGING, ids=[f"{one.id}-{option.answer}" for _, one, option in CHANGING]
)
def test_each_changing_answer_leaves_a_way_and_changes_what_is_said(matter, situation, option):
    result = checklist(matter, {situation.id: option.answer})
    assert set(result.channels) & set(DOING)
    assert result.handling != handling(matter)
    assert [(effect.why, effect.basis) for effect in result.handling.effects] == [(option.ways.why, option.ways.basis)]
    assert set(option.ways.closes) == {one.channel for one in result.handling.closed} - (
        {"errand"} if option.ways.delegation in NO_ERRAND else set()
    )
    assert not option.ways.why.endswith("。")


@given(
    st.lists(
        st.builds(
            WayChange,
            why=st.sampled_from(["要签字", "要拍照"]),
            basis=st.just("本事项的备注"),
            closes=st.sets(st.sampled_from(list(CHANNEL_WORDS))).map(tuple),
            opens=st.sets(st.sampled_from(["online", "window", "errand"])).map(tuple),
            delegation=st.sampled_from([None, "yes", "limited", "committee", "no"]),
            visits=st.sampled_from([None, 0, 3]),
        ),
        max_size=4,
    )
)
def test_every_way_is_either_open_or_closed_with_a_reason(changes):
    result = after(*changes)
    closed = [one.channel for one in result.handling.closed]
    assert not set(closed) & set(result.channels)
    assert set(PLAIN.channels) <= set(closed) | set(result.channels)
    assert len({*closed, *result.channels}) == len(closed) + len(result.channels)
    assert result.handling.mode not in NO_ERRAND or "errand" not in result.channels
    assert all(one.why for one in result.handling.closed)
