"""Quality rules for matters and guides: what loads, but should not be published like this.

`python -m services_catalog.lint` prints what it finds and exits with 1 when there is anything. The rules follow the
inspection of guides on the provincial service site (numbers in brackets) and our own wording rules.
"""

import math
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .inspection import oddities
from .model import Catalogue, Guide, Limit, Material, Matter
from .walking import obstacles

ASKS_AT_LEAST = 24
ASK_LENGTH = (2, 120)  # characters
GUIDE_LENGTH = (600, 1200)  # characters of its text, headings and signs included
GUIDE_SECTIONS = (
    "这件事是什么",
    "开始之前准备",
    "一步一步",
    "容易卡住的地方",
    "管家能帮您做什么",
    "什么时候不行，以哪里为准",
)

_FREE = {"免费", "不收费"}
_PAYS = re.compile(r"(?:^|[，；])(?:缴费|支付|付款)(?!宝)")
_VAGUE = re.compile(r"(?:其他|有关|相关|等)(?:证明)?材料")
_PUNCTUATION = re.compile(r"\W+")
_CODE = re.compile(r"\b[MB]\d{2,3}\b", re.ASCII)
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]")
_FACTS = re.compile(r"(?<![\dA-Za-z])\d+(?:\.\d+)?|《[^《》\n]+》|第[一二三四五六七八九十百]+条")
_LIST_NUMBER = re.compile(r"^\d+\. ", re.MULTILINE)
_EVERYBODY_KNOWS = {"110", "119", "120"}  # police, fire, ambulance
_QUOTED_NAME = re.compile(r"「([^「」\n]+)」")
_BANNED = re.compile(r"你|亲[，！～]|非法(?!定)|参数错误|系统错误|接口|操作失败|T\+\d")


class Flaw(NamedTuple):
    """One thing to mend: the rule, the file, the place inside it (JSON pointer or empty), a Chinese sentence."""

    rule: str
    file: str
    pointer: str
    message: str


def lint(catalogue: Catalogue) -> list[Flaw]:
    """All flaws of the catalogue, in the order of its matters."""
    flaws = [flaw for matter in catalogue.matters.values() for flaw in lint_matter(matter)]
    for matter in catalogue.matters.values():
        flaws += [Flaw(one.rule, f"matters/{matter.code}.yaml", *one[1:]) for one in obstacles(matter, catalogue)]
    flaws += _shared_everyday_names(catalogue.matters.values())
    flaws += _materials_told_apart(catalogue.matters.values())
    flaws += _asks(catalogue)
    for bundle in catalogue.bundles.values():
        flaws += _wording("bundles.yaml", f"/{bundle.id}", [bundle.name, bundle.trigger, bundle.note])
        for member in bundle.members:
            flaws += _wording("bundles.yaml", f"/{bundle.id}/{member.code}", [member.reason])
    names = {matter.name for matter in catalogue.matters.values()}
    for guide in catalogue.guides.values():
        flaws += lint_guide(guide, catalogue.matters[guide.code])
        flaws += _names_of_matters(guide, names)
    return flaws


def lint_matter(matter: Matter) -> Iterator[Flaw]:
    """Flaws of one matter on its own."""
    file = f"matters/{matter.code}.yaml"
    plain = matter.plain()
    if matter.statutory_limit and _in_calendar_days(matter.promised_limit) > _in_calendar_days(matter.statutory_limit):
        yield Flaw(
            "promise-too-long",
            file,
            "/promised_limit",
            f"承诺时限{matter.promised_limit.words}比法定时限{matter.statutory_limit.words}还长",
        )
    if matter.visits == 0 and "online" not in matter.channels:
        yield Flaw("visits-without-way", file, "/visits", "一趟都不用跑，就要能网上办（9、10）")
    if matter.visits > 0 and not {"window", "tap", "errand"} & set(matter.channels):
        yield Flaw("visits-to-nowhere", file, "/visits", "要跑的，就要写明能去窗口办、碰一碰或请人代办（8）")
    if matter.fee in _FREE:
        for place, step in enumerate(matter.steps):
            if _PAYS.search(step):
                yield Flaw("free-but-pays", file, f"/steps/{place}", "写了不收费，步骤里却要缴费（20）")
    if matter.tap and "碰一碰" not in matter.steps[0]:
        yield Flaw("tap-not-explained", file, "/steps/0", "碰一碰事项的第一步应当写明碰一碰打开什么")
    for rule, pointer, message in oddities(matter):
        yield Flaw(rule, file, pointer, message)
    yield from _materials(matter, file)
    yield from _situations(matter, file)
    for pointer, text in _texts(plain):
        if pointer not in ("/code", "/source") and not pointer.endswith(("/id", "/redirect")):
            yield from _wording(file, pointer, [text])


