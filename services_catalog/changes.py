"""What is different between two versions of a matter or of the catalogue, in sentences for people. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from . import words
from .model import Catalogue, Limit, Material, Matter, WayChange

T = TypeVar("T")
Topic = Literal[
    "material_added", "material_removed", "material_changed", "limit", "fee", "delegation", "way", "steps", "other"
]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `text` is a whole Chinese sentence."""

    topic: Topic
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One matter, bundle, guide or set of asks that is new, gone or changed. `code` names it (`M001`, `guide M001`)."""

    kind: Literal["new", "gone", "changed"]
    code: str
    name: str
    changes: tuple[Change, ...] = ()


def matter_changes(old: Matter, new: Matter) -> tuple[Change, ...]:
    """What somebody who relied on `old` has to know about `new`; what matters most comes first."""
    return tuple(_matter_changes(old, new))


def differences(old: Catalogue, new: Catalogue) -> tuple[Difference, ...]:
    """What publishing `new` in place of `old` would change, by code."""
    return (
        *_between(old.matters, new.matters, "", lambda one: one.name, matter_changes),
        *_between(old.bundles, new.bundles, "", lambda one: one.name),
        *_between(old.guides, new.guides, "guide ", lambda one: f"{_name_of(one.code, old, new)}的指南"),
        *(
            Difference("changed", f"asks {code}", f"{_name_of(code, old, new)}的问法")
            for code in sorted(old.asks.keys() | new.asks.keys())
            if old.asks.get(code, ()) != new.asks.get(code, ())
        ),
        *((Difference("changed", "elsewhere", "不归这些事项管的问法"),) if old.elsewhere != new.elsewhere else ()),
    )


def _between(
    old: Mapping[str, T],
    new: Mapping[str, T],
    prefix: str,
    name: Callable[[T], str],
    explain: Callable[[T, T], Iterable[Change]] = lambda _, __: (),
) -> Iterator[Difference]:
    for code in sorted(old.keys() | new.keys()):
        if code not in old:
            yield Difference("new", f"{prefix}{code}", name(new[code]))
        elif code not in new:
            yield Difference("gone", f"{prefix}{code}", name(old[code]))
        elif old[code] != new[code]:
            yield Difference("changed", f"{prefix}{code}", name(new[code]), tuple(explain(old[code], new[code])))


def _name_of(code: str, *catalogues: Catalogue) -> str:
    return next((one.matters[code].name for one in catalogues if code in one.matters), code)


def _matter_changes(old: Matter, new: Matter) -> Iterator[Change]:
    yield from _material_changes(
        {material.name: material for material in old.materials}, {material.name: material for material in new.materials}
    )
    if old.promised_limit != new.promised_limit:
        yield Change("limit", f"办理时限从{old.promised_limit.words}改成{new.promised_limit.words}。")
    if old.statutory_limit != new.statutory_limit:
        yield Change("limit", f"法定时限从{_limit(old.statutory_limit)}改成{_limit(new.statutory_limit)}。")
    if old.fee != new.fee:
        yield Change("fee", f"费用从“{old.fee}”改成“{new.fee}”。")
    if old.delegation != new.delegation:
        yield Change("delegation", f"能不能请人办，现在是：{new.delegation.words}。{new.delegation.note}。")
    for channel in old.channels:
        if channel not in new.channels:
            yield Change("way", f"现在不能“{words.CHANNEL_WORDS[channel]}”了。")
    for channel in new.channels:
        if channel not in old.channels:
            yield Change("way", f"现在也可以“{words.CHANNEL_WORDS[channel]}”。")
    if old.visits != new.visits:
        yield Change("way", f"一般要跑的趟数从{old.visits}趟改成{new.visits}趟。")
    if old.place != new.place:
        yield Change("way", f"办理的地方从{old.place}改成{new.place}。")
    if old.result != new.result:
        yield Change("other", f"办好以后给您的，现在是：{new.result.name if new.result else '没有写'}。")
    if old.steps != new.steps:
        yield Change("steps", "办理步骤有改动。")
    if _ways_by_answer(old) != _ways_by_answer(new):
        yield Change("way", "有的回答会改变怎么办，这一点有改动，请照您的回答再看一遍清单。")
    elif old.situations != new.situations:
        yield Change("other", "要回答的情形问题有改动。")
    if old.remarks != new.remarks:
        yield Change("other", f"要留意的话改成：{new.remarks or '没有'}")
    if old.name != new.name:
        yield Change("other", f"名称从“{old.name}”改成“{new.name}”。")
    if old.legal_basis != new.legal_basis:
        yield Change("other", "办理依据有改动。")


def _ways_by_answer(matter: Matter) -> dict[tuple[str, str], WayChange]:
    return {
        (situation.question, option.answer): option.ways
        for situation in matter.situations
        for option in situation.options
        if option.ways is not None
    }


def _material_changes(old: Mapping[str, Material], new: Mapping[str, Material]) -> Iterator[Change]:
    for name, material in new.items():
        if name not in old:
            when = "" if material.required else f"（{material.condition}才要）"
            yield Change("material_added", f"材料多了一样：{name}{when}，{material.bring_words}。")
    for name in old:
        if name not in new:
            yield Change("material_removed", f"不用再带：{name}。")
    for name, material in new.items():
        if name in old and old[name] != material:
            how = "；".join(_how(old[name], material))
            yield Change("material_changed", f"{name}：{how}。")


def _how(old: Material, new: Material) -> Iterator[str]:
    if old.required != new.required:
        yield "改成一定要带" if new.required else f"改成看情况才要，{new.condition}"
    elif old.condition != new.condition:
        yield f"什么时候要，改成{new.condition}"
    if old.bring_words != new.bring_words:
        yield f"从“{old.bring_words}”改成“{new.bring_words}”"
    elif old.form != new.form:
        yield f"从{old.form}改成{new.form}"
    if old.origin != new.origin:
        yield f"从哪来，改成{new.origin}"


def _limit(limit: Limit | None) -> str:
    return "没有写" if limit is None else limit.words
