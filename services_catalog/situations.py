"""Answers to the situation questions of a matter → what to bring, how it may be handled, what to mind.

Pure. The base list is the required materials; each answer adds the materials its option names. A question that is not
answered, or answered with 我不清楚, cannot take anything away: its materials stay on the list as "may be needed".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .handling import Handling, Way, handling
from .model import Material, Matter, Option, Situation
from .words import CHANNEL_WORDS, DELEGATION_WORDS, UNCLEAR, Channel

Need = Literal["required", "conditional", "possible"]
NEED_WORDS: Mapping[str, str] = {"required": "一定要带", "conditional": "您的情况要带", "possible": "可能需要"}


class AnswerInvalid(Exception):
    """An answer that does not belong to the matter. `pointer` is a JSON pointer into the answers (`/M001-Q1`)."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.message = message


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list: the material, how sure it is that it is needed, and why it is there."""

    material: Material
    need: Need
    why: str


@dataclass(frozen=True, slots=True)
class Note:
    """What an answer brings with it. `question` is the id of the question."""

    question: str
    answer: str
    text: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """An answer that leads to another matter."""

    question: str
    answer: str
    code: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """The result. `unanswered` and `unclear` hold question ids, those still to be asked in the best order; `next_question`
    is the first of them, None when all is answered or an answer led to another matter. `warnings` are sentences to show
    above the list."""

    code: str
    items: tuple[Item, ...]
    handling: Handling
    notes: tuple[Note, ...]
    redirects: tuple[Redirect, ...]
    warnings: tuple[str, ...]
    unanswered: tuple[str, ...]
    unclear: tuple[str, ...]
    next_question: str | None

    @property
    def ways(self) -> tuple[Way, ...]:
        """How it may be handled for this person."""
        return self.handling.ways

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The same as channels only."""
        return tuple(way.channel for way in self.ways)

    @property
    def channel_words(self) -> str:
        """And in words: `网上办、窗口办`."""
        return "、".join(CHANNEL_WORDS[channel] for channel in self.channels)

    @property
    def delegation(self) -> str:
        """Whether somebody else may do it, in words."""
        return DELEGATION_WORDS[self.handling.mode]

    def why_not(self, channel: Channel) -> str:
        """Why this way is not open to this person: what the answers say, else what the matter says of delegation."""
        return next((one.why for one in self.handling.closed if one.channel == channel), self.handling.note)


def checklist(matter: Matter, answers: Mapping[str, str | Sequence[str]]) -> Checklist:
    """What to bring for `matter`, given `answers` by question id (one answer, or several where `multi`).

    An empty list of answers counts as not answered. Raises AnswerInvalid for a question the matter does not ask, an
    answer it does not offer, several answers where one is wanted, or 我不清楚 together with another answer.
    """
    known = {situation.id: situation for situation in matter.situations}
    for question in answers:
        if question not in known:
            pointer = str(question).replace("~", "~0").replace("/", "~1")
            raise AnswerInvalid(f"/{pointer}", "这个事项没有这个问题，请重新打开事项页面再回答。")
    given = {question: _given(known[question], answer) for question, answer in answers.items()}
    chosen = [(situation, option) for situation in matter.situations for option in given.get(situation.id) or ()]
    open_ids = [situation.id for situation in matter.situations if not given.get(situation.id)]
    unclear = tuple(question for question in open_ids if given.get(question) is None and question in given)
    handled = handling(matter, chosen)
    redirects = tuple(
        Redirect(situation.id, option.answer, option.redirect)
        for situation, option in chosen
        if option.redirect is not None
    )
    unanswered = tuple(
        situation.id for situation in in_best_order(matter) if situation.id in open_ids and situation.id not in unclear
    )
    return Checklist(
        code=matter.code,
        items=tuple(_items(matter, chosen, open_ids, unclear)),
        handling=handled,
        notes=tuple(Note(situation.id, option.answer, option.note) for situation, option in chosen if option.note),
        redirects=redirects,
        warnings=tuple(_warnings(matter, handled, unclear)),
        unanswered=unanswered,
        unclear=unclear,
        next_question=None if redirects else next(iter(unanswered), None),
    )


def in_best_order(matter: Matter) -> tuple[Situation, ...]:
    """The questions of a matter as they are best asked: first those that may end the asking, because an answer leads to
    another matter; then those that decide about most papers, where the answers split them evenly; then as written."""
    return tuple(
        sorted(matter.situations, key=lambda situation: (not _may_end(situation), -_decides(matter, situation)))
    )


def _may_end(situation: Situation) -> bool:
    return any(option.redirect for option in situation.options)


def _decides(matter: Matter, situation: Situation) -> float:
    """How much an answer is expected to settle: a paper that half of the options add is the most open, one that all or
    none add is settled before. 0.25 a paper at most."""
    settled = 0.0
    for material in matter.materials:
        adding = sum(material.name in option.add for option in situation.options) / len(situation.options)
        settled += adding * (1 - adding)
    return settled


def _given(situation: Situation, answer: str | Sequence[str]) -> list[Option] | None:
    """The chosen options; None for 我不清楚, empty for no answer."""
    pointer = f"/{situation.id}"
    if isinstance(answer, str):
        return None if answer == UNCLEAR else [_option(situation, answer, pointer)]
    if not isinstance(answer, Sequence):
        raise AnswerInvalid(pointer, f"“{situation.question}”的回答应当是文字，请重新选择。")
    if list(answer) == [UNCLEAR]:
        return None
    if len(answer) > 1 and not situation.multi:
        raise AnswerInvalid(pointer, f"“{situation.question}”只能选一个，请重新选择。")
    if UNCLEAR in answer:
        raise AnswerInvalid(pointer, f"“{situation.question}”选了“{UNCLEAR}”，就不用再选别的。")
    options = {text: _option(situation, text, f"{pointer}/{place}") for place, text in enumerate(answer)}
    return [option for option in situation.options if option.answer in options]


def _option(situation: Situation, answer: object, pointer: str) -> Option:
    option = situation.option(answer) if isinstance(answer, str) else None
    if option is None:
        raise AnswerInvalid(pointer, f"“{situation.question}”没有这个选项，请重新选择。")
    return option


def _items(
    matter: Matter, chosen: list[tuple[Situation, Option]], open_ids: list[str], unclear: Sequence[str]
) -> Iterable[Item]:
    asked = {name for situation in matter.situations for option in situation.options for name in option.add}
    for material in matter.materials:
        because = [option.answer for _, option in chosen if material.name in option.add]
        waiting = [
            situation
            for situation in matter.situations
            if situation.id in open_ids and any(material.name in option.add for option in situation.options)
        ]
        if material.required:
            shared = material.authority_has == "shared"
            yield Item(material, "required", "办这件事都要核对，窗口能查到的不用带。" if shared else "办这件事都要带。")
        elif because:
            yield Item(material, "conditional", "因为您选了" + "".join(f"“{answer}”" for answer in because) + "。")
        elif waiting:
            reason = f"您选了“{UNCLEAR}”" if waiting[0].id in unclear else "还没有回答"
            yield Item(material, "possible", f"“{waiting[0].question}”{reason}，可能需要。")
        elif material.name not in asked:
            yield Item(material, "possible", f"遇到这种情况才要：{material.condition}。")


def _warnings(matter: Matter, handled: Handling, unclear: Sequence[str]) -> Iterable[str]:
    yield matter.unconfirmed_note
    if handled.mode == "no":
        yield f"{DELEGATION_WORDS[handled.mode]}。"
    if unclear:
        yield "您说不清楚的，管家会帮您看；清单里标了“可能需要”的先不用急着准备。"
