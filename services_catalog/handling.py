"""How a matter may be handled for one person: its own ways, and what the answers close, open or change. Pure.

A way that one answer closes stays closed, whatever another opens; of several answers about delegation the strictest
counts. A question that is not answered, or answered with 我不清楚, changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import words
from .model import Matter, Option, Situation
from .words import Channel, DelegationMode

#: In these the thing itself gets done; a guide only walks along.
DOING: tuple[Channel, ...] = ("online", "window", "tap", "errand")
#: Without an errand: nobody but the person, or nobody but the committee.
NO_ERRAND: tuple[DelegationMode, ...] = ("no", "committee")
_STRICTEST_FIRST: tuple[DelegationMode, ...] = ("no", "committee", "limited", "yes")

Chosen = Sequence[tuple[Situation, Option]]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of getting it done, and in words what that means for the resident."""

    channel: Channel
    words: str


@dataclass(frozen=True, slots=True)
class ClosedWay:
    """A way the matter has and this person has not: which answer closes it, why (a clause for residents), and where that
    is from. `words` is the whole sentence."""

    channel: Channel
    question: str
    answer: str
    why: str
    basis: str

    @property
    def words(self) -> str:
        return f"不能{words.CHANNEL_WORDS[self.channel]}：{self.why}。"


@dataclass(frozen=True, slots=True)
class Effect:
    """An answer that changes how it is handled: why, and where that is from."""

    question: str
    answer: str
    why: str
    basis: str


@dataclass(frozen=True, slots=True)
class Handling:
    """All of it. `note` belongs to `mode`: the matter's own, or why an answer changed it."""

    ways: tuple[Way, ...]
    closed: tuple[ClosedWay, ...]
    effects: tuple[Effect, ...]
    mode: DelegationMode
    note: str


def handling(matter: Matter, chosen: Chosen = ()) -> Handling:
    """How `matter` may be handled after these answers (all chosen options, in the order of the questions)."""
    changing = [(situation, option, option.ways) for situation, option in chosen if option.ways is not None]
    mode, note = matter.delegation.mode, matter.delegation.note
    if modes := [ways.delegation for _, _, ways in changing if ways.delegation is not None]:
        mode = min(modes, key=_STRICTEST_FIRST.index)
        note = next(ways.why for _, _, ways in changing if ways.delegation == mode)
    opened = [channel for _, _, ways in changing for channel in ways.opens]
    all_channels = _in_order([*matter.channels, *opened])
    closed = {
        channel: ClosedWay(channel, situation.id, option.answer, ways.why, ways.basis)
        for situation, option, ways in reversed(changing)  # the first to close a way gives the reason
        for channel in (*ways.closes, *(("errand",) if ways.delegation in NO_ERRAND else ()))
        if channel in all_channels
    }
    visits = max((ways.visits for _, _, ways in changing if ways.visits is not None), default=matter.visits)
    place = next((ways.place for _, _, ways in changing if ways.place), matter.place)
    return Handling(
        ways=tuple(
            Way(channel, _words(channel, visits=visits, place=place, mode=mode))
            for channel in all_channels
            if channel not in closed
        ),
        closed=tuple(closed[channel] for channel in all_channels if channel in closed),
        effects=tuple(
            Effect(situation.id, option.answer, ways.why, ways.basis) for situation, option, ways in changing
        ),
        mode=mode,
        note=note,
    )


def ways(matter: Matter) -> tuple[Way, ...]:
    """The ways a matter may be handled before anybody has answered anything, in the order of its channels."""
    return handling(matter).ways


def _in_order(channels: Iterable[Channel]) -> list[Channel]:
    """Each once, as first named."""
    return list(dict.fromkeys(channels))


def _words(channel: Channel, *, visits: int, place: str, mode: DelegationMode) -> str:
    match channel:
        case "online":
            return "网上办，可以一趟都不跑。" if visits == 0 else f"网上先办一部分，一般还要跑{visits}趟。"
        case "window":
            return f"自己到{place}办。"
        case "tap":
            return "手机碰一碰标签，就能打开办理页面。"
        case "errand" if mode == "yes":
            return "写好授权委托书，把材料交给管家，管家替您跑。下班后也可以约时间交。"
        case "errand":
            return "管家帮您送材料、取结果，要您本人做的环节还是您自己来。下班后也可以约时间交。"
        case "guide":
            return "您自己办，管家陪着您照着指南一步一步来。"
