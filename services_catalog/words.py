"""The closed lists of words of the catalogue: English codes that stay, and how each is said in Chinese on a screen."""

from collections.abc import Mapping
from typing import Literal

Group = Literal["parents", "children", "spouses"]
Level = Literal["community", "street", "district"]
Unit = Literal["working", "calendar", "immediate"]
Channel = Literal["online", "window", "tap", "errand", "guide"]
DelegationMode = Literal["yes", "limited", "committee", "no"]
Confidence = Literal["high", "medium", "low"]
MemberNeed = Literal["必办", "视情形", "可选"]
AuthorityHas = Literal["shared", "licence", "no"]

GROUP_WORDS: Mapping[str, str] = {"parents": "父母", "children": "子女", "spouses": "夫妻"}
LEVEL_WORDS: Mapping[str, str] = {"community": "社区", "street": "街道", "district": "区"}
UNIT_WORDS: Mapping[str, str] = {"working": "个工作日", "calendar": "天", "immediate": "当场"}
CHANNEL_WORDS: Mapping[str, str] = {
    "online": "网上办",
    "window": "窗口办",
    "tap": "碰一碰",
    "errand": "管家代办",
    "guide": "线上导办",
}
DELEGATION_WORDS: Mapping[str, str] = {
    "yes": "可以写委托书，请别人代办",
    "limited": "材料可以请人代送，有的环节要您本人",
    "committee": "申请有困难的，可以请村（居）委会代办，管家不能代办",
    "no": "必须本人办，不能请人代办",
}
CONFIDENCE_WORDS: Mapping[str, str] = {"high": "依据清楚", "medium": "各地规定不同", "low": "本地能否办理待核实"}
MATTER_TYPES = ("公共服务", "行政确认", "行政给付", "行政许可", "其他")
MEMBER_NEEDS = ("必办", "视情形", "可选")
MATERIAL_FORMS = ("原件", "复印件", "原件和复印件", "现场或线上填写", "本人到场完成")
# Whether the authority has it already: looked up by data sharing, shown as an electronic licence, or not at all.
AUTHORITY_HAS_WORDS: Mapping[str, str] = {
    "shared": "窗口一般自己能查到，不用带；查不到时再补",
    "licence": "手机里有电子证照的，出示就行，不用带纸质的",
    "no": "主管部门那里没有，要您准备",
}
# How a paper is presented, in one word for lists: its form, unless the authority has it anyway.
PRESENTED_LICENCE = "电子证照可免交"
PRESENTED_SHARED = "部门共享核验，一般无需提交"
PRESENTATIONS = (*MATERIAL_FORMS, PRESENTED_LICENCE, PRESENTED_SHARED)
# How a matter ends: with a certificate, a document, an approval, or without a paper of its own.
RESULT_KINDS = ("出证办结", "出文办结", "审批办结", "其他")
ASK_KINDS = ("短句", "错字", "拼音", "故事")
LIFE_EVENTS = (
    "出生", "生育", "入学", "就业", "婚姻", "住房", "户籍", "出入境", "社保", "医保",
    "税务", "车驾", "文体", "优抚", "法律", "救助", "残疾", "养老", "退休", "身后",
)  # fmt: skip
# What a local authority may still have to confirm, and how we call it on a screen.
VERIFY_WORDS: Mapping[str, str] = {
    "promised_limit": "办理时限",
    "visits": "要跑几趟",
    "fee": "费用",
    "statutory_limit": "法定时限",
    "materials": "要带的材料",
    "material_forms": "材料带原件还是复印件",
    "steps": "办理步骤",
    "channels": "办理方式",
    "handling_level": "在哪里办",
    "legal_basis": "办理依据",
    "remarks": "适用对象和金额",
    "tap": "能不能碰一碰",
}
PLACES_BY_LEVEL = {"community": "社区", "street": "街道便民服务中心", "district": "区级办事窗口"}
PLACES = {
    ("community", "卫健"): "社区卫生服务中心（站）或承办机构",
    ("community", "民政（街道养老服务中心）"): "社区或街道养老服务中心",
    ("community", "文旅"): "图书馆",
    ("community", "税务"): "办税窗口或自助机",
    ("street", "公安"): "派出所",
    ("street", "退役军人"): "街道退役军人服务站",
    ("district", "公安（出入境）"): "出入境办证窗口",
    ("district", "公安（交警）"): "交警（车管）窗口",
    ("district", "教育"): "学校或区教育局",
    ("district", "教育（学校）"): "学校",
    ("district", "卫健"): "医院或妇幼保健机构",
    ("district", "民政"): "民政办事窗口",
    ("district", "公积金"): "公积金窗口",
    ("district", "税务"): "办税窗口",
    ("district", "司法（公证机构）"): "公证处",
    ("district", "规划资源（不动产登记）"): "不动产登记窗口",
    ("district", "规划资源（不动产登记）/税务"): "不动产登记窗口",
}
LOCAL_AUTHORITY = "西湖区主管部门"
UNCLEAR = "我不清楚"
