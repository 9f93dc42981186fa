"""What a matter, a bundle and a guide are, once read and found sound.

Values only: frozen, compared by content, built by `services_catalog.loading`. Texts are Chinese and meant for
people; codes (`group`, `channels` ...) are English and stable, with their Chinese words in `words.py`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from . import words
from .parts import Delegation, Limit, Material, Option, Result, Situation, WayChange, flat_of, without_empty
from .words import Channel, Confidence, Group, Level, MemberNeed

__all__ = [
    "Ask", "Bundle", "BundleMember", "Catalogue", "Delegation", "Guide", "GuideSection", "Limit", "Material", "Matter",
    "Option", "Result", "Situation", "WayChange", "fingerprint",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Matter:
    """One of the matters (事项). Field by field as in `README.md`; `revision` is the fingerprint of its content.

    `result` is None and a telephone empty where no source says anything: pages then send to the window.
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
    result: Result | None
    consult_phone: str
    complaint_phone: str
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
            "materials": [without_empty(flat_of(material), "condition") for material in self.materials],
            "steps": list(self.steps),
            "situations": [
                {
                    "id": situation.id,
                    "question": situation.question,
                    "multi": situation.multi,
                    "options": [option.plain() for option in situation.options],
                }
                for situation in self.situations
            ],
            "remarks": self.remarks,
            "confidence": self.confidence,
            "source": self.source,
            "verify_fields": list(self.verify_fields),
            "to_confirm": list(self.to_confirm),
            "result": without_empty(flat_of(self.result), "sample") if self.result else None,
            "consult_phone": self.consult_phone,
            "complaint_phone": self.complaint_phone,
        }
        return without_empty(plain, "to_confirm", "result", "consult_phone", "complaint_phone")


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


def _limit(limit: Limit | None) -> dict[str, Any] | None:
    return None if limit is None else flat_of(limit)
