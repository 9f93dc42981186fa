"""Every way through the questions of a matter, walked: where it ends, and what is never met on the way. Pure."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from .handling import DOING
from .model import Catalogue, Matter, Option
from .situations import checklist
from .words import UNCLEAR

MOST_WAYS = 5_000  # more are walked question by question, the others unclear


class Obstacle(NamedTuple):
    """Something on a way: the rule it breaks, the pointer inside the matter, a Chinese sentence."""

    rule: str
    pointer: str
    message: str


def obstacles(matter: Matter, catalogue: Catalogue) -> Iterator[Obstacle]:
    """What stands in the way of somebody who answers the questions of this matter, whatever they answer."""
    yield from _circles(matter, catalogue)
    met: set[str] = set()
    for answers in ways_through(matter):
        result = checklist(matter, answers)
        met.update(item.material.name for item in result.items)
        if not result.redirects and not result.notes and not set(result.channels) & set(DOING):
            said = "、".join(answers.values())
            yield Obstacle("dead-end", "/situations", f"选了“{said}”以后，没有办法办，也没有说该怎么办")
    for place, material in enumerate(matter.materials):
        if material.name not in met:
            yield Obstacle("material-out-of-reach", f"/materials/{place}", f"怎么回答都不会要“{material.name}”")


def ways_through(matter: Matter) -> Iterator[dict[str, str]]:
    """Answers by question, in every combination; 我不清楚 is one of the answers to each."""
    choices = [[option.answer for option in situation.options] + [UNCLEAR] for situation in matter.situations]
    count = 1
    for answers in choices:
        count *= len(answers)
    if count <= MOST_WAYS:
        ways: Iterator[tuple[str, ...]] = product(*choices)
    else:
        ways = (
            tuple(answer if other == place else UNCLEAR for other in range(len(choices)))
            for place, answers in enumerate(choices)
            for answer in answers
        )
    for way in ways:
        yield {situation.id: answer for situation, answer in zip(matter.situations, way, strict=True)}


def _circles(matter: Matter, catalogue: Catalogue) -> Iterator[Obstacle]:
    """Redirects that lead back: whoever follows them would be sent round and round."""
    for pointer, option in _options(matter):
        seen, waiting = {matter.code}, [option.redirect] if option.redirect else []
        while waiting:
            code = waiting.pop()
            if code == matter.code:
                yield Obstacle(
                    "redirect-in-a-circle", f"{pointer}/redirect", f"从“{option.answer}”转出去，又会转回到这里"
                )
                break
            if code in seen or code not in catalogue.matters:
                continue
            seen.add(code)
            waiting += [one.redirect for _, one in _options(catalogue.matters[code]) if one.redirect]


def _options(matter: Matter) -> Iterator[tuple[str, Option]]:
    for number, situation in enumerate(matter.situations):
        for place, option in enumerate(situation.options):
            yield f"/situations/{number}/options/{place}", option
