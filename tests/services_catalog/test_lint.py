"""The shipped catalogue has no flaw, and every rule finds its flaw."""

import dataclasses
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import services_catalog
from services_catalog.lint import lint, lint_guide, lint_matter, main
from services_catalog.loading import load
from services_catalog.model import Ask, Catalogue, Guide, Limit, Material, Matter, Option, Result, Situation, WayChange
from services_catalog.walking import obstacles, ways_through

CATALOGUE = load()
PLAIN = CATALOGUE.matters["M022"]  # window, errand, guide; no tap; questions; nothing to pay
_WHOLE = CATALOGUE.guides["M022"]
GUIDE = dataclasses.replace(_WHOLE, body=_WHOLE.body.replace("急的时候先找社区或管家。", ""))
"""Somewhat shorter than a guide may be: what a test puts into it still fits."""


def test_lint_of_the_shipped_catalogue_finds_nothing():
    assert lint(CATALOGUE) == []


def with_step(text: str) -> Callable[[Matter], Matter]:
    return lambda matter: dataclasses.replace(matter, steps=(*matter.steps[:-1], text))


def with_first_option(matter: Matter, **changed: Any) -> Matter:
    first, *others = matter.situations
    options = (dataclasses.replace(first.options[0], **changed), *first.options[1:])
    return dataclasses.replace(matter, situations=(dataclasses.replace(first, options=options), *others))


def with_result(name: str, kind: str) -> Callable[[Matter], Matter]:
    return lambda matter: dataclasses.replace(matter, result=Result(name, kind, "窗口领取"))


MANDATE = PLAIN.materials[-1]
IDLE = Situation("M022-Q3", "住几楼？", False, (Option("一楼"), Option("二楼")))


@pytest.mark.parametrize(
    ("rule", "pointer", "change"),
    [
        (
            "promise-too-long",
            "/promised_limit",
            lambda matter: dataclasses.replace(matter, statutory_limit=Limit(13, "calendar")),
        ),
        (
            "visits-without-way",
            "/visits",
            lambda matter: dataclasses.replace(matter, channels=("window", "errand", "guide")),
        ),
        (
            "visits-to-nowhere",
            "/visits",
            lambda matter: dataclasses.replace(matter, visits=1, channels=("online", "guide")),
        ),
        ("free-but-pays", "/steps/4", with_step("缴费后领取")),
        ("tap-not-explained", "/steps/0", lambda matter: dataclasses.replace(matter, tap=True)),
        (
            "vague-material",
            "/materials/0/name",
            lambda matter: dataclasses.replace(
                matter, materials=(Material("其他材料", True, "原件", "自己写", "no"), *matter.materials[1:])
            ),
        ),
        (
            "material-never-asked",
            "/materials/0",
            lambda matter: dataclasses.replace(
                matter,
                materials=(
                    Material("照片", False, "原件", "照相馆，或在窗口拍", "no", "换新时"),
                    *matter.materials[1:],
                ),
            ),
        ),
        (
            "nothing-to-spare",
            "/materials/0/authority_has",
            lambda matter: dataclasses.replace(
                matter,
                materials=(Material("承诺书", True, "现场或线上填写", "自己写", "shared"), *matter.materials[1:]),
            ),
        ),
        (
            "idle-question",
            "/situations/2",
            lambda matter: dataclasses.replace(matter, situations=(*matter.situations, IDLE)),
        ),
        (
            "adds-what-all-bring",
            "/situations/0/options/0/add",
            lambda matter: with_first_option(matter, add=(*matter.situations[0].options[0].add, "居民身份证")),
        ),
        (
            "errand-without-mandate",
            "/materials",
            lambda matter: dataclasses.replace(
                matter,
                materials=matter.materials[:-1],
                situations=matter.situations[:1],
            ),
        ),
        (
            "way-without-basis",
            "/situations/0/options/0/ways/basis",
            lambda matter: with_first_option(matter, ways=WayChange("要签字", "《民法典》第一条", closes=("online",))),
        ),
        (
            "every-way-closed",
            "/situations/0/options/0",
            lambda matter: with_first_option(
                matter, ways=WayChange("要签字", "本事项的备注", closes=("online", "window", "errand"))
            ),
        ),
        ("basis-unnamed", "/legal_basis", lambda matter: dataclasses.replace(matter, legal_basis="本市的规定")),
        (
            "basis-not-announced",
            "/verify_fields",
            lambda matter: dataclasses.replace(matter, legal_basis="本市的规定（待核实）", verify_fields=("fee",)),
        ),
        ("result-kind", "/result/kind", with_result("居住证", "其他")),
        ("result-kind", "/result/kind", with_result("审批意见批复", "出文办结")),
        ("result-kind", "/result/kind", with_result("通知公文", "其他")),
        ("telephone", "/consult_phone", lambda matter: dataclasses.replace(matter, consult_phone="88886666")),
        (
            "one-telephone-for-both",
            "/complaint_phone",
            lambda matter: dataclasses.replace(matter, consult_phone="12345", complaint_phone="12345"),
        ),
        (
            "permit-without-answers",
            "/situations",
            lambda matter: dataclasses.replace(
                matter,
                matter_type="行政许可",
                has_guide=False,
                materials=(*matter.materials[:2], MANDATE),
                situations=(),
            ),
        ),
        ("steps-too-long", "/steps", with_step("区里再看6个工作日，市里再看5个工作日")),
        ("code-in-text", "/steps/4", with_step("再办M023")),
        ("half-width", "/steps/4", with_step("领钱,回家")),
        ("wording", "/steps/4", with_step("你去领钱")),
    ],
)
def test_lint_matter_with_one_flaw_names_exactly_that(rule, pointer, change):
    flaws = list(lint_matter(change(PLAIN)))
    assert [(flaw.rule, flaw.file, flaw.pointer) for flaw in flaws] == [(rule, "matters/M022.yaml", pointer)]


