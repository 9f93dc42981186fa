"""Read the catalogue and refuse anything doubtful.

`load` reads files, `build` takes plain data (from a database, from an import). Both return a `Catalogue` or raise one
`CatalogueInvalid` with all findings. What is merely unwise rather than wrong is the business of `lint`.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any

from .model import Ask, Bundle, Catalogue, Guide, Matter, fingerprint
from .parsing import parse_asks, parse_bundle, parse_elsewhere, parse_guide, parse_matter
from .reading import CatalogueInvalid, Finding, Node, parse_yaml

MATTERS = 110
GUIDES = 65
TAPS_AT_LEAST = 20
BUNDLES = 12
ELSEWHERE = "asks/elsewhere.txt"

_QUOTED_NAME = re.compile(r"「([^「」]*)」")


def load(root: Path | None = None) -> Catalogue:
    """The catalogue in the folder `root` (default: the one shipped with this package).

    Raises CatalogueInvalid with every finding in every file.
    """
    return build(**read(root))


def read(root: Path | None = None) -> dict[str, Any]:
    """The plain data in the folder `root`, as `build` takes it and a database keeps it.

    Raises CatalogueInvalid when a file cannot be read at all.
    """
    root = root or Path(__file__).parent
    findings: list[Finding] = []
    texts = {path.relative_to(root).as_posix(): _text(path, root, findings) for path in _files(root)}
    matters = {file: parse_yaml(text, file, findings) for file, text in texts.items() if file.startswith("matters/")}
    guides = {file: text for file, text in texts.items() if file.startswith("guides/")}
    if "bundles.yaml" not in texts:
        findings.append(Finding("bundles.yaml", "", "找不到这个文件"))
    asks = {file: text for file, text in texts.items() if file.startswith("asks/")}
    bundles = parse_yaml(texts.get("bundles.yaml", "[]"), "bundles.yaml", findings)
    if findings:
        raise CatalogueInvalid(findings)
    return {"matters": matters, "bundles": bundles, "guides": guides, "asks": asks}


def build(
    matters: Mapping[str, Any], bundles: Any, guides: Mapping[str, str], asks: Mapping[str, str] = MappingProxyType({})
) -> Catalogue:
    """The catalogue out of plain data: `matters` by file name (`matters/M001.yaml`), the list of `bundles`, the
    Markdown of the `guides` and the lines of the `asks` by file name (`guides/M001.md`, `asks/M001.txt`).

    Raises CatalogueInvalid with every finding."""
    findings: list[Finding] = []
    read = [parse_matter(Node(data, file, findings)) for file, data in sorted(matters.items())]
    known = {matter.code: matter for matter in read if matter}
    files = {matter.code: file for matter, file in zip(read, sorted(matters), strict=True) if matter}
    bundle_list = [parse_bundle(node, known) for node in Node(bundles, "bundles.yaml", findings).items()]
    guide_by_file = {file: parse_guide(text, file, findings) for file, text in sorted(guides.items())}
    for matter in known.values():
        _check_links(matter, known, Node(matter.plain(), files[matter.code], findings))
        if matter.has_guide and f"guides/{matter.code}.md" not in guides:
            findings.append(Finding(files[matter.code], "/has_guide", f"没有指南文件 guides/{matter.code}.md"))
    for file, guide in guide_by_file.items():
        if guide and guide.code not in known:
            findings.append(Finding(file, "/matter", "没有这个编号的事项"))
        elif guide and not known[guide.code].has_guide:
            findings.append(Finding(file, "/matter", "这个事项写明没有指南（has_guide: false）"))
    elsewhere = parse_elsewhere(asks.get(ELSEWHERE, ""), ELSEWHERE, findings)
    ask_by_file = {file: parse_asks(text, file, findings) for file, text in sorted(asks.items()) if file != ELSEWHERE}
    for file in ask_by_file:
        if PurePath(file).stem not in known:
            findings.append(Finding(file, "", "没有这个编号的事项"))
    names = {matter.name for matter in known.values()}
    _check_unique(known, files, bundle_list, findings)
    for file, data in [*matters.items(), ("bundles.yaml", bundles), *guides.items()]:
        _check_quoted_names(Node(data, file, findings), names)
    if findings:
        raise CatalogueInvalid(findings)
    return _catalogue(
        known,
        [bundle for bundle in bundle_list if bundle],
        [guide for guide in guide_by_file.values() if guide],
        {PurePath(file).stem: said for file, said in ask_by_file.items()},
        elsewhere,
    )


def read_matter(plain: Mapping[str, Any]) -> Matter:
    """One matter out of plain data on its own; what it says about others is not looked at.

    Raises CatalogueInvalid, for example for a version from before a field was added.
    """
    findings: list[Finding] = []
    matter = parse_matter(Node(plain, f"matters/{plain.get('code')}.yaml", findings))
    if matter is None or findings:
        raise CatalogueInvalid(findings)
    return matter


def check_counts(catalogue: Catalogue) -> None:
    """The promise of the shipped catalogue: 110 matters, 65 guides, at least 20 one-tap matters, 12 bundles.

    Raises CatalogueInvalid. Not part of `load`: a district may keep another number.
    """
    taps = sum(matter.tap for matter in catalogue.matters.values())
    findings = [
        Finding(place, "", f"应当有{wanted}，现在有{have}个")
        for place, wanted, have, right in (
            ("matters", f"{MATTERS}个事项", len(catalogue.matters), len(catalogue.matters) == MATTERS),
            ("guides", f"{GUIDES}份指南", len(catalogue.guides), len(catalogue.guides) == GUIDES),
            ("matters", f"至少{TAPS_AT_LEAST}个碰一碰事项", taps, taps >= TAPS_AT_LEAST),
            ("bundles.yaml", f"{BUNDLES}个一件事", len(catalogue.bundles), len(catalogue.bundles) == BUNDLES),
        )
        if not right
    ]
    if findings:
        raise CatalogueInvalid(findings)


def _files(root: Path) -> list[Path]:
    kinds = ("matters/*.yaml", "guides/*.md", "asks/*.txt", "bundles.yaml")
    return sorted(path for kind in kinds for path in root.glob(kind))


def _text(path: Path, root: Path, findings: list[Finding]) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        findings.append(Finding(path.relative_to(root).as_posix(), "", "不是UTF-8文本，请另存为UTF-8"))
        return ""


def _check_links(matter: Matter, known: Mapping[str, Matter], node: Node) -> None:
    for number, situation in enumerate(matter.situations):
        for position, option in enumerate(situation.options):
            if option.redirect is not None and (option.redirect not in known or option.redirect == matter.code):
                place = node.at("situations").at(number).at("options").at(position).at("redirect")
                place.note(f"“{option.redirect}”不是另一个事项的编号")


def _check_unique(
    known: Mapping[str, Matter], files: Mapping[str, str], bundles: list[Bundle | None], findings: list[Finding]
) -> None:
    names: dict[str, str] = {}
    for matter in known.values():
        if matter.name in names:
            findings.append(Finding(files[matter.code], "/name", f"名称和 {names[matter.name]} 相同"))
        names[matter.name] = matter.code
    ids = [bundle.id for bundle in bundles if bundle]
    for repeated in sorted({item for item in ids if ids.count(item) > 1}):
        findings.append(Finding("bundles.yaml", "", f"编号 {repeated} 用了不止一次"))


def _check_quoted_names(node: Node, names: set[str]) -> None:
    """「…」 is how one text points at another matter: it must be that matter's name to the letter."""
    if isinstance(node.value, str):
        for name in _QUOTED_NAME.findall(node.value):
            if name not in names:
                node.note(f"「{name}」不是目录里的事项名称；「」只用来指另一个事项")
    elif isinstance(node.value, list):
        for position in range(len(node.value)):
            _check_quoted_names(node.at(position), names)
    elif isinstance(node.value, dict):
        for key in node.value:
            _check_quoted_names(node.at(key), names)


def _catalogue(
    known: Mapping[str, Matter],
    bundles: list[Bundle],
    guides: list[Guide],
    asks: Mapping[str, tuple[Ask, ...]],
    elsewhere: Mapping[str, tuple[str, ...]],
) -> Catalogue:
    content = [
        [matter.revision for matter in known.values()],
        [asdict(bundle) for bundle in bundles],
        [[guide.code, guide.matter_revision, guide.source, guide.body] for guide in guides],
        [[code, [[ask.text, ask.kind] for ask in said]] for code, said in asks.items()],
        [[topic, list(said)] for topic, said in elsewhere.items()],
    ]
    return Catalogue(
        matters=MappingProxyType(dict(sorted(known.items()))),
        bundles=MappingProxyType({bundle.id: bundle for bundle in bundles}),
        guides=MappingProxyType({guide.code: guide for guide in guides}),
        revision=fingerprint(content),
        asks=MappingProxyType(dict(asks)),
        elsewhere=MappingProxyType(dict(elsewhere)),
    )