def lint_guide(guide: Guide, matter: Matter) -> Iterator[Flaw]:
    """Flaws of a guide, held against its matter."""
    file = f"guides/{guide.code}.md"
    if tuple(section.title for section in guide.sections) != GUIDE_SECTIONS:
        yield Flaw("guide-sections", file, "", f"小标题应当依次是：{'、'.join(GUIDE_SECTIONS)}")
    if guide.matter_revision != matter.revision:
        yield Flaw(
            "guide-out-of-date",
            file,
            "/matter_revision",
            f"事项改过了，指南还没有跟着核对；核对后把 matter_revision 改成 {matter.revision}",
        )
    if not guide.body.startswith(f"# {matter.name}\n"):
        yield Flaw("guide-title", file, "", f"指南的大标题应当是“# {matter.name}”")
    if not GUIDE_LENGTH[0] <= len(guide.body) <= GUIDE_LENGTH[1]:
        yield Flaw("guide-length", file, "", f"指南有{len(guide.body)}个字，应当是600到1200个字")
    last = guide.body.rstrip().rsplit("\n\n", 1)[-1]
    if matter.unconfirmed_words not in last:
        yield Flaw("guide-unconfirmed", file, "", f"最后一段要写明还要确认的有：{matter.unconfirmed_words}")
    yield from _invented(guide, matter, file)
    yield from _wording(file, "", guide.body.splitlines())


def _invented(guide: Guide, matter: Matter, file: str) -> Iterator[Flaw]:
    """Numbers, laws and articles a guide names although its matter does not: nobody has checked those.

    The names of other matters are left out; `_names_of_matters` checks them.
    """
    limits = [limit.words for limit in (matter.promised_limit, matter.statutory_limit) if limit]
    said = "、".join([*(text for _, text in _texts(matter.plain())), *limits, str(matter.visits)])
    known = {*_FACTS.findall(said), *_EVERYBODY_KNOWS}
    for fact in dict.fromkeys(_FACTS.findall(_LIST_NUMBER.sub("", _QUOTED_NAME.sub("", guide.body)))):
        if fact not in known and not (fact.startswith("《") and fact.strip("《》") in said):
            yield Flaw("guide-invents", file, "", f"“{fact}”在事项里没有，请核对；没有依据的不要写")


def _names_of_matters(guide: Guide, names: set[str]) -> Iterator[Flaw]:
    for name in _QUOTED_NAME.findall(guide.body):
        if name not in names:
            yield Flaw("guide-names-nothing", f"guides/{guide.code}.md", "", f"没有叫「{name}」的事项，请写全名")


def _materials(matter: Matter, file: str) -> Iterator[Flaw]:
    added = {name for situation in matter.situations for option in situation.options for name in option.add}
    for place, material in enumerate(matter.materials):
        pointer = f"/materials/{place}"
        if material.authority_has != "no" and not material.form.startswith(("原件", "复印件")):
            yield Flaw(
                "nothing-to-spare",
                file,
                f"{pointer}/authority_has",
                f"“{material.name}”是{material.form}的，主管部门不会已经有，请写 no",
            )
        if _VAGUE.search(material.name):
            yield Flaw("vague-material", file, f"{pointer}/name", f"“{material.name}”不清楚，请写明是哪一样材料")
        if matter.situations and not material.required and material.name not in added:
            yield Flaw("material-never-asked", file, pointer, f"没有哪个情形问题会用到“{material.name}”")


