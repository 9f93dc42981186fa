"""Files are read or refused by name, and the shipped catalogue is sound."""

import copy
import dataclasses
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

import services_catalog
from services_catalog import model
from services_catalog import words as vocabulary
from services_catalog.loading import build, check_counts, load
from services_catalog.parsing import MATTER_KEYS, MATTER_MAY_HAVE
from services_catalog.reading import CatalogueInvalid
from tests.services_catalog.small import GUIDE, WAYS, WHY, findings_of, first, small

SHIPPED = Path(services_catalog.__file__).parent


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