@pytest.mark.parametrize("phone", ["12345", "95588", "0571-87654321", ""])
def test_lint_takes_a_telephone_with_its_area_or_for_the_whole_country_or_none(phone):
    assert list(lint_matter(dataclasses.replace(PLAIN, consult_phone=phone))) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [("居住证", "出证办结"), ("出生医学证明", "其他"), ("缴费凭证", "其他"), ("准予决定批复", "审批办结")],
)
def test_lint_takes_a_result_that_ends_as_it_is_called(name, kind):
    assert list(lint_matter(with_result(name, kind)(PLAIN))) == []


@pytest.mark.parametrize("basis", ["《某法》第一条", "国发〔2015〕52号", "当年的通知（待核实）"])
def test_lint_takes_a_named_text_a_number_or_an_honest_word_for_a_basis(basis):
    assert list(lint_matter(dataclasses.replace(PLAIN, legal_basis=basis))) == []


def test_lint_matter_with_a_promise_within_the_law_is_content():
    assert list(lint_matter(dataclasses.replace(PLAIN, statutory_limit=Limit(14, "calendar")))) == []


@pytest.mark.parametrize(
    ("rule", "guide"),
    [
        ("guide-sections", dataclasses.replace(GUIDE, sections=GUIDE.sections[1:])),
        ("guide-sections", dataclasses.replace(GUIDE, sections=GUIDE.sections[:3] + GUIDE.sections[4:])),
        ("guide-length", dataclasses.replace(GUIDE, body=GUIDE.body.replace("1. ", "1. " + "先问一问。" * 20, 1))),
        ("guide-out-of-date", dataclasses.replace(GUIDE, matter_revision="000000000000")),
        ("guide-title", dataclasses.replace(GUIDE, body=GUIDE.body.replace("# 临时救助", "# 救助", 1))),
        ("guide-unconfirmed", dataclasses.replace(GUIDE, body=GUIDE.body + "\n完。\n")),
        ("wording", dataclasses.replace(GUIDE, body=GUIDE.body.replace("1. ", "1. 你", 1))),
        ("code-in-text", dataclasses.replace(GUIDE, body=GUIDE.body.replace("1. ", "1. 见M001，", 1))),
        ("guide-invents", dataclasses.replace(GUIDE, body=GUIDE.body.replace("1. ", "1. 带800元，", 1))),
        ("guide-invents", dataclasses.replace(GUIDE, body=GUIDE.body.replace("1. ", "1. 看《民法典》，", 1))),
        ("guide-invents", dataclasses.replace(GUIDE, body=GUIDE.body.replace("1. ", "1. 看第九十九条，", 1))),
    ],
)
def test_lint_guide_with_one_flaw_names_exactly_that(rule, guide: Guide):
    assert [(flaw.rule, flaw.file) for flaw in lint_guide(guide, PLAIN)] == [(rule, "guides/M022.md")]


def test_lint_of_a_guide_that_names_a_matter_nobody_has():
    guide = dataclasses.replace(GUIDE, body=GUIDE.body.replace("1. ", "1. 先办「救急」，", 1))
    assert [flaw.rule for flaw in lint(dataclasses.replace(CATALOGUE, guides={"M022": guide}))] == [
        "guide-names-nothing"
    ]


def test_lint_with_one_everyday_name_for_two_matters_names_the_second():
    second = CATALOGUE.matters["M023"]
    matters = dict(CATALOGUE.matters)
    matters["M023"] = dataclasses.replace(second, colloquial=(*second.colloquial, PLAIN.colloquial[0]))
    flaws = lint(Catalogue(matters, {}, {}, ""))
    assert [(flaw.rule, flaw.file, flaw.pointer) for flaw in flaws] == [
        ("shared-everyday-name", "matters/M023.yaml", f"/colloquial/{len(second.colloquial)}")
    ]


def with_options(*options: Option) -> Matter:
    situation = Situation("M022-Q1", "哪一种？", False, options)
    return dataclasses.replace(PLAIN, situations=(situation,), materials=PLAIN.materials[:1])


def obstacles_of(*matters: Matter) -> list[tuple[str, str]]:
    catalogue = Catalogue({matter.code: matter for matter in matters}, {}, {}, "")
    return [(one.rule, one.pointer) for one in obstacles(matters[0], catalogue)]


