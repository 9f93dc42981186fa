"""Answers cut the list of what to bring; every branch of every matter is walked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services_catalog.handling import ways
from services_catalog.loading import load
from services_catalog.model import Matter
from services_catalog.situations import AnswerInvalid, Checklist, Redirect, checklist, in_best_order
from services_catalog.words import UNCLEAR

CATALOGUE = load()
MATTERS = list(CATALOGUE.matters.values())
ASKING = [matter for matter in MATTERS if matter.situations]
MANDATE = "授权委托书及代办人居民身份证"


def lines(result: Checklist) -> list[tuple[str, str]]:
    return [(item.material.name, item.need) for item in result.items]


def test_checklist_without_answers_keeps_everything_possible():
    result = checklist(CATALOGUE.matters["M020"], {})
    assert lines(result) == [
        ("居民身份证", "required"),
        ("居民户口簿", "required"),
        ("社会救助申请及家庭经济状况核对授权书", "required"),
        ("收入、财产情况声明", "required"),
        ("病历、残疾人证", "possible"),
        ("赡养（抚养、扶养）协议或判决", "possible"),
        (MANDATE, "possible"),
    ]
    assert result.unanswered == ("M020-Q1", "M020-Q2", "M020-Q3")
    assert result.items[4].why == "“家里有没有大病或残疾成员？”还没有回答，可能需要。"


def test_checklist_with_all_answers_holds_only_what_is_needed():
    result = checklist(
        CATALOGUE.matters["M020"],
        {"M020-Q1": "有", "M020-Q2": "没有", "M020-Q3": "申请有困难，请村（居）委会帮忙"},
    )
    assert lines(result)[4:] == [("病历、残疾人证", "conditional"), (MANDATE, "conditional")]
    assert [item.why for item in result.items[3:5]] == ["办这件事都要带。", "因为您选了“有”。"]
    assert [(note.question, note.text) for note in result.notes] == [
        ("M020-Q3", "村（居）委会应当协助申请，也可以写委托书请村（居）委会代为提出")
    ]
    assert (result.unanswered, result.unclear) == ((), ())
    assert result.warnings == (CATALOGUE.matters["M020"].unconfirmed_note,)


def test_checklist_with_unclear_leaves_its_materials_as_possible():
    result = checklist(CATALOGUE.matters["M020"], {"M020-Q1": UNCLEAR, "M020-Q2": "没有"})
    assert lines(result)[4:] == [("病历、残疾人证", "possible"), (MANDATE, "possible")]
    assert result.items[4].why == "“家里有没有大病或残疾成员？”您选了“我不清楚”，可能需要。"
    assert (result.unanswered, result.unclear) == (("M020-Q3",), ("M020-Q1",))
    assert result.warnings[-1] == "您说不清楚的，管家会帮您看；清单里标了“可能需要”的先不用急着准备。"


def test_checklist_with_several_answers_adds_them_all():
    result = checklist(CATALOGUE.matters["M091"], {"M091-Q1": ["急诊没刷卡", "外伤（摔伤、车祸等）"]})
    needs = dict(lines(result))
    assert needs["急诊证明"] == "conditional"
    assert needs["第三方责任情况说明"] == "conditional"
    assert "异地就医备案或说明" not in needs


def test_checklist_with_an_answer_that_leads_elsewhere_says_where():
    result = checklist(CATALOGUE.matters["M052"], {"M052-Q1": "外地户籍"})
    assert result.redirects == (Redirect("M052-Q1", "外地户籍", "M054"),)


def test_checklist_of_a_matter_without_questions_names_the_condition():
    item = checklist(CATALOGUE.matters["M062"], {}).items[-1]
    assert (item.material.name, item.need) == ("监护关系证明", "possible")
    assert item.why == "遇到这种情况才要：户口簿不能体现监护关系时。"


def test_checklist_of_a_matter_in_person_warns():
    assert "必须本人办，不能请人代办。" in checklist(CATALOGUE.matters["M075"], {}).warnings


def test_ways_follow_the_channels_in_words():
    assert [(way.channel, way.words) for way in ways(CATALOGUE.matters["M002"])] == [
        ("online", "网上办，可以一趟都不跑。"),
        ("tap", "手机碰一碰标签，就能打开办理页面。"),
        ("window", "自己到社区办。"),
        ("errand", "管家帮您送材料、取结果，要您本人做的环节还是您自己来。下班后也可以约时间交。"),
        ("guide", "您自己办，管家陪着您照着指南一步一步来。"),
    ]
    assert ways(CATALOGUE.matters["M023"])[2].words == (
        "写好授权委托书，把材料交给管家，管家替您跑。下班后也可以约时间交。"
    )


@pytest.mark.parametrize(
    ("answers", "pointer", "message"),
    [
        ({"M001-Q9": "是"}, "/M001-Q9", "这个事项没有这个问题，请重新打开事项页面再回答。"),
        ({"a/b~": "是"}, "/a~1b~0", "这个事项没有这个问题，请重新打开事项页面再回答。"),
        ({"M001-Q4": "也许"}, "/M001-Q4", "“谁去办？”没有这个选项，请重新选择。"),
        ({"M001-Q4": ["也许"]}, "/M001-Q4/0", "“谁去办？”没有这个选项，请重新选择。"),
        ({"M001-Q4": [1]}, "/M001-Q4/0", "“谁去办？”没有这个选项，请重新选择。"),
        ({"M001-Q4": 1}, "/M001-Q4", "“谁去办？”的回答应当是文字，请重新选择。"),
        ({"M001-Q4": {"是": 1}}, "/M001-Q4", "“谁去办？”的回答应当是文字，请重新选择。"),
        (
            {"M001-Q4": ["本人（监护人、申领人）办", "委托别人代办"]},
            "/M001-Q4",
            "“谁去办？”只能选一个，请重新选择。",
        ),
    ],
)
def test_checklist_with_a_wrong_answer_points_at_it(answers, pointer, message):
    with pytest.raises(AnswerInvalid) as caught:
        checklist(CATALOGUE.matters["M001"], answers)
    assert (caught.value.pointer, caught.value.message) == (pointer, message)


def test_checklist_with_unclear_beside_another_answer_is_refused():
    with pytest.raises(AnswerInvalid) as caught:
        checklist(CATALOGUE.matters["M091"], {"M091-Q1": ["急诊没刷卡", UNCLEAR]})
    assert caught.value.pointer == "/M091-Q1"


def test_checklist_with_an_empty_list_counts_as_not_answered():
    assert checklist(CATALOGUE.matters["M091"], {"M091-Q1": []}).unanswered == ("M091-Q1", "M091-Q2")


@st.composite
def walks(draw: st.DrawFn) -> tuple[Matter, dict[str, str | list[str]]]:
    """A matter and some way through its questions, 我不清楚 and skipped ones included."""
    matter = draw(st.sampled_from(ASKING))
    answers: dict[str, str | list[str]] = {}
    for situation in matter.situations:
        texts = [option.answer for option in situation.options]
        single = st.sampled_from([*texts, UNCLEAR])
        several = st.lists(st.sampled_from(texts), min_size=1, unique=True)
        answer = draw(st.one_of(st.none(), single, several if situation.multi else single))
        if answer is not None:
            answers[situation.id] = answer
    return matter, answers


@given(walks())
def test_checklist_on_every_walk_follows_the_rules(walk):
    matter, answers = walk
    result = checklist(matter, answers)
    names = [item.material.name for item in result.items]
    assert len(set(names)) == len(names)
    assert [item.material for item in result.items if item.need == "required"] == [
        material for material in matter.materials if material.required
    ]
    wanted = {
        name
        for situation in matter.situations
        for option in situation.options
        if option.answer == answers.get(situation.id) or option.answer in as_list(answers.get(situation.id))
        for name in option.add
    }
    required = {material.name for material in matter.materials if material.required}
    assert {item.material.name for item in result.items if item.need == "conditional"} == wanted - required
    assert len(result.unanswered) + len(result.unclear) + len(
        [answer for answer in answers.values() if answer != UNCLEAR]
    ) == len(matter.situations)
    assert all(item.why.endswith("。") for item in result.items)


@given(walks(), st.data())
def test_checklist_with_one_answer_made_unclear_loses_no_material(walk, data):
    matter, answers = walk
    known = {item.material.name for item in checklist(matter, answers).items}
    question = data.draw(st.sampled_from([situation.id for situation in matter.situations]))
    less = checklist(matter, answers | {question: UNCLEAR})
    assert known <= {item.material.name for item in less.items}
    assert set(checklist(matter, answers).channels) & set(matter.channels) <= set(less.channels)


@pytest.mark.parametrize("matter", ASKING, ids=lambda matter: matter.code)
def test_checklist_with_every_question_answered_leaves_nothing_open(matter):
    for number in range(max(len(situation.options) for situation in matter.situations)):
        answers = {
            situation.id: situation.options[min(number, len(situation.options) - 1)].answer
            for situation in matter.situations
        }
        result = checklist(matter, answers)
        assert (result.unanswered, result.unclear) == ((), ())
        assert {item.need for item in result.items} <= {"required", "conditional"}


@pytest.mark.parametrize("matter", MATTERS, ids=lambda matter: matter.code)
def test_checklist_without_answers_shows_every_material_of_every_matter(matter):
    assert [item.material for item in checklist(matter, {}).items] == list(matter.materials)


def as_list(answer: str | list[str] | None) -> list[str]:
    return answer if isinstance(answer, list) else []


def test_questions_that_may_end_the_asking_come_first():
    for matter in ASKING:
        order = in_best_order(matter)
        ends = [any(option.redirect for option in situation.options) for situation in order]
        assert ends == sorted(ends, reverse=True)
        assert set(order) == set(matter.situations)


def test_the_question_that_decides_about_most_papers_is_asked_next():
    matter = CATALOGUE.matters["M052"]
    result = checklist(matter, {})
    assert result.next_question == result.unanswered[0] == "M052-Q1"  # may lead to another matter
    assert checklist(matter, {"M052-Q1": "外地户籍"}).next_question is None
    retirement = checklist(CATALOGUE.matters["M001"], {})
    assert set(retirement.unanswered) == {"M001-Q1", "M001-Q2", "M001-Q3", "M001-Q4"}
    assert retirement.next_question == "M001-Q1"  # two papers hang on it, on the others one


@pytest.mark.parametrize("matter", ASKING, ids=lambda matter: matter.code)
def test_answering_what_is_asked_next_comes_to_an_end(matter: Matter):
    answers: dict[str, str] = {}
    while (question := checklist(matter, answers).next_question) is not None:
        assert question not in answers
        answers[question] = UNCLEAR
    assert set(answers) == {situation.id for situation in matter.situations}
