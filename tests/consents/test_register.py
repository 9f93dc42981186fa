"""The register of what people are asked: whole, readable, and never rewritten once published."""

import hashlib
import re

import pytest

from butler.catalogue import queries as catalogue
from butler.consents.register import about_health, read_codes, register, text_of
from butler.consents.states import Purpose
from butler.kit.errors import Invalid

PUBLISHED = {
    "hand_over@1": "f7855dd162437312",
    "papers@1": "47452b3a74c2eb59",
    "health@1": "4e23fcf9c42cac55",
    "wechat@1": "158e05f13276387b",
}
"""The first 16 hexadecimal digits of the SHA-256 of each text. A line is only ever added: whoever agreed, agreed to these
words."""

TELLING = re.compile("残|健康|疾|病|医疗|诊|伤|孤儿|失能|精神|住院|低保|低边|困难|救助|特困|失独|家暴|流产|孕")
ABOUT_SOMETHING_ELSE = {
    "M020-Q3": "who goes there",
    "M021-Q2": "who goes there",
    "M035-Q2": "which other allowance there is for the dead",
}


def test_published_texts_are_never_changed() -> None:
    found = {
        text.code: hashlib.sha256(text.text.encode()).hexdigest()[:16]
        for entry in register().values()
        for text in entry.versions
    }
    assert found == PUBLISHED


@pytest.mark.parametrize("purpose", list(Purpose), ids=str)
def test_each_entry_is_whole_and_plain(purpose: Purpose) -> None:
    entry = register()[purpose]
    assert entry.per_case == (purpose is not Purpose.WECHAT)
    assert [text.version for text in entry.versions] == list(range(1, len(entry.versions) + 1))
    assert [text.since for text in entry.versions] == sorted(text.since for text in entry.versions)
    for text in entry.versions:
        assert text.text.startswith("我同意")
        assert len(text.text) <= 120
        assert text_of(purpose, text.version) is text
    for words in (entry.title, entry.without, entry.withdrawn, entry.now.text):
        assert words
        assert not re.search(r"[a-zA-Z,;?!]", words), words
    assert "个人信息保护法第" in entry.law
    assert len(entry.title) <= 20


def test_only_what_an_errand_cannot_do_without_is_demanded() -> None:
    assert {purpose: entry.needed_for for purpose, entry in register().items() if entry.needed_for} == {
        Purpose.HAND_OVER: "errand"
    }


def test_sensitive_data_and_handing_over_are_separate_consents() -> None:
    assert {purpose for purpose, entry in register().items() if entry.separate} == {
        Purpose.HAND_OVER,
        Purpose.PAPERS,
        Purpose.HEALTH,
    }


def test_questions_about_health_are_the_catalogue_s_and_none_is_forgotten() -> None:
    asked = {
        one.id: " ".join([one.question, *(option.answer for option in one.options)])
        for matter in catalogue.matters()
        for one in matter.situations
    }
    known = register()[Purpose.HEALTH].questions
    assert known <= asked.keys()
    telling = {question for question, words in asked.items() if TELLING.search(words)}
    assert telling - known == ABOUT_SOMETHING_ELSE.keys()
    assert about_health(["M012-Q1", "M020-Q1", "M999-Q1"]) == {"M020-Q1"}


@pytest.mark.parametrize(
    ("codes", "wrong"),
    [
        (["errand"], [("/consents/0", "unknown_consent")]),
        (["papers@1", "papers@2"], [("/consents/1", "unknown_consent")]),
        (["papers@0", "papers"], [("/consents/0", "unknown_consent"), ("/consents/1", "unknown_consent")]),
        (["wechat@1"], [("/consents/0", "not_wanted")]),
    ],
)
def test_codes_that_cannot_be_agreed_to(codes: list[str], wrong: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as refused:
        read_codes(codes, [Purpose.PAPERS])
    assert [(error.pointer, error.code) for error in refused.value.errors] == wrong


def test_twice_the_same_is_once() -> None:
    assert read_codes(["papers@1", "papers@1"], list(Purpose)) == [Purpose.PAPERS]
