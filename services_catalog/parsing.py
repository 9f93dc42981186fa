"""Plain data of one matter, bundle or guide → its value, with a finding for everything that does not fit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import words
from .handling import NO_ERRAND
from .model import (
    Ask,
    Bundle,
    BundleMember,
    Delegation,
    Guide,
    GuideSection,
    Limit,
    Material,
    Matter,
    Option,
    Result,
    Situation,
    WayChange,
    fingerprint,
)
from .reading import Finding, Node, parse_yaml
from .words import Channel, DelegationMode

MATTER_KEYS = (
    "code", "name", "colloquial", "group", "also_groups", "life_event", "authority", "handling_level", "matter_type",
    "legal_basis", "statutory_limit", "promised_limit", "fee", "visits", "channels", "delegation", "tap", "has_guide",
    "materials", "steps", "situations", "remarks", "confidence", "source", "verify_fields",
)  # fmt: skip
MATTER_MAY_HAVE = ("to_confirm", "result", "consult_phone", "complaint_phone")
MAY_BE_OPENED: tuple[Channel, ...] = ("online", "window", "errand")  # tap and guide are facts of the matter
BUNDLE_KEYS = ("id", "name", "life_event", "group", "trigger", "note", "members")
MEMBER_KEYS = ("code", "need", "depends_on", "suggested_after", "reason")
GUIDE_KEYS = ("matter", "matter_revision", "source")

_CODE = re.compile(r"M\d{3}")
_FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n+(.*)", re.DOTALL)


def parse_matter(node: Node) -> Matter | None:
    """The matter in `node`; None when keys are missing. References to other matters are not looked at here."""
    if not node.fields(MATTER_KEYS, MATTER_MAY_HAVE):
        return None
    code = node.at("code").text()
    if not _CODE.fullmatch(code):
        node.at("code").note("编号应当是 M 加三位数字，例如 M001")
    if node.file.rsplit("/", 1)[-1] != f"{code}.yaml":
        node.at("code").note(f"编号和文件名不一致，文件应当叫 {code}.yaml")
    group = node.at("group").choice(tuple(words.GROUP_WORDS))
    also_groups = node.at("also_groups").choices(tuple(words.GROUP_WORDS))
    if group in also_groups:
        node.at("also_groups").note("主要人群不用再写一遍")
    channels = node.at("channels").choices(tuple(words.CHANNEL_WORDS), least=1)
    delegation = _delegation(node.at("delegation"))
    tap, has_guide = node.at("tap").truth(), node.at("has_guide").truth()
    if tap != ("tap" in channels):
        node.at("tap").note("“tap: true”和办理方式里的“tap”要么都有，要么都没有")
    if has_guide != ("guide" in channels):
        node.at("has_guide").note("“has_guide: true”和办理方式里的“guide”要么都有，要么都没有")
    if "errand" in channels and delegation.mode in NO_ERRAND:
        node.at("channels").note("必须本人办、只能村（居）委会代办的事项不能有代办（errand）")
    statutory = node.at("statutory_limit")
    materials = tuple(_material(item) for item in node.at("materials").items(least=1))
    node.at("materials").all_different([material.name for material in materials])
    facts: dict[str, Any] = {
        "code": code,
        "name": node.at("name").text(),
        "colloquial": node.at("colloquial").texts(least=1),
        "group": group,
        "also_groups": also_groups,
        "life_event": node.at("life_event").choice(words.LIFE_EVENTS),
        "authority": node.at("authority").text(),
        "handling_level": node.at("handling_level").choice(tuple(words.LEVEL_WORDS)),
        "matter_type": node.at("matter_type").choice(words.MATTER_TYPES),
        "legal_basis": node.at("legal_basis").text(),
        "statutory_limit": None if statutory.value is None else _limit(statutory),
        "promised_limit": _limit(node.at("promised_limit")),
        "fee": node.at("fee").text(),
        "visits": node.at("visits").whole(),
        "channels": channels,
        "delegation": delegation,
        "tap": tap,
        "has_guide": has_guide,
        "materials": materials,
        "steps": node.at("steps").texts(least=1),
        "situations": tuple(
            _situation(item, f"{code}-Q{number}", {material.name for material in materials}, channels, delegation.mode)
            for number, item in enumerate(node.at("situations").items(), start=1)
        ),
        "remarks": node.at("remarks").text(empty=True),
        "confidence": node.at("confidence").choice(tuple(words.CONFIDENCE_WORDS)),
        "source": node.at("source").text(),
        "verify_fields": node.at("verify_fields").choices(tuple(words.VERIFY_WORDS)),
        "to_confirm": node.at("to_confirm").texts(least=1) if "to_confirm" in node.value else (),
        "result": _result(node.at("result")) if "result" in node.value else None,
        "consult_phone": node.at("consult_phone").text() if "consult_phone" in node.value else "",
        "complaint_phone": node.at("complaint_phone").text() if "complaint_phone" in node.value else "",
    }
    matter = Matter(**facts, revision="")
    return replace(matter, revision=fingerprint(matter.plain()))


def _limit(node: Node) -> Limit:
    if not node.fields(("days", "unit")):
        return Limit(0, "immediate")
    limit = Limit(node.at("days").whole(), node.at("unit").choice(tuple(words.UNIT_WORDS)))
    if (limit.days == 0) != (limit.unit == "immediate"):
        node.note("当场办好的写 days: 0、unit: immediate；其他的天数要大于0")
    return limit


def _delegation(node: Node) -> Delegation:
    if not node.fields(("mode", "note")):
        return Delegation("limited", "")
    return Delegation(node.at("mode").choice(tuple(words.DELEGATION_WORDS)), node.at("note").text())


def _result(node: Node) -> Result | None:
    if not node.fields(("name", "kind", "given"), ("sample",)):
        return None
    return Result(
        name=node.at("name").text(),
        kind=node.at("kind").choice(words.RESULT_KINDS),
        given=node.at("given").text(),
        sample=node.at("sample").text() if "sample" in node.value else "",
    )


def _material(node: Node) -> Material:
    if not node.fields(("name", "required", "form", "origin", "authority_has"), ("condition",)):
        return Material("", True, "", "", "no")
    required = node.at("required").truth()
    condition = node.at("condition").text() if "condition" in node.value else ""
    if required and "condition" in node.value:
        node.at("condition").note("一定要带的材料不写条件")
    if not required and "condition" not in node.value:
        node.note("不一定要带的材料，请写明什么时候要（condition）")
    return Material(
        name=node.at("name").text(),
        required=required,
        form=node.at("form").choice(words.MATERIAL_FORMS),
        origin=node.at("origin").text(),
        authority_has=node.at("authority_has").choice(tuple(words.AUTHORITY_HAS_WORDS)),
        condition=condition,
    )


def _situation(
    node: Node, wanted_id: str, materials: set[str], channels: Sequence[Channel], mode: DelegationMode
) -> Situation:
    if not node.fields(("id", "question", "multi", "options")):
        return Situation("", "", False, ())
    if node.at("id").text() != wanted_id:
        node.at("id").note(f"这里的问题编号应当是 {wanted_id}")
    options = tuple(_option(item, materials, channels, mode) for item in node.at("options").items(least=2))
    node.at("options").all_different([option.answer for option in options])
    return Situation(wanted_id, node.at("question").text(), node.at("multi").truth(), options)


def _option(node: Node, materials: set[str], channels: Sequence[Channel], mode: DelegationMode) -> Option:
    if not node.fields(("answer",), ("add", "note", "redirect", "ways")):
        return Option("")
    answer = node.at("answer").text()
    if answer == words.UNCLEAR:
        node.at("answer").note(f"“{words.UNCLEAR}”总是可以选，不用写在这里")
    add = node.at("add").texts(least=1) if "add" in node.value else ()
    for name in add:
        if name not in materials:
            node.at("add").note(f"材料清单里没有“{name}”")
    note = node.at("note").text() if "note" in node.value else ""
    redirect = node.at("redirect").text() if "redirect" in node.value else None
    ways = _way_change(node.at("ways"), channels, mode) if "ways" in node.value else None
    return Option(answer, add, note, redirect, ways)


def _way_change(node: Node, channels: Sequence[Channel], mode: DelegationMode) -> WayChange | None:
    """What an answer changes. Each change has to change something: a way that is not there cannot be closed."""
    changes = ("closes", "opens", "delegation", "visits", "place")
    if not node.fields(("why", "basis"), changes):
        return None
    if not set(changes) & set(node.value):
        node.note("没有写改了什么，至少要有一项：" + "、".join(changes))
    closes = node.at("closes").choices(channels, least=1) if "closes" in node.value else ()
    others = [channel for channel in MAY_BE_OPENED if channel not in channels]
    opens = node.at("opens").choices(others or MAY_BE_OPENED, least=1) if "opens" in node.value else ()
    changed = node.at("delegation").choice(tuple(words.DELEGATION_WORDS)) if "delegation" in node.value else None
    if changed == mode:
        node.at("delegation").note("和事项的代办方式一样，不用再写")
    if "errand" in opens and (changed or mode) in NO_ERRAND:
        node.at("opens").note("必须本人办、只能村（居）委会代办的，不能再开代办（errand）")
    return WayChange(
        why=node.at("why").text().rstrip("。"),
        basis=node.at("basis").text(),
        closes=closes,
        opens=opens,
        delegation=changed,
        visits=node.at("visits").whole() if "visits" in node.value else None,
        place=node.at("place").text() if "place" in node.value else "",
    )


def parse_bundle(node: Node, known: Mapping[str, Matter]) -> Bundle | None:
    """The bundle in `node`, its members checked against the `known` matters; None when keys are missing."""
    if not node.fields(BUNDLE_KEYS):
        return None
    if not re.fullmatch(r"B\d{2}", node.at("id").text()):
        node.at("id").note("编号应当是 B 加两位数字，例如 B01")
    members: list[BundleMember] = []
    for item in node.at("members").items(least=2):
        member = _member(item, known, [earlier.code for earlier in members])
        if member:
            members.append(member)
    return Bundle(
        id=node.at("id").value,
        name=node.at("name").text(),
        life_event=node.at("life_event").choice(words.LIFE_EVENTS),
        group=node.at("group").choice(tuple(words.GROUP_WORDS)),
        trigger=node.at("trigger").text(),
        note=node.at("note").text(empty=True),
        members=tuple(members),
    )


def _member(node: Node, known: Mapping[str, Matter], earlier: list[str]) -> BundleMember | None:
    if not node.fields(MEMBER_KEYS):
        return None
    code = node.at("code").text()
    if code not in known:
        node.at("code").note(f"没有编号为 {code} 的事项")
    if code in earlier:
        node.at("code").note(f"{code} 在这件事里出现了不止一次")
    depends_on, after = node.at("depends_on").texts(), node.at("suggested_after").texts()
    for key, codes in (("depends_on", depends_on), ("suggested_after", after)):
        for before in codes:
            if before not in earlier:
                node.at(key).note(f"{before} 应当排在 {code} 前面")
    for both in sorted(set(depends_on) & set(after)):
        node.at("suggested_after").note(f"{both} 已经写在 depends_on 里")
    return BundleMember(code, node.at("need").choice(words.MEMBER_NEEDS), depends_on, after, node.at("reason").text())


def parse_guide(text: str, file: str, findings: list[Finding]) -> Guide | None:
    """The guide in Markdown `text` with its front matter; None when the front matter is missing or unreadable."""
    parts = _FRONT_MATTER.fullmatch(text)
    if not parts:
        findings.append(Finding(file, "", "指南开头应当有两行“---”夹着的说明"))
        return None
    before = len(findings)
    head = parse_yaml(parts[1], file, findings)
    if len(findings) > before:
        return None
    node = Node(head, file, findings)
    if not node.fields(GUIDE_KEYS):
        return None
    code = node.at("matter").text()
    if file.rsplit("/", 1)[-1] != f"{code}.md":
        node.at("matter").note(f"编号和文件名不一致，文件应当叫 {code}.md")
    titles = re.split(r"^## (.+)\n", parts[2], flags=re.MULTILINE)[1:]
    sections = tuple(
        GuideSection(title.strip(), body.strip()) for title, body in zip(titles[::2], titles[1::2], strict=True)
    )
    if not sections:
        findings.append(Finding(file, "", "指南里没有小标题（以“## ”开头的一行）"))
    return Guide(code, node.at("matter_revision").text(), node.at("source").text(), parts[2].strip() + "\n", sections)


def parse_elsewhere(text: str, file: str, findings: list[Finding]) -> dict[str, tuple[str, ...]]:
    """What people ask that no matter is about: one a line, under headings (`# 天气`) that give the topic."""
    topics: dict[str, list[str]] = {}
    said: list[str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        words_of_line = line.strip()
        if words_of_line.startswith("#"):
            said = topics.setdefault(words_of_line.removeprefix("#").strip(), [])
        elif words_of_line and said is None:
            findings.append(Finding(file, "", f"第{number}行前面要先有小标题，例如“# 天气”"))
        elif words_of_line and said is not None:
            said.append(words_of_line)
    return {topic: tuple(asks) for topic, asks in topics.items()}


def parse_asks(text: str, file: str, findings: list[Finding]) -> tuple[Ask, ...]:
    """The asks in `text`: one a line, under headings (`# 短句`) that give their kind; empty lines do not count."""
    kind, found = "", []
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.strip()
        if said.startswith("#"):
            kind = said.removeprefix("#").strip()
            if kind not in words.ASK_KINDS:
                headings = "、".join(f"# {one}" for one in words.ASK_KINDS)
                findings.append(Finding(file, "", f"第{number}行的小标题只能是：{headings}"))
        elif said and not kind:
            findings.append(Finding(file, "", f"第{number}行前面要先有小标题，例如“# {words.ASK_KINDS[0]}”"))
        elif said:
            found.append(Ask(said, kind))
    return tuple(found)
