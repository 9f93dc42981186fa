"""What a matter, a bundle and a guide are, once read and found sound.

Values only: frozen, compared by content, built by `services_catalog.loading`. Texts are Chinese and meant for
people; codes (`group`, `channels` ...) are English and stable, with their Chinese words in `words.py`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from . import words
from .words import AuthorityHas, Channel, Confidence, DelegationMode, Group, Level, MemberNeed, Unit


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit: `days` counted in `unit`; zero days exactly when the unit is `immediate`."""

    days: int
    unit: Unit

    @property
    def words(self) -> str:
        """`15个工作日`, `30天`, `当场`."""
        return words.UNIT_WORDS[self.unit] if self.unit == "immediate" else f"{self.days}{words.UNIT_WORDS[self.unit]}"


@dataclass(frozen=True, slots=True)
class Delegation:
    """Whether somebody else may do it. `yes` = anyone with a written mandate; `limited` = papers may be carried,
    a face check, signature or choice stays with the person; `no` = in person only. `note` says why."""

    mode: DelegationMode
    note: str

    @property
    def words(self) -> str:
        return words.DELEGATION_WORDS[self.mode]


@dataclass(frozen=True, slots=True)
class Material:
    """One paper. A required one is always needed; another only under its `condition` (empty for required ones).

    `form` is one of `MATERIAL_FORMS`; `origin` says in plain words who issues it or where it comes from;
    `authority_has` whether the authority can do without it (`AUTHORITY_HAS_WORDS`)."""

    name: str
    required: bool
    form: str
    origin: str
    authority_has: AuthorityHas
    condition: str = ""

    @property
    def presented(self) -> str:
        """One of `PRESENTATIONS`."""
        return {"licence": words.PRESENTED_LICENCE, "shared": words.PRESENTED_SHARED}.get(self.authority_has, self.form)

    @property
    def bring_words(self) -> str:
        """What to do about it, in a few words for a list: `带原件`, `带原件；手机里有电子证照的，不用带纸质的`."""
        match self.authority_has, self.form:
            case "shared", _:
                return "一般不用带，窗口自己能查到"
            case "licence", _:
                return f"带{self.form}；手机里有电子证照的，不用带纸质的"
            case _, "现场或线上填写":
                return "现场填或网上填，不用提前准备"
            case _, "本人到场完成":
                return "要您本人到场"
        return f"带{self.form}"


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
    """One of the matters (事项). Field by field as in `README.md`; `revision` is the fingerprint of its content.

    `to_confirm` holds what no source decides, one question to the authority each, as residents read it."""

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
    to_confirm: tuple[str, ...]
    revision: str

    @property
    def groups(self) -> tuple[Group, ...]:
        """The primary group first, then the others it serves."""
        return (self.group, *self.also_groups)

    @property
    def place(self) -> str:
        """Where its window is believed to be, in words; the address itself is not known to the catalogue."""
        return words.PLACES.get((self.handling_level, self.authority), words.PLACES_BY_LEVEL[self.handling_level])

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """Fields the local authority has yet to confirm. The promised time and the number of trips are always
        among them: no local guide was at hand when the catalogue was written."""
        return tuple(
            field
            for field in words.VERIFY_WORDS
            if field in self.verify_fields or field in ("promised_limit", "visits")
        )

    @property
    def unconfirmed_words(self) -> str:
        """The same in words: `办理时限、要跑几趟、费用`."""
        return "、".join(words.VERIFY_WORDS[field] for field in self.unconfirmed)

    @property
    def unconfirmed_note(self) -> str:
        """The sentence shown on every screen with this matter's facts."""
        head = {
            "high": "以下内容整理自公开资料。",
            "medium": "以下内容整理自公开资料，各地规定不同，适用对象和材料可能有出入。",
            "low": "这件事在本区能不能办还没有核实，请先问清楚，再准备材料。",
        }[self.confidence]
        return f"{head}{self.unconfirmed_words}以{words.LOCAL_AUTHORITY}答复为准。"

    def plain(self) -> dict[str, Any]:
        """The matter as plain data, key for key what its YAML file holds; `loading.build` accepts it again."""
        plain = {
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
            "to_confirm": list(self.to_confirm),
        }
        return _without_empty(plain, "to_confirm")


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
class Ask:
    """One way in which people ask for a matter, for the search alone. `kind` is one of `ASK_KINDS`."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything, keyed and ordered by code. `revision` is the fingerprint of the whole. `asks` are no fact about a
    matter and leave its own revision alone. `elsewhere`: by topic, what people also ask and no matter is about."""

    matters: Mapping[str, Matter]
    bundles: Mapping[str, Bundle]
    guides: Mapping[str, Guide]
    revision: str
    asks: Mapping[str, tuple[Ask, ...]] = field(default_factory=lambda: MappingProxyType({}))
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

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
