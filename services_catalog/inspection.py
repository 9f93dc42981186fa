"""What is wrong inside one matter on its own: answers, papers, delegation and legal basis that do not fit together. Pure.

`lint` runs these with its own rules; the README lists each with its number in the inspection of the provincial site.
"""

import re
from collections.abc import Iterator

from .handling import DOING, handling
from .model import Matter
from .walking import Obstacle

_ENDINGS = (
    (re.compile(r"批复|批文"), "审批办结"),
    (re.compile(r"(?<!凭)证(?:书)?$"), "出证办结"),
    (re.compile(r"文$"), "出文办结"),
)
_TELEPHONE = re.compile(r"0[0-9]{2,3}-[0-9]{7,8}|1[0-9]{4}|9[0-9]{4,5}")
_WORKING_DAYS = re.compile(r"([0-9]{1,3})个工作日")

NOT_FOUND = "待核实"
NOT_READ = "待核"  # also 条号待核: the text is named, the article was not looked up

OWN = "本事项的"  # a field of the matter itself, in words

_TITLE = re.compile(r"《[^《》\n]+》")
_NAMED = re.compile(r"《[^《》\n]+》|〔[0-9]{4}〕")


def oddities(matter: Matter) -> Iterator[Obstacle]:
    """All of them, in the order of the rules in the README."""
    yield from _answers_that_ask_nothing(matter)
    yield from _ways(matter)
    yield from _mandate(matter)
    yield from _basis(matter)
    yield from _result(matter)
    yield from _telephones(matter)
    yield from _permit(matter)
    yield from _steps_in_time(matter)


def _answers_that_ask_nothing(matter: Matter) -> Iterator[Obstacle]:
    """An answer adds what its situation needs; what everybody brings does not hang on an answer."""
    everybody = {material.name for material in matter.materials if material.required}
    for number, situation in enumerate(matter.situations):
        for place, option in enumerate(situation.options):
            for name in option.add:
                if name in everybody:
                    yield Obstacle(
                        "adds-what-all-bring",
                        f"/situations/{number}/options/{place}/add",
                        f"“{name}”人人都要带，选了“{option.answer}”不用再加；只有这种情况才要的，把 required 改成 false",
                    )


def _ways(matter: Matter) -> Iterator[Obstacle]:
    """A change of the ways says where it is from; an answer that closes them all says where to go or what to do."""
    said = f"{matter.legal_basis}{matter.delegation.note}{matter.remarks}"
    for number, situation in enumerate(matter.situations):
        for place, option in enumerate(situation.options):
            if option.ways is None:
                continue
            pointer = f"/situations/{number}/options/{place}"
            named = _TITLE.findall(option.ways.basis)
            if not option.ways.basis.startswith(OWN) and not (named and all(name in said for name in named)):
                yield Obstacle(
                    "way-without-basis",
                    f"{pointer}/ways/basis",
                    f"写明出处：事项里有的文件（《…》），或者“{OWN}代办说明”这样的一项",
                )
            left = handling(matter, [(situation, option)]).ways
            if not any(way.channel in DOING for way in left) and not option.note and not option.redirect:
                yield Obstacle(
                    "every-way-closed",
                    pointer,
                    f"选了“{option.answer}”就没有办法办了，请写 redirect，或者在 note 里说该怎么办",
                )


def _mandate(matter: Matter) -> Iterator[Obstacle]:
    if "errand" in matter.channels and not any("委托书" in material.name for material in matter.materials):
        yield Obstacle("errand-without-mandate", "/materials", "能代办的事项，材料里要有授权委托书")


def _basis(matter: Matter) -> Iterator[Obstacle]:
    """A named text (《…》 or a document number), or 待核实; what was not read is among the fields to be confirmed."""
    basis = matter.legal_basis
    if not _NAMED.search(basis) and NOT_FOUND not in basis:
        yield Obstacle(
            "basis-unnamed", "/legal_basis", f"依据要写出文件的名称（《…》）或文号；找不到的注明“{NOT_FOUND}”"
        )
    if NOT_READ in basis and "legal_basis" not in matter.verify_fields:
        yield Obstacle("basis-not-announced", "/verify_fields", "依据里写了待核的，verify_fields 里要有 legal_basis")


def _result(matter: Matter) -> Iterator[Obstacle]:
    """What the result is called says how the matter ends (3, 4, 5); that a named one has a kind is asked at loading (6)."""
    if matter.result is None:
        return
    wanted = next((kind for named, kind in _ENDINGS if named.search(matter.result.name)), None)
    if wanted and matter.result.kind != wanted:
        yield Obstacle(
            "result-kind", "/result/kind", f"结果叫“{matter.result.name}”，办结方式应当是{wanted}（3、4、5）"
        )


def _telephones(matter: Matter) -> Iterator[Obstacle]:
    """With the area code or a number for the whole country, and not one for both (12). None at all is no lie."""
    for field in ("consult_phone", "complaint_phone"):
        number = getattr(matter, field)
        if number and not _TELEPHONE.fullmatch(number):
            yield Obstacle("telephone", f"/{field}", f"“{number}”要带区号（0571-12345678），或者是全国统一的号码（12）")
    if matter.consult_phone and matter.consult_phone == matter.complaint_phone:
        yield Obstacle("one-telephone-for-both", "/complaint_phone", "咨询和投诉的电话不能是同一个（12）")


def _permit(matter: Matter) -> Iterator[Obstacle]:
    """A permit answers at least one common question (17): in its guide, or in a note beside an answer."""
    answered = any(option.note for situation in matter.situations for option in situation.options)
    if matter.matter_type == "行政许可" and not matter.has_guide and not answered:
        yield Obstacle(
            "permit-without-answers", "/situations", "行政许可要回答至少一个常见问题：写指南，或者写 note（17）"
        )


def _steps_in_time(matter: Matter) -> Iterator[Obstacle]:
    """Times named in the steps fit together into the promise (18), where both count working days."""
    days = [int(found) for step in matter.steps for found in _WORKING_DAYS.findall(step)]
    if matter.promised_limit.unit == "working" and sum(days) > matter.promised_limit.days:
        yield Obstacle("steps-too-long", "/steps", f"各步加起来{sum(days)}个工作日，比承诺的还长（18）")
