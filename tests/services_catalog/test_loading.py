"""The shipped catalogue is sound, and every rule of loading is broken once, on its own."""

import copy
import dataclasses
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import services_catalog
from services_catalog import model
from services_catalog import words as vocabulary
from services_catalog.loading import build, check_counts, load
from services_catalog.parsing import MATTER_KEYS, MATTER_MAY_HAVE
from services_catalog.reading import CatalogueInvalid

SHIPPED = Path(services_catalog.__file__).parent

GUIDE = """---
matter: M001
matter_revision: "0123456789ab"
source: 通行实践
---

# 办甲证

## 一步一步

1. 去窗口。
"""


def matter(code: str, name: str) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "colloquial": [f"{name}手续", "办证"],
        "group": "parents",
        "also_groups": ["spouses"],
        "life_event": "养老",
        "authority": "民政",
        "handling_level": "street",
        "matter_type": "公共服务",
        "legal_basis": "《甲法》第一条",
        "statutory_limit": {"days": 30, "unit": "calendar"},
        "promised_limit": {"days": 5, "unit": "working"},
        "fee": "不收费",
        "visits": 1,
        "channels": ["window", "errand"],
        "delegation": {"mode": "limited", "note": "签字要本人"},
        "tap": False,
        "has_guide": False,
        "materials": [
            {"name": "居民身份证", "required": True, "form": "原件", "origin": "派出所", "authority_has": "licence"},
            {
                "name": "委托书",
                "required": False,
                "form": "原件",
                "origin": "自己写",
                "authority_has": "no",
                "condition": "由他人代办时",
            },
        ],
        "steps": ["去窗口", "领证"],
        "situations": [
            {
                "id": f"{code}-Q1",
                "question": "谁去办？",
                "multi": False,
                "options": [{"answer": "本人"}, {"answer": "别人", "add": ["委托书"], "note": "带上双方的证件"}],
            }
        ],
        "remarks": "",
        "confidence": "high",
        "source": "通行实践",
        "verify_fields": ["fee"],
    }


def small() -> dict[str, Any]:
    """A sound catalogue of two matters (the first with a guide) and one bundle, as plain data."""
    first = matter("M001", "办甲证") | {"has_guide": True, "channels": ["window", "errand", "guide"]}
    member = {"code": "M001", "need": "必办", "depends_on": [], "suggested_after": [], "reason": "先办这个"}
    return {
        "matters": {"matters/M001.yaml": first, "matters/M002.yaml": matter("M002", "办乙证")},
        "bundles": [
            {
                "id": "B01",
                "name": "甲乙一件事",
                "life_event": "养老",
                "group": "parents",
                "trigger": "要办证",
                "note": "",
                "members": [member, member | {"code": "M002", "need": "可选", "depends_on": ["M001"]}],
            }
        ],
        "guides": {"guides/M001.md": GUIDE},
    }


def first(plain: dict[str, Any]) -> dict[str, Any]:
    return plain["matters"]["matters/M001.yaml"]


def findings_of(plain: dict[str, Any]) -> list[tuple[str, str, str]]:
    with pytest.raises(CatalogueInvalid) as caught:
        build(**plain)
    return [tuple(finding) for finding in caught.value.findings]


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
WAYS = "/situations/0/options/1/ways"
WHY = {"why": "要本人签字", "basis": "本事项的备注"}

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


def folder(tmp_path: Path) -> Path:
    root = tmp_path / "catalogue"
    for name in ("matters", "guides"):
        shutil.copytree(SHIPPED / name, root / name)
    shutil.copy(SHIPPED / "bundles.yaml", root)
    return root


@pytest.mark.parametrize(
    ("file", "content", "finding"),
    [
        (
            "matters/M001.yaml",
            b"code: M001\ncode: M002\n",
            "第2行读不懂：“code”写了两遍。请检查缩进、冒号后面的空格和重复的键。",
        ),
        ("matters/M001.yaml", "名称".encode("gbk"), "不是UTF-8文本，请另存为UTF-8"),
        ("bundles.yaml", None, "找不到这个文件"),
    ],
)
def test_load_unreadable_file_is_a_finding(tmp_path, file, content, finding):
    root = folder(tmp_path)
    if content is None:
        (root / file).unlink()
    else:
        (root / file).write_bytes(content)
    with pytest.raises(CatalogueInvalid) as caught:
        load(root)
    assert (file, "", finding) in caught.value.findings


