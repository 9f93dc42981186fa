"""What people read, over the whole of every table."""

import re

import pytest

from butler.cases.states import PauseReason, Step
from butler.identity.permissions import Role
from butler.notifications import texts
from butler.notifications.texts import LONGEST, NEWS, SIGNATURE, Words, call_matter, call_worker, write
from butler.org.states import DeskKind

NUMBER = "7K3M-2QWX-9A4F"
LONGEST_MATTER = "成年人出入境证件申请（护照、港澳通行证及签注）"
LONGEST_WHO = "社区工作人员"
TABLES = {
    "asker": texts.TO_ASKER,
    "paused": texts.TO_ASKER_PAUSED,
    "desk": texts.TO_DESK,
    "worker": texts.TO_WORKER,
    "withdrawn": texts.WITHDRAWN,
    "single": {name: words for name, words in vars(texts).items() if isinstance(words, Words)},
}
ALL = [pytest.param(words, id=f"{table}-{key}") for table, rows in TABLES.items() for key, words in rows.items()]


@pytest.mark.parametrize("words", ALL)
@pytest.mark.parametrize("matter", ["咨询", LONGEST_MATTER, "很" * 200])
@pytest.mark.parametrize("who", ["陈管家", LONGEST_WHO])
def test_message_fits_begins_with_the_news_and_names_the_case(words, matter, who):
    message = write(words, matter=matter, number=NUMBER, who=who)

    news = words.news.format(who=who)
    assert len(message) <= LONGEST
    assert len(news) <= NEWS
    assert message.startswith(f"{SIGNATURE}{news}：{matter[:4]}"[: len(message)])
    assert message.endswith(f"，单号{NUMBER}。{words.then.format(who=who)}")
    assert "{" not in message
    assert not re.search(r"[a-zA-Z:,;!?]|你|亲|http|系统|参数|非法|禁止", message.replace(NUMBER, ""))


@pytest.mark.parametrize("words", ALL)
def test_the_longest_name_of_a_matter_stays_recognisable(words):
    message = write(words, matter=LONGEST_MATTER, number=NUMBER, who="陈管家")

    shown = message[message.index("：") + 1 : message.index("，单号")].removesuffix("…")
    assert LONGEST_MATTER.startswith(shown)
    assert len(shown) >= 20


def test_message_as_a_resident_reads_it():
    message = write(texts.TO_ASKER[Step.CLAIM], matter="老年人优待证办理", number=NUMBER, who="陈管家")

    assert message == "【管家通】陈管家接单了：老年人优待证办理，单号7K3M-2QWX-9A4F。接下来会联系您。"


def test_every_step_is_told_to_somebody_or_on_purpose_to_nobody():
    paused = {Step.PAUSE}
    told = set(texts.TO_ASKER) | paused | set(texts.TO_DESK) | set(texts.TO_WORKER)

    assert told | texts.UNTOLD == set(Step)
    assert told & texts.UNTOLD == set()
    assert set(texts.TO_ASKER_PAUSED) == set(PauseReason)
    assert set(texts.TO_ASKER) >= texts.OF_THE_BENEFICIARY
    assert set(texts.LEVEL_ABOVE) == set(DeskKind)


@pytest.mark.parametrize(
    ("code", "asker", "called"),
    [
        ("M016", True, "优待证"),
        ("M016", False, "优待证"),
        (None, True, "优待证"),
        ("M024", True, "您的申请"),
        ("M024", False, "一件申请"),
        ("M067", True, "您的申请"),
        ("M067", False, "一件申请"),
    ],
)
def test_call_matter_hides_what_would_tell_too_much(code, asker, called):
    assert call_matter(code, "优待证", asker=asker) == called


@pytest.mark.parametrize("role", [*Role, "system", None])
def test_call_worker_never_says_more_than_a_surname(role):
    expected = {
        Role.BUTLER: "陈管家",
        Role.GRID_WORKER: "陈网格员",
        Role.COMMUNITY_STAFF: "社区工作人员",
        Role.STREET_STAFF: "街道工作人员",
        Role.DISTRICT_STAFF: "区工作人员",
    }
    assert call_worker(role, "陈") == expected.get(role, "工作人员")
