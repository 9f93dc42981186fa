"""What a matter, a bundle and a guide are, once read and found sound.

Values only: frozen, compared by content, built by `services_catalog.loading`. Texts are Chinese and meant for
people; codes (`group`, `channels` ...) are English and stable, with their Chinese words in the tables below.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Group = Literal["parents", "children", "spouses"]
Level = Literal["community", "street", "district"]
Unit = Literal["working", "calendar", "immediate"]
Channel = Literal["online", "window", "tap", "errand", "guide"]
DelegationMode = Literal["yes", "limited", "no"]
Confidence = Literal["high", "medium", "low"]
MemberNeed = Literal["必办", "视情形", "可选"]

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
    "no": "必须本人办，不能请人代办",
}
CONFIDENCE_WORDS: Mapping[str, str] = {"high": "依据清楚", "medium": "各地规定不同", "low": "本地能否办理待核实"}
MATTER_TYPES = ("公共服务", "行政确认", "行政给付", "行政许可", "其他")
MEMBER_NEEDS = ("必办", "视情形", "可选")
FORM_SHARED = "部门共享核验，一般无需提交"  # the office can look it up itself
MATERIAL_FORMS = ("原件", "复印件", "原件和复印件", "电子证照可免交", "现场或线上填写", FORM_SHARED)
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
    "steps": "办理步骤",
    "channels": "办理方式",
    "handling_level": "在哪里办",
    "legal_basis": "办理依据",
    "remarks": "适用对象和金额",
    "tap": "能不能碰一碰",
}
_PLACES_BY_LEVEL = {"community": "社区", "street": "街道便民服务中心", "district": "区级办事窗口"}
_PLACES = {
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


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit: `days` counted in `unit`; zero days exactly when the unit is `immediate`."""

    days: int
    unit: Unit

    @property
    def words(self) -> str:
        """`15个工作日`, `30天`, `当场`."""
        return UNIT_WORDS[self.unit] if self.unit == "immediate" else f"{self.days}{UNIT_WORDS[self.unit]}"


@dataclass(frozen=True, slots=True)
class Delegation:
    """Whether somebody else may do it. `yes` = anyone with a written mandate; `limited` = papers may be carried,
    a face check, signature or choice stays with the person; `no` = in person only. `note` says why."""

    mode: DelegationMode
    note: str

    @property
    def words(self) -> str:
        return DELEGATION_WORDS[self.mode]