def test_load_broken_yaml_names_the_line(tmp_path):
    root = folder(tmp_path)
    (root / "matters/M001.yaml").write_text("code: M001\nname: [甲\n")
    with pytest.raises(CatalogueInvalid) as caught:
        load(root)
    (finding,) = caught.value.findings
    assert finding.file == "matters/M001.yaml"
    assert finding.message.startswith("第3行读不懂")
    assert str(caught.value).startswith("matters/M001.yaml：第3行读不懂")


def test_load_reads_yes_and_no_as_words(tmp_path):
    root = folder(tmp_path)
    assert "mode: no\n" in (root / "matters/M075.yaml").read_text()
    assert load(root).matters["M075"].delegation.mode == "no"


def test_shipped_catalogue_keeps_its_promise_of_numbers():
    catalogue = load()
    check_counts(catalogue)
    assert list(catalogue.matters) == [f"M{number:03}" for number in range(1, 111)]
    assert len(catalogue.guides) == 65
    assert sum(matter.tap for matter in catalogue.matters.values()) == 23
    assert list(catalogue.bundles) == [f"B{number:02}" for number in range(1, 13)]
    assert sum(len(matter.situations) for matter in catalogue.matters.values()) == 160
    assert sum(len(bundle.members) for bundle in catalogue.bundles.values()) == 98


def test_check_counts_of_a_small_catalogue_names_each_number():
    with pytest.raises(CatalogueInvalid) as caught:
        check_counts(build(**small()))
    assert [finding.message for finding in caught.value.findings] == [
        "应当有110个事项，现在有2个",
        "应当有65份指南，现在有1个",
        "应当有至少20个碰一碰事项，现在有0个",
        "应当有12个一件事，现在有1个",
    ]


def test_load_is_quick():
    started = time.process_time()  # its own work: what else the machine has to do says nothing about the loader
    load()
    assert time.process_time() - started < 1.5


def test_plain_of_every_matter_builds_the_same_matter_again():
    catalogue = load()
    again = build(
        {f"matters/{code}.yaml": matter.plain() for code, matter in catalogue.matters.items()},
        [],
        {file.relative_to(SHIPPED).as_posix(): file.read_text() for file in (SHIPPED / "guides").glob("*.md")},
    )
    assert dict(again.matters) == dict(catalogue.matters)
    assert {code: matter.plain() for code, matter in again.matters.items()} == {
        code: matter.plain() for code, matter in catalogue.matters.items()
    }


def test_revision_changes_with_any_field_and_only_then():
    plain = small()
    before = build(**plain)
    assert build(**copy.deepcopy(plain)).revision == before.revision
    first(plain)["fee"] = "免费"
    after = build(**plain)
    assert after.matters["M001"].revision != before.matters["M001"].revision
    assert after.matters["M002"].revision == before.matters["M002"].revision
    assert after.revision != before.revision


def test_revision_of_the_catalogue_covers_guides_and_bundles():
    before = build(**small()).revision
    with_guide, with_bundle = small(), small()
    with_guide["guides"]["guides/M001.md"] = GUIDE.replace("去窗口", "去社区")
    with_bundle["bundles"][0]["note"] = "可以一起办"
    assert len({before, build(**with_guide).revision, build(**with_bundle).revision}) == 3


def test_what_the_authority_is_asked_is_part_of_the_matter_and_of_nobody_who_asks_nothing():
    plain = small()
    first(plain)["to_confirm"] = ["要不要委托书"]
    asked = build(**plain).matters["M001"]
    assert asked.to_confirm == ("要不要委托书",)
    assert asked.plain()["to_confirm"] == ["要不要委托书"]
    silent = build(**small()).matters["M001"]
    assert "to_confirm" not in silent.plain()
    assert asked.revision != silent.revision


def test_ways_of_an_answer_are_read_and_written_again_trips_of_none_too():
    plain = small()
    first(plain)["situations"][0]["options"][1]["ways"] = WHY | {"closes": ["errand"], "opens": ["online"], "visits": 0}
    matter = build(**plain).matters["M001"]
    ways = matter.situations[0].options[1].ways
    assert ways == model.WayChange("要本人签字", "本事项的备注", ("errand",), ("online",), None, 0)
    assert matter.plain() == first(plain)
    in_person = small()
    change = WHY | {"opens": ["errand"], "delegation": "no"}
    in_person["matters"]["matters/M002.yaml"]["channels"] = ["window"]
    in_person["matters"]["matters/M002.yaml"]["situations"][0]["options"][1]["ways"] = change
    assert findings_of(in_person) == [
        ("matters/M002.yaml", f"{WAYS}/opens", "必须本人办、只能村（居）委会代办的，不能再开代办（errand）")
    ]