def _situations(matter: Matter, file: str) -> Iterator[Flaw]:
    for place, situation in enumerate(matter.situations):
        if not any(option.add or option.note or option.redirect or option.ways for option in situation.options):
            yield Flaw("idle-question", file, f"/situations/{place}", f"“{situation.question}”怎么选都一样，可以不问")


def _shared_everyday_names(matters: Iterable[Matter]) -> Iterator[Flaw]:
    owner: dict[str, str] = {}
    for matter in matters:
        for place, said in enumerate(matter.colloquial):
            if owner.setdefault(said, matter.code) != matter.code:
                yield Flaw(
                    "shared-everyday-name",
                    f"matters/{matter.code}.yaml",
                    f"/colloquial/{place}",
                    f"“{said}”在 {owner[said]} 里也有，大家会分不清",
                )


def _materials_told_apart(matters: Iterable[Matter]) -> Iterator[Flaw]:
    """The same paper comes from the same place and is wanted in the same form, whatever it is for."""
    known: dict[str, tuple[str, Material]] = {}
    for matter in matters:
        for place, material in enumerate(matter.materials):
            owner, before = known.setdefault(material.name, (matter.code, material))
            for field, here, there in (
                ("form", material.form, before.form),
                ("origin", material.origin, before.origin),
            ):
                if here != there:
                    yield Flaw(
                        "material-told-apart",
                        f"matters/{matter.code}.yaml",
                        f"/materials/{place}/{field}",
                        f"“{material.name}”在 {owner} 里写的是“{there}”，这里写的是“{here}”",
                    )


def _asks(catalogue: Catalogue) -> Iterator[Flaw]:
    owner: dict[str, str] = {}
    for topic, said in catalogue.elsewhere.items():
        owner.update({_PUNCTUATION.sub("", text).casefold(): f"elsewhere（{topic}）" for text in said})
    for code, asks in catalogue.asks.items():
        file = f"asks/{code}.txt"
        if len(asks) < ASKS_AT_LEAST:
            yield Flaw("asks-too-few", file, "", f"问法有{len(asks)}句，至少要{ASKS_AT_LEAST}句")
        for ask in asks:
            if not ASK_LENGTH[0] <= len(ask.text) <= ASK_LENGTH[1]:
                yield Flaw("ask-length", file, "", f"“{ask.text[:20]}”有{len(ask.text)}个字，应当是2到120个字")
            other = owner.setdefault(_PUNCTUATION.sub("", ask.text).casefold(), code)
            if other != code:
                yield Flaw("ask-shared", file, "", f"“{ask.text}”在 {other} 里也有，搜索会分不清")


def _wording(file: str, pointer: str, texts: Iterable[str]) -> Iterator[Flaw]:
    for text in texts:
        for code in _CODE.findall(text):
            yield Flaw("code-in-text", file, pointer, f"文字里有编号 {code}，请写成「事项名称」")
        for found in _HALF_WIDTH.findall(text):
            yield Flaw("half-width", file, pointer, f"“{found}”里的标点请改成全角")
        for found in _BANNED.findall(text):
            yield Flaw("wording", file, pointer, f"不要写“{found}”")


def _texts(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from _texts(inside, f"{pointer}/{key}")
    elif isinstance(value, list):
        for place, inside in enumerate(value):
            yield from _texts(inside, f"{pointer}/{place}")


def _in_calendar_days(limit: Limit) -> int:
    """Days on the calendar: five working days take a week, holidays aside."""
    return math.ceil(limit.days * 7 / 5) if limit.unit == "working" else limit.days


def main(arguments: list[str]) -> int:
    """Check the catalogue in the given folder, else the shipped one; 1 when something is to be mended."""
    from .loading import load
    from .reading import CatalogueInvalid

    try:
        catalogue = load(Path(arguments[0]) if arguments else None)
    except CatalogueInvalid as invalid:
        print(invalid)
        print(f"共{len(invalid.findings)}处错误，目录不能使用。")
        return 1
    flaws = lint(catalogue)
    for rule, file, pointer, message in flaws:
        print(f"{file}{pointer and f' {pointer}'}：{message}（{rule}）")
    print(
        f"共{len(flaws)}处要改。"
        if flaws
        else f"{len(catalogue.matters)}个事项、{len(catalogue.guides)}份指南，没有要改的。"
    )
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