@dataclass(frozen=True, slots=True)
class Material:
    """One paper. A required one is always needed; another only under its `condition` (empty for required ones)."""

    name: str
    required: bool
    form: str
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer and what it does: names of materials it adds, a note, another matter to go to instead."""

    answer: str
    add: tuple[str, ...] = ()
    note: str = ""
    redirect: str | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """A question that cuts the list of materials. `multi`: several answers may hold. 我不清楚 is always allowed."""

    id: str
    question: str
    multi: bool
    options: tuple[Option, ...]

    def option(self, answer: str) -> Option | None:
        """The option with this answer, word for word."""
        return next((option for option in self.options if option.answer == answer), None)


@dataclass(frozen=True, slots=True)
class Matter:
    """One of the matters (事项). Field by field as in `README.md`; `revision` is the fingerprint of its content."""

    code: str
    name: str
    colloquial: tuple[str, ...]
    group: Group
    also_groups: tuple[Group, ...]
    life_event: str
    authority: str
    handling_level: Level
    matter_type: str
    legal_basis: str
    statutory_limit: Limit | None
    promised_limit: Limit
    fee: str
    visits: int
    channels: tuple[Channel, ...]
    delegation: Delegation
    tap: bool
    has_guide: bool
    materials: tuple[Material, ...]
    steps: tuple[str, ...]
    situations: tuple[Situation, ...]
    remarks: str
    confidence: Confidence
    source: str
    verify_fields: tuple[str, ...]
    revision: str

    @property
    def groups(self) -> tuple[Group, ...]:
        """The primary group first, then the others it serves."""
        return (self.group, *self.also_groups)

    @property
    def place(self) -> str:
        """Where its window is believed to be, in words; the address itself is not known to the catalogue."""
        return _PLACES.get((self.handling_level, self.authority), _PLACES_BY_LEVEL[self.handling_level])

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """Fields the local authority has yet to confirm. The promised time and the number of trips are always
        among them: no local guide was at hand when the catalogue was written."""
        return tuple(
            field for field in VERIFY_WORDS if field in self.verify_fields or field in ("promised_limit", "visits")
        )

    @property
    def unconfirmed_words(self) -> str:
        """The same in words: `办理时限、要跑几趟、费用`."""
        return "、".join(VERIFY_WORDS[field] for field in self.unconfirmed)

    @property
    def unconfirmed_note(self) -> str:
        """The sentence shown on every screen with this matter's facts."""
        head = {
            "high": "以下内容整理自公开资料。",
            "medium": "以下内容整理自公开资料，各地规定不同，适用对象和材料可能有出入。",
            "low": "这件事在本区能不能办还没有核实，请先问清楚，再准备材料。",
        }[self.confidence]
        return f"{head}{self.unconfirmed_words}以{LOCAL_AUTHORITY}答复为准。"

    def plain(self) -> dict[str, Any]:
        """The matter as plain data, key for key what its YAML file holds; `loading.build` accepts it again."""
        return {
            "code": self.code,
            "name": self.name,
            "colloquial": list(self.colloquial),
            "group": self.group,
            "also_groups": list(self.also_groups),
            "life_event": self.life_event,
            "authority": self.authority,
            "handling_level": self.handling_level,
            "matter_type": self.matter_type,
            "legal_basis": self.legal_basis,
            "statutory_limit": _limit(self.statutory_limit),
            "promised_limit": _limit(self.promised_limit),
            "fee": self.fee,
            "visits": self.visits,
            "channels": list(self.channels),
            "delegation": {"mode": self.delegation.mode, "note": self.delegation.note},
            "tap": self.tap,
            "has_guide": self.has_guide,
            "materials": [_without_empty(_flat(material), "condition") for material in self.materials],
            "steps": list(self.steps),
            "situations": [
                {
                    "id": situation.id,
                    "question": situation.question,
                    "multi": situation.multi,
                    "options": [
                        _without_empty(_flat(option), "add", "note", "redirect") for option in situation.options
                    ],
                }
                for situation in self.situations
            ],
            "remarks": self.remarks,
            "confidence": self.confidence,
            "source": self.source,
            "verify_fields": list(self.verify_fields),
        }


@dataclass(frozen=True, slots=True)
class BundleMember:
    """One matter inside a bundle. `depends_on` must be finished first; after `suggested_after` it goes better."""

    code: str
    need: MemberNeed
    depends_on: tuple[str, ...]
    suggested_after: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """一件事: matters that one event in life brings together, in a sensible order."""

    id: str
    name: str
    life_event: str
    group: Group
    trigger: str
    note: str
    members: tuple[BundleMember, ...]


@dataclass(frozen=True, slots=True)
class GuideSection:
    """A `## title` of a guide and the Markdown beneath it."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide of one matter in Markdown. `matter_revision` is the matter's fingerprint it was checked against."""

    code: str
    matter_revision: str
    source: str
    body: str
    sections: tuple[GuideSection, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything, keyed and ordered by code. `revision` is the fingerprint of the whole."""

    matters: Mapping[str, Matter]
    bundles: Mapping[str, Bundle]
    guides: Mapping[str, Guide]
    revision: str

    def bundles_with(self, code: str) -> tuple[Bundle, ...]:
        """The bundles that hold the matter `code`."""
        return tuple(
            bundle for bundle in self.bundles.values() if any(member.code == code for member in bundle.members)
        )


def fingerprint(content: Any) -> str:
    """First 12 hex digits of the SHA-256 of plain data in canonical JSON. Same content, same fingerprint."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _flat(value: Any) -> dict[str, Any]:
    """A flat value as plain data; tuples become lists."""
    pairs: Iterable[tuple[str, Any]] = ((name, getattr(value, name)) for name in value.__dataclass_fields__)
    return {name: list(item) if isinstance(item, tuple) else item for name, item in pairs}


def _limit(limit: Limit | None) -> dict[str, Any] | None:
    return None if limit is None else _flat(limit)


def _without_empty(plain: dict[str, Any], *optional: str) -> dict[str, Any]:
    return {key: value for key, value in plain.items() if value or key not in optional}
