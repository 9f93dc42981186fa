"""What is wrong inside one matter on its own: answers, papers, delegation and legal basis that do not fit together. Pure.

`lint` runs these with its own rules; the README lists each with its number in the inspection of the provincial site.
"""

import re
from collections.abc import Iterator

from .handling import DOING, handling
from .model import Matter
from .walking import Obstacle

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