def test_walk_finds_answers_that_together_close_every_way():
    closing = [
        WayChange("甲因", "本事项的备注", closes=("online",)),
        WayChange("乙因", "本事项的备注", closes=("window",)),
    ]
    situations = tuple(
        Situation(f"M022-Q{number}", "哪一种？", False, (Option("甲", ways=ways), Option("乙")))
        for number, ways in enumerate(closing, start=1)
    )
    matter = dataclasses.replace(
        PLAIN, situations=situations, materials=PLAIN.materials[:1], channels=("online", "window", "guide")
    )
    assert obstacles_of(matter) == [("dead-end", "/situations")]
    told = dataclasses.replace(situations[0], options=(Option("甲", note="先问社区", ways=closing[0]), Option("乙")))
    assert obstacles_of(dataclasses.replace(matter, situations=(told, situations[1]))) == []


def test_walk_finds_a_dead_end_a_circle_and_a_paper_out_of_reach():
    nowhere = dataclasses.replace(with_options(Option("甲"), Option("乙", redirect="M023")), materials=(), channels=())
    assert obstacles_of(nowhere) == [("dead-end", "/situations"), ("dead-end", "/situations")]  # 甲 and 我不清楚
    there = with_options(Option("甲"), Option("乙", redirect="M023"))
    back = dataclasses.replace(with_options(Option("丙", redirect="M022"), Option("丁")), code="M023")
    assert obstacles_of(there, back) == [("redirect-in-a-circle", "/situations/0/options/1/redirect")]
    assert obstacles_of(there, dataclasses.replace(back, situations=())) == []
    photo = Material("照片", False, "原件", "照相馆", "no", "换新时")
    twice = dataclasses.replace(with_options(Option("甲"), Option("乙", add=("照片",))), materials=(photo,))
    assert obstacles_of(twice) == []


@pytest.mark.parametrize("matter", CATALOGUE.matters.values(), ids=lambda matter: matter.code)
def test_every_way_through_a_matter_leads_somewhere(matter: Matter):
    ways = list(ways_through(matter))
    assert len(ways) == math.prod(len(situation.options) + 1 for situation in matter.situations)
    assert list(obstacles(matter, CATALOGUE)) == []


def test_a_matter_with_very_many_ways_is_walked_question_by_question():
    many = tuple(
        Situation(f"M022-Q{number}", "哪一种？", False, tuple(Option(f"第{place}种") for place in range(9)))
        for number in range(1, 7)
    )
    ways = list(ways_through(dataclasses.replace(PLAIN, situations=many)))
    assert len(ways) == 60
    assert all(sum(answer != "我不清楚" for answer in way.values()) <= 1 for way in ways)


def test_lint_with_one_paper_from_two_places_names_the_second():
    second = CATALOGUE.matters["M023"]
    card = dataclasses.replace(PLAIN.materials[0], origin="邮局")
    assert card.name in [material.name for material in second.materials]
    first = dataclasses.replace(PLAIN, materials=(card,), situations=(), channels=("online", "window", "guide"))
    matters = {"M022": first, "M023": second}
    (flaw,) = lint(Catalogue(matters, {}, {}, ""))
    assert (flaw.rule, flaw.file) == ("material-told-apart", "matters/M023.yaml")


def test_lint_of_asks_counts_them_and_measures_them_and_finds_those_given_twice():
    many = tuple(Ask(f"怎么领救助金{number}", "短句") for number in range(24))
    asks = {
        "M022": (*many, Ask("钱", "短句")),
        "M023": (*many[1:], Ask(" 怎么领，救助金0！", "故事"), Ask("讲" * 121, "故事")),
    }
    flaws = lint(Catalogue({}, {}, {}, "", {"M022": asks["M022"][-24:], "M023": asks["M023"][-1:]}))
    assert [(flaw.rule, flaw.file) for flaw in flaws] == [
        ("ask-length", "asks/M022.txt"),
        ("asks-too-few", "asks/M023.txt"),
        ("ask-length", "asks/M023.txt"),
    ]
    assert [flaw.rule for flaw in lint(Catalogue({}, {}, {}, "", asks))].count("ask-shared") == 24


def test_main_says_what_it_found(capsys, tmp_path: Path):
    assert main([]) == 0
    assert capsys.readouterr().out == "110个事项、65份指南，没有要改的。\n"
    root = tmp_path / "catalogue"
    for name in ("matters", "guides"):
        shutil.copytree(Path(services_catalog.__file__).parent / name, root / name)
    shutil.copy(Path(services_catalog.__file__).parent / "bundles.yaml", root)
    text = (root / "guides/M001.md").read_text()
    (root / "guides/M001.md").write_text(text.replace("您", "你", 1))
    assert main([str(root)]) == 1
    assert capsys.readouterr().out == "guides/M001.md：不要写“你”（wording）\n共1处要改。\n"
    (root / "bundles.yaml").unlink()
    assert main([str(root)]) == 1
    assert capsys.readouterr().out == "bundles.yaml：找不到这个文件\n共1处错误，目录不能使用。\n"