def test_matter_keys_are_the_fields_of_a_matter():
    fields = [field.name for field in dataclasses.fields(model.Matter)]
    assert [*MATTER_KEYS, *MATTER_MAY_HAVE] == fields[:-1]
    assert fields[-1] == "revision"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("M046", "以下内容整理自公开资料。办理时限、要跑几趟、材料带原件还是复印件以西湖区主管部门答复为准。"),
        (
            "M006",
            "以下内容整理自公开资料，各地规定不同，适用对象和材料可能有出入。"
            "办理时限、要跑几趟、材料带原件还是复印件、办理依据、适用对象和金额以西湖区主管部门答复为准。",
        ),
        (
            "M017",
            "这件事在本区能不能办还没有核实，请先问清楚，再准备材料。"
            "办理时限、要跑几趟、材料带原件还是复印件、办理方式、在哪里办、适用对象和金额以西湖区主管部门答复为准。",
        ),
    ],
)
def test_unconfirmed_note_says_what_is_not_confirmed(code, sentence):
    assert load().matters[code].unconfirmed_note == sentence


@pytest.mark.parametrize(
    ("days", "unit", "words"), [(15, "working", "15个工作日"), (30, "calendar", "30天"), (0, "immediate", "当场")]
)
def test_limit_in_words(days, unit, words):
    assert model.Limit(days, unit).words == words


@pytest.mark.parametrize(
    ("code", "place"), [("M020", "街道便民服务中心"), ("M042", "派出所"), ("M088", "社区"), ("M075", "民政办事窗口")]
)
def test_place_of_a_matter_in_words(code, place):
    assert load().matters[code].place == place


def asks(text: str) -> dict[str, Any]:
    return small() | {"asks": {"asks/M001.txt": text}}


def test_asks_are_read_with_their_kind_and_leave_the_matter_as_it_was():
    before, after = build(**small()), build(**asks("# 短句\n怎么办甲证\n\n# 拼音\nbanjiazheng\n"))
    assert after.asks["M001"] == (model.Ask("怎么办甲证", "短句"), model.Ask("banjiazheng", "拼音"))
    assert after.matters == before.matters
    assert after.revision != before.revision


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("怎么办甲证\n", "第1行前面要先有小标题，例如“# 短句”"),
        ("# 长句\n", "第1行的小标题只能是：# 短句、# 错字、# 拼音、# 故事"),
    ],
)
def test_asks_without_a_heading_we_know_are_refused(text, message):
    assert findings_of(asks(text)) == [("asks/M001.txt", "", message)]


def test_asks_of_a_matter_that_is_not_there_are_refused():
    assert findings_of(small() | {"asks": {"asks/M009.txt": "# 短句\n怎么办\n"}}) == [
        ("asks/M009.txt", "", "没有这个编号的事项")
    ]


def test_every_material_of_the_shipped_catalogue_says_original_or_copy_origin_and_who_has_it():
    materials = [material for matter in load().matters.values() for material in matter.materials]
    assert len(materials) == 597
    for one in materials:
        assert one.form in vocabulary.MATERIAL_FORMS
        assert one.origin
        assert one.authority_has in vocabulary.AUTHORITY_HAS_WORDS
        assert one.required != bool(one.condition)


@pytest.mark.parametrize(
    ("form", "has", "words"),
    [
        ("原件", "no", "带原件"),
        ("原件和复印件", "licence", "带原件和复印件；手机里有电子证照的，不用带纸质的"),
        ("原件", "shared", "一般不用带，窗口自己能查到"),
        ("现场或线上填写", "no", "现场填或网上填，不用提前准备"),
        ("本人到场完成", "no", "要您本人到场"),
    ],
)
def test_what_to_bring_in_words(form, has, words):
    assert model.Material("甲", True, form, "自己写", has).bring_words == words


def test_what_is_asked_elsewhere_is_read_by_topic():
    plain = small() | {"asks": {"asks/elsewhere.txt": "# 天气\n会下雨吗\n\n# 买菜\n哪里买菜\n# 天气\n冷不冷\n"}}
    assert build(**plain).elsewhere == {"天气": ("会下雨吗", "冷不冷"), "买菜": ("哪里买菜",)}
    assert build(**plain).asks == {}
    assert findings_of(small() | {"asks": {"asks/elsewhere.txt": "会下雨吗\n"}}) == [
        ("asks/elsewhere.txt", "", "第1行前面要先有小标题，例如“# 天气”")
    ]
