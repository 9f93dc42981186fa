"""Every rule of loading is broken once, on its own."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from services_catalog import model
from services_catalog import words as vocabulary
from services_catalog.loading import build
from tests.services_catalog.small import GUIDE, WAYS, WHY, findings_of, first, matter, small

A = "matters/M001.yaml"
B = "bundles.yaml"
G = "guides/M001.md"


def put(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    """A change of the first matter: the value at `path` becomes `to`."""

    def change(plain: dict[str, Any]) -> None:
        target = first(plain)
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = to

    return change


def drop(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change(plain: dict[str, Any]) -> None:
        target = first(plain)
        for step in path[:-1]:
            target = target[step]
        del target[path[-1]]

    return change


def bundle(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(plain: dict[str, Any]) -> None:
        target = plain["bundles"][0]
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = to

    return change


def guide(text: str | None) -> Callable[[dict[str, Any]], None]:
    def change(plain: dict[str, Any]) -> None:
        plain["guides"] = {} if text is None else {"guides/M001.md": text}

    return change


def second_named_like_first(plain: dict[str, Any]) -> None:
    plain["matters"]["matters/M002.yaml"]["name"] = "办甲证"


def guide_of_second(plain: dict[str, Any]) -> None:
    plain["guides"]["guides/M002.md"] = GUIDE.replace("M001", "M002")


def guide_of_nobody(plain: dict[str, Any]) -> None:
    plain["guides"]["guides/M009.md"] = GUIDE.replace("M001", "M009")


def bundle_twice(plain: dict[str, Any]) -> None:
    plain["bundles"].append(copy.deepcopy(plain["bundles"][0]))


ANSWER = ("situations", 0, "options", 1)
BROKEN = {
    "unknown key": (put("colour", to="红"), (A, "", "不认识“colour”，请检查拼写")),
    # A matter that cannot be read is missing for its guide and its bundle as well.
    "missing key": (
        drop("fee"),
        (A, "", "缺少“fee”"),
        (B, "/0/members/0/code", "没有编号为 M001 的事项"),
        ("guides/M001.md", "/matter", "没有这个编号的事项"),
    ),
    "not a mapping": (put("delegation", to="no"), (A, "/delegation", "这里应当是“键: 值”的一组内容")),
    "number for text": (put("fee", to=12), (A, "/fee", "这里应当是文字，数字请加引号")),
    "empty text": (put("fee", to=""), (A, "/fee", "这里不能空着")),
    "space at the end": (put("fee", to="免费 "), (A, "/fee", "文字前后有多余的空格")),
    "text for number": (put("visits", to="1"), (A, "/visits", "这里应当是不小于0的整数")),
    "negative number": (put("visits", to=-1), (A, "/visits", "这里应当是不小于0的整数")),
    "truth for number": (put("visits", to=True), (A, "/visits", "这里应当是不小于0的整数")),
    "word for truth": (put("tap", to="no"), (A, "/tap", "这里应当是 true 或 false")),
    "text for list": (put("steps", to="去窗口"), (A, "/steps", "这里应当是一个列表（每行以“- ”开头）")),
    "empty list": (put("colloquial", to=[]), (A, "/colloquial", "这里至少要有1项")),
    "entry twice": (put("colloquial", to=["办证", "办证"]), (A, "/colloquial", "“办证”出现了不止一次")),
    "code of wrong form": (
        lambda plain: plain["matters"].update({"matters/X1.yaml": matter("X1", "办丙证")}),
        ("matters/X1.yaml", "/code", "编号应当是 M 加三位数字，例如 M001"),
    ),
    "code unlike the file": (
        lambda plain: plain["matters"].update({"matters/M003.yaml": matter("M004", "办丙证")}),
        ("matters/M003.yaml", "/code", "编号和文件名不一致，文件应当叫 M004.yaml"),
    ),
    "unknown group": (
        put("group", to="neighbours"),
        (A, "/group", "“neighbours”不在可选范围内，只能是：parents、children、spouses"),
    ),
    "own group again": (put("also_groups", to=["parents"]), (A, "/also_groups", "主要人群不用再写一遍")),
    "unknown life event": (
        put("life_event", to="搬家"),
        (A, "/life_event", f"“搬家”不在可选范围内，只能是：{'、'.join(vocabulary.LIFE_EVENTS)}"),
    ),
    "unknown level": (
        put("handling_level", to="city"),
        (A, "/handling_level", "“city”不在可选范围内，只能是：community、street、district"),
    ),
    "unknown type": (
        put("matter_type", to="行政处罚"),
        (A, "/matter_type", "“行政处罚”不在可选范围内，只能是：公共服务、行政确认、行政给付、行政许可、其他"),
    ),
    "unknown channel": (
        put("channels", 0, to="post"),
        (A, "/channels/0", "“post”不在可选范围内，只能是：online、window、tap、errand、guide"),
    ),
    "unknown delegation": (
        put("delegation", "mode", to="maybe"),
        (A, "/delegation/mode", "“maybe”不在可选范围内，只能是：yes、limited、committee、no"),
    ),
    "unknown confidence": (
        put("confidence", to="sure"),
        (A, "/confidence", "“sure”不在可选范围内，只能是：high、medium、low"),
    ),
    "unknown field to verify": (
        put("verify_fields", to=["colour"]),
        (A, "/verify_fields/0", f"“colour”不在可选范围内，只能是：{'、'.join(vocabulary.VERIFY_WORDS)}"),
    ),
    "result of an unknown kind": (
        put("result", to={"name": "证", "kind": "办了", "given": "领取"}),
        (A, "/result/kind", "“办了”不在可选范围内，只能是：出证办结、出文办结、审批办结、其他"),
    ),
    "result nobody hands out": (put("result", to={"name": "证", "kind": "其他"}), (A, "/result", "缺少“given”")),
    "telephone as a number": (put("consult_phone", to=12345), (A, "/consult_phone", "这里应当是文字，数字请加引号")),
    "nothing to confirm": (put("to_confirm", to=[]), (A, "/to_confirm", "这里至少要有1项")),
    "unknown unit": (
        put("promised_limit", "unit", to="hours"),
        (A, "/promised_limit/unit", "“hours”不在可选范围内，只能是：working、calendar、immediate"),
    ),
    "immediate with days": (
        put("promised_limit", to={"days": 3, "unit": "immediate"}),
        (A, "/promised_limit", "当场办好的写 days: 0、unit: immediate；其他的天数要大于0"),
    ),
    "no days but not immediate": (
        put("statutory_limit", to={"days": 0, "unit": "working"}),
        (A, "/statutory_limit", "当场办好的写 days: 0、unit: immediate；其他的天数要大于0"),
    ),
    "tap without channel": (put("tap", to=True), (A, "/tap", "“tap: true”和办理方式里的“tap”要么都有，要么都没有")),
    "channel without tap": (
        put("channels", to=["window", "tap", "guide"]),
        (A, "/tap", "“tap: true”和办理方式里的“tap”要么都有，要么都没有"),
    ),
    "guide channel missing": (
        put("channels", to=["window"]),
        (A, "/has_guide", "“has_guide: true”和办理方式里的“guide”要么都有，要么都没有"),
    ),
    "errand though in person": (
        put("delegation", to={"mode": "no", "note": "要本人"}),
        (A, "/channels", "必须本人办、只能村（居）委会代办的事项不能有代办（errand）"),
    ),
    "errand though only the committee may": (
        put("delegation", to={"mode": "committee", "note": "家里人申请"}),
        (A, "/channels", "必须本人办、只能村（居）委会代办的事项不能有代办（errand）"),
    ),
    "ways without a reason": (
        put(*ANSWER, "ways", to={"closes": ["errand"], "basis": "本事项的备注"}),
        (A, f"{WAYS}", "缺少“why”"),
    ),
    "ways that change nothing": (
        put(*ANSWER, "ways", to=WHY),
        (A, WAYS, "没有写改了什么，至少要有一项：closes、opens、delegation、visits、place"),
    ),
    "ways with an unknown key": (
        put(*ANSWER, "ways", to=WHY | {"visits": 0, "shut": ["errand"]}),
        (A, WAYS, "不认识“shut”，请检查拼写"),
    ),
    "closes a way that is not there": (
        put(*ANSWER, "ways", to=WHY | {"closes": ["online"]}),
        (A, f"{WAYS}/closes/0", "“online”不在可选范围内，只能是：window、errand、guide"),
    ),
    "opens a way that is there": (
        put(*ANSWER, "ways", to=WHY | {"opens": ["window"]}),
        (A, f"{WAYS}/opens/0", "“window”不在可选范围内，只能是：online"),
    ),
    "delegation as before": (
        put(*ANSWER, "ways", to=WHY | {"delegation": "limited"}),
        (A, f"{WAYS}/delegation", "和事项的代办方式一样，不用再写"),
    ),
    "place of no name": (put(*ANSWER, "ways", to=WHY | {"place": ""}), (A, f"{WAYS}/place", "这里不能空着")),
    "required with condition": (
        put("materials", 0, "condition", to="有时"),
        (A, "/materials/0/condition", "一定要带的材料不写条件"),
    ),
    "optional without condition": (
        drop("materials", 1, "condition"),
        (A, "/materials/1", "不一定要带的材料，请写明什么时候要（condition）"),
    ),
    "unknown form": (
        put("materials", 0, "form", to="口头"),
        (A, "/materials/0/form", f"“口头”不在可选范围内，只能是：{'、'.join(vocabulary.MATERIAL_FORMS)}"),
    ),
    "material from nowhere": (put("materials", 0, "origin", to=""), (A, "/materials/0/origin", "这里不能空着")),
    "unknown word for what the authority has": (
        put("materials", 0, "authority_has", to="maybe"),
        (A, "/materials/0/authority_has", "“maybe”不在可选范围内，只能是：shared、licence、no"),
    ),
    "material twice": (
        put("materials", 0, "name", to="委托书"),
        (A, "/materials", "“委托书”出现了不止一次"),
    ),
    "question id out of order": (
        put("situations", 0, "id", to="M001-Q2"),
        (A, "/situations/0/id", "这里的问题编号应当是 M001-Q1"),
    ),
    "one option only": (
        put("situations", 0, "options", to=[{"answer": "本人"}]),
        (A, "/situations/0/options", "这里至少要有2项"),
    ),
    "answer twice": (
        put("situations", 0, "options", 0, "answer", to="别人"),
        (A, "/situations/0/options", "“别人”出现了不止一次"),
    ),
    "unclear as an option": (
        put("situations", 0, "options", 0, "answer", to="我不清楚"),
        (A, "/situations/0/options/0/answer", "“我不清楚”总是可以选，不用写在这里"),
    ),
    "adds a material that is not there": (
        put("situations", 0, "options", 1, "add", to=["户口簿"]),
        (A, "/situations/0/options/1/add", "材料清单里没有“户口簿”"),
    ),
    "leads to nowhere": (
        put("situations", 0, "options", 0, "redirect", to="M999"),
        (A, "/situations/0/options/0/redirect", "“M999”不是另一个事项的编号"),
    ),
    "leads to itself": (
        put("situations", 0, "options", 0, "redirect", to="M001"),
        (A, "/situations/0/options/0/redirect", "“M001”不是另一个事项的编号"),
    ),
    "names a matter that is not there": (
        put("remarks", to="先办「办丙证」"),
        (A, "/remarks", "「办丙证」不是目录里的事项名称；「」只用来指另一个事项"),
    ),
    "two matters of one name": (
        second_named_like_first,
        ("matters/M002.yaml", "/name", "名称和 M001 相同"),
    ),
    "guide missing": (guide(None), (A, "/has_guide", "没有指南文件 guides/M001.md")),
    "guide not announced": (
        guide_of_second,
        ("guides/M002.md", "/matter", "这个事项写明没有指南（has_guide: false）"),
    ),
    "guide of no matter": (guide_of_nobody, ("guides/M009.md", "/matter", "没有这个编号的事项")),
    "guide without head": (guide("# 办甲证\n\n## 一步一步\n"), (G, "", "指南开头应当有两行“---”夹着的说明")),
    "guide head with unknown key": (
        guide(GUIDE.replace("source:", "colour: 红\nsource:")),
        (G, "", "不认识“colour”，请检查拼写"),
    ),
    "guide of another matter": (
        guide(GUIDE.replace("matter: M001", "matter: M002")),
        (G, "/matter", "编号和文件名不一致，文件应当叫 M002.md"),
        (G, "/matter", "这个事项写明没有指南（has_guide: false）"),
    ),
    "guide without sections": (
        guide(GUIDE.replace("## ", "")),
        (G, "", "指南里没有小标题（以“## ”开头的一行）"),
    ),
    "bundle id of wrong form": (bundle("id", to="X1"), (B, "/0/id", "编号应当是 B 加两位数字，例如 B01")),
    "bundle id twice": (bundle_twice, (B, "", "编号 B01 用了不止一次")),
    "bundle of one": (
        lambda plain: plain["bundles"][0]["members"].pop(),
        (B, "/0/members", "这里至少要有2项"),
    ),
    "member unknown": (
        bundle("members", 1, "code", to="M999"),
        (B, "/0/members/1/code", "没有编号为 M999 的事项"),
    ),
    "member twice": (
        bundle("members", 1, "code", to="M001"),
        (B, "/0/members/1/code", "M001 在这件事里出现了不止一次"),
    ),
    "member waits for a later one": (
        bundle("members", 0, "depends_on", to=["M002"]),
        (B, "/0/members/0/depends_on", "M002 应当排在 M001 前面"),
    ),
    "member better after a later one": (
        bundle("members", 0, "suggested_after", to=["M002"]),
        (B, "/0/members/0/suggested_after", "M002 应当排在 M001 前面"),
    ),
    "both must and better": (
        bundle("members", 1, "suggested_after", to=["M001"]),
        (B, "/0/members/1/suggested_after", "M001 已经写在 depends_on 里"),
    ),
    "unknown need": (
        bundle("members", 1, "need", to="随便"),
        (B, "/0/members/1/need", "“随便”不在可选范围内，只能是：必办、视情形、可选"),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_build_with_one_rule_broken_names_exactly_that(name):
    change, *expected = BROKEN[name]
    plain = copy.deepcopy(small())
    change(plain)
    assert findings_of(plain) == expected


def test_build_small_catalogue_is_sound():
    catalogue = build(**small())
    assert list(catalogue.matters) == ["M001", "M002"]
    assert [member.depends_on for member in catalogue.bundles["B01"].members] == [(), ("M001",)]
    assert catalogue.bundles_with("M002") == (catalogue.bundles["B01"],)
    assert catalogue.guides["M001"].sections == (model.GuideSection("一步一步", "1. 去窗口。"),)


def test_build_with_several_mistakes_reports_all_at_once():
    plain = small()
    first(plain)["fee"] = ""
    first(plain)["visits"] = -1
    plain["bundles"][0]["trigger"] = ""
    assert findings_of(plain) == [
        (A, "/fee", "这里不能空着"),
        (A, "/visits", "这里应当是不小于0的整数"),
        (B, "/0/trigger", "这里不能空着"),
    ]
