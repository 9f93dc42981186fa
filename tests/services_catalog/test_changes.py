"""What is different between two versions is said in sentences."""

from dataclasses import replace

import pytest

from services_catalog.changes import Difference, differences, matter_changes
from services_catalog.loading import load
from services_catalog.model import Ask, Delegation, Limit, Material, Result, WayChange

CATALOGUE = load()
OLD = CATALOGUE.matters["M012"]
CARD = OLD.materials[0]
CLOSED = replace(OLD.situations[0].options[0], ways=WayChange("要刷脸", "本事项的备注", closes=("errand",)))


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ({}, []),
        ({"materials": OLD.materials[1:]}, ["不用再带：居民身份证。"]),
        (
            {"materials": (*OLD.materials, Material("体检表", False, "原件", "医院", "no", "第一次办时"))},
            ["材料多了一样：体检表（第一次办时才要），带原件。"],
        ),
        (
            {"materials": (replace(CARD, form="复印件", authority_has="no"), *OLD.materials[1:])},
            ["居民身份证：从“带原件；手机里有电子证照的，不用带纸质的”改成“带复印件”。"],
        ),
        (
            {"materials": (replace(CARD, required=False, condition="代办时"), *OLD.materials[1:])},
            ["居民身份证：改成看情况才要，代办时。"],
        ),
        ({"promised_limit": Limit(0, "immediate")}, ["办理时限从5个工作日改成当场。"]),
        ({"statutory_limit": Limit(20, "working")}, ["法定时限从没有写改成20个工作日。"]),
        ({"fee": "12元"}, [f"费用从“{OLD.fee}”改成“12元”。"]),
        (
            {"delegation": Delegation("no", "要拍照")},
            ["能不能请人办，现在是：必须本人办，不能请人代办。要拍照。"],
        ),
        (
            {"channels": ("window", "tap")},
            ["现在不能“网上办”了。", "现在不能“管家代办”了。", "现在不能“线上导办”了。", "现在也可以“碰一碰”。"],
        ),
        ({"visits": 2}, ["一般要跑的趟数从0趟改成2趟。"]),
        ({"handling_level": "district"}, ["办理的地方从街道便民服务中心改成区级办事窗口。"]),
        ({"result": Result("优待卡", "其他", "窗口领取")}, ["办好以后给您的，现在是：优待卡。"]),
        ({"steps": ("去窗口",)}, ["办理步骤有改动。"]),
        ({"situations": ()}, ["要回答的情形问题有改动。"]),
        (
            {"situations": (replace(OLD.situations[0], options=(CLOSED, *OLD.situations[0].options[1:])),)},
            ["有的回答会改变怎么办，这一点有改动，请照您的回答再看一遍清单。"],
        ),
        ({"remarks": ""}, ["要留意的话改成：没有"]),
        ({"name": "公交卡"}, [f"名称从“{OLD.name}”改成“公交卡”。"]),
        ({"legal_basis": "甲法"}, ["办理依据有改动。"]),
    ],
    ids=str,
)
def test_each_difference_is_a_sentence(new, said):
    assert [change.text for change in matter_changes(OLD, replace(OLD, **new))] == said


def test_differences_name_what_is_new_gone_and_changed():
    matters = dict(CATALOGUE.matters)
    gone = matters.pop("M001")
    matters["M012"] = replace(OLD, fee="12元")
    new = replace(
        CATALOGUE,
        matters=matters,
        guides={code: guide for code, guide in CATALOGUE.guides.items() if code != "M001"},
        asks={**CATALOGUE.asks, "M002": (Ask("怎么认证", "短句"),)},
        elsewhere={},
    )
    found = differences(CATALOGUE, new)
    assert [(one.kind, one.code) for one in found] == [
        ("gone", "M001"),
        ("changed", "M012"),
        ("gone", "guide M001"),
        ("changed", "asks M002"),
        ("changed", "elsewhere"),
    ]
    assert found[0].name == gone.name
    assert found[2].name == f"{gone.name}的指南"
    assert differences(new, CATALOGUE)[0] == Difference("new", "M001", gone.name)
    assert differences(CATALOGUE, CATALOGUE) == ()
