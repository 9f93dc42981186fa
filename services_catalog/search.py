"""Find the matter behind everyday words, misheard characters, pinyin, initials or a long story.

BM25 over the tokens of `tokens.py` and `meanings.py`, one document a matter. The name counts twice, every everyday name
once, every way of asking (`asks/`) a little more than half, and what steps, questions and remarks say a little. A token
is rare when few matters have it and few of all sayings. `python -m services_catalog.search 敬老证` prints the ranking.
"""

import math
import re
import sys
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import pairwise

from .meanings import meaning_tokens
from .model import Catalogue, Matter
from .tokens import WEIGHTS as SPELLED
from .tokens import weighted_tokens

NAME, EVERYDAY, ASK, LIFE_EVENT, TEXT = 2.0, 1.0, 0.6, 0.5, 0.2
# How much a kind of token tells: what is spelled (tokens.py), one meaning, two meanings together (meanings.py).
WEIGHTS = {**SPELLED, "m": 1.5, "n": 1.0}
K1, B = 5.0, 0.5  # with sixty sayings a matter, said ten times is much more than said once
# What counts as an answer: see `is_enough`. Chosen on queries that are nowhere in the catalogue.
ENOUGH, LEAST_SCORE, MOST_AHEAD = 10.0, 4.0, 5.0
COVERED, SAID = 0.55, 0.6  # how much the share of the query that is covered tells, and its length
SAID_BETWEEN = (8, 24)  # characters: shorter ones are told apart no better, longer ones no worse
LONGEST_QUERY = 200
# So many additions a search makes at most, the rarest tokens first. A hundred matters stay far below; with twenty
# thousand it leaves out what half of them say.
MOST_ADDITIONS = 60_000
EXPLAINED = 3  # hits of which the ways of asking are looked through for the reason; the others give their name

_FILLER = re.compile(
    "请问|麻烦问一下|我要|我想|想要|怎么办理|怎么办|怎么弄|怎么|如何|去?哪里|去哪|在哪里?|什么|可以|一下|吗|呢"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One matter found. `score` orders hits of one query; `why` is a Chinese sentence without full stop."""

    code: str
    name: str
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """`answered` is False when nothing fits well enough; `items` then holds the least bad guesses, perhaps none."""

    answered: bool
    items: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """What a search needs, built once by `build_index`. Read-only afterwards and safe to share between threads."""

    catalogue: Catalogue
    codes: tuple[str, ...]
    # Token → places in `codes`, and what a match is worth. Places behind the last code are topics of `elsewhere`.
    postings: Mapping[str, tuple[Sequence[int], Sequence[float]]]
    rarity: Mapping[str, float]
    rarest: float
    sayings: Mapping[str, tuple[tuple[str, frozenset[str]], ...]]  # names and everyday names, for the reason
    named: Mapping[str, frozenset[str]]  # exactly these words → the matters called so

    def search(self, query: str, limit: int = 10) -> SearchAnswer:
        """The matters that fit `query`, best first, at most `limit`."""
        words = _words(query)
        scores: defaultdict[int, float] = defaultdict(float)
        possible = 0.0
        known: list[tuple[Sequence[int], Sequence[float], float]] = []
        for token, weight in words.items():
            possible += weight * self.rarity.get(token, self.rarest)
            if token in self.postings:
                known.append((*self.postings[token], weight / WEIGHTS[token[0]]))
        left = MOST_ADDITIONS
        for places, worths, times in sorted(known, key=lambda one: len(one[0])):
            left -= len(places)
            if left < 0 and scores:
                break
            for place, worth in zip(places, worths, strict=True):
                scores[place] += worth * times
        matters = len(self.codes)
        foreign = max((score for place, score in scores.items() if place >= matters), default=0.0)
        named = self.named.get(_plain(query), frozenset())  # what is called exactly so comes first
        found = nsmallest(
            limit,
            ((self.codes[place], score) for place, score in scores.items() if place < matters),
            key=lambda pair: (pair[0] not in named, -pair[1], pair[0]),
        )
        best = found[0][1] if found else 0.0
        return SearchAnswer(
            answered=bool(found) and (bool(named) or is_enough(best, foreign, possible, len(_plain(query)))),
            items=tuple(
                Hit(code, self.catalogue.matters[code].name, round(score, 2), self._why(query, words, code, place))
                for place, (code, score) in enumerate(found)
            ),
        )

    def _why(self, query: str, words: Mapping[str, float], code: str, place: int) -> str:
        matter = self.catalogue.matters[code]
        said, shared, share = "", frozenset[str](), 0.0
        for text, tokens in self.sayings[code]:
            common = tokens & words.keys()
            value = sum(words[token] * self.rarity[token] for token in common)
            if value > share:
                said, shared, share = text, common, value
        kinds = {token[0] for token in shared}
        pairs = sum(token[0] == "b" for token in shared)
        if pairs * 2 < len(said) - 1 and place < EXPLAINED and (asked := self._asked(query, code, more_than=pairs + 2)):
            return f"有人这样问过：“{asked}”"
        if not kinds & set("bapkij"):
            return f"属于“{matter.life_event}”这一类" if not said else f"和“{said}”有一点关系"
        if kinds & set("ij") and not kinds & set("cp"):
            return f"“{said}”的拼音首字母"
        if not pairs:
            return f"读音和“{said}”相近"
        if said == matter.name:
            return "名称里就有您说的字"
        return f"和“{said}”是同一件事" if pairs * 2 >= len(said) - 1 else f"和“{said}”有关"

    def _asked(self, query: str, code: str, *, more_than: int) -> str:
        """The way of asking that shares most pairs of characters with the query, and more than so many; else empty."""
        wanted = set(pairwise(_FILLER.sub(" ", query))) if not query.isascii() else set()
        best, most = "", more_than - 1
        for ask in self.catalogue.asks.get(code, ()):
            shared = len(wanted.intersection(pairwise(ask.text)))
            if shared > most:
                best, most = ask.text, shared
        return best


def is_enough(best: float, foreign: float, possible: float, said: int) -> bool:
    """Whether the best score of a matter answers a query of `said` characters.

    Three things speak for it: how much better it fits than the best topic of what is asked elsewhere (`foreign`), how
    much of all that was asked it covers, and how much was said. Their damped product decides: a long story may be covered
    thinly, of two or three words all must be known.
    """
    if best < LEAST_SCORE:
        return False
    ahead = min(MOST_AHEAD, best / foreign) if foreign else MOST_AHEAD
    least, most = SAID_BETWEEN
    return bool(ahead * (best / possible) ** COVERED * max(least, min(most, said)) ** SAID >= ENOUGH)


def build_index(catalogue: Catalogue) -> Index:
    """Tokenise every matter. Takes two seconds for a hundred matters with their asks, most of it pinyin."""
    counts: dict[str, dict[str, float]] = {}
    said_in: Counter[str] = Counter()
    sayings = 0
    named: defaultdict[str, set[str]] = defaultdict(set)
    for code, matter in catalogue.matters.items():
        tokens: defaultdict[str, float] = defaultdict(float)
        for text, weight, query in _texts(catalogue, matter):
            found = _read(_FILLER.sub(" ", text), query=True) if query else _read(text, query=False)
            said_in.update(found.keys())
            sayings += 1
            for token in found:
                tokens[token] += weight
        for text in (matter.name, *matter.colloquial):
            named[_plain(text)].add(code)
        _add_small_print(matter, tokens)
        counts[code] = tokens
    for topic, asks in catalogue.elsewhere.items():
        counts[f"elsewhere {topic}"] = tokens = defaultdict(float)
        for text in asks:
            found = _read(_FILLER.sub(" ", text), query=True)
            said_in.update(found.keys())
            sayings += 1
            for token in found:
                tokens[token] += EVERYDAY
    rarity = _rarity(counts, said_in, sayings)
    return Index(
        catalogue=catalogue,
        codes=tuple(catalogue.matters),
        postings=_postings(counts, rarity),
        rarity=rarity,
        rarest=max(rarity.values(), default=0.0),
        sayings={
            code: tuple(
                (text, frozenset(weighted_tokens(text, query=False))) for text in (matter.name, *matter.colloquial)
            )
            for code, matter in catalogue.matters.items()
        },
        named={text: frozenset(codes) for text, codes in named.items()},
    )


def _texts(catalogue: Catalogue, matter: Matter) -> Iterator[tuple[str, float, bool]]:
    """What a matter is called and how it is asked for: text, weight, whether it is itself a query."""
    yield matter.name, NAME, False
    for text in matter.colloquial:
        yield text, EVERYDAY, False
    yield matter.life_event, LIFE_EVENT, False
    for ask in catalogue.asks.get(matter.code, ()):
        yield ask.text, ASK, True


def _add_small_print(matter: Matter, tokens: defaultdict[str, float]) -> None:
    # Said once or ten times in the small print counts the same; its initials would only be noise.
    for token in {token for text in _small_print(matter) for token in weighted_tokens(text, query=False)}:
        if token[0] not in "ij":
            tokens[token] += TEXT


def _rarity(counts: Mapping[str, Mapping[str, float]], said_in: Counter[str], sayings: int) -> dict[str, float]:
    """How much a token tells: between few matters and few sayings, the geometric mean of both."""
    matters = len(counts)
    had_by = Counter(token for tokens in counts.values() for token in tokens)
    scale = math.log(1 + matters) / math.log(1 + sayings) if sayings else 1.0
    return {
        token: math.sqrt(
            math.log(1 + (matters - number + 0.5) / (number + 0.5))
            * scale
            * math.log(1 + (sayings - said_in[token] + 0.5) / (said_in[token] + 0.5))
        )
        for token, number in had_by.items()
    }


def _postings(
    counts: Mapping[str, Mapping[str, float]], rarity: Mapping[str, float]
) -> dict[str, tuple[Sequence[int], Sequence[float]]]:
    average = sum(sum(tokens.values()) for tokens in counts.values()) / max(1, len(counts))
    postings: dict[str, tuple[array[int], array[float]]] = {}
    for place, tokens in enumerate(counts.values()):
        damping = K1 * (1 - B + B * sum(tokens.values()) / average)
        for token, count in tokens.items():
            if token not in postings:
                postings[token] = (array("L"), array("f"))
            places, worths = postings[token]
            places.append(place)
            worths.append(WEIGHTS[token[0]] * rarity[token] * count * (K1 + 1) / (count + damping))
    return dict(postings)


def _plain(text: str) -> str:
    return "".join(text.split())


def _words(query: str) -> dict[str, float]:
    return _read(_FILLER.sub(" ", query[:LONGEST_QUERY]), query=True)


def _read(text: str, *, query: bool) -> dict[str, float]:
    return weighted_tokens(text, query=query) | {token: WEIGHTS[token[0]] for token in meaning_tokens(text)}


def _small_print(matter: Matter) -> Iterable[str]:
    yield from matter.steps
    yield matter.remarks
    for situation in matter.situations:
        if not situation.question.startswith("谁"):
            yield situation.question
            yield from (option.answer for option in situation.options)


def main(arguments: list[str]) -> int:
    """Print the ranking for the words on the command line; 1 when nothing fits."""
    from .loading import load

    if not arguments:
        print("用法：python -m services_catalog.search 敬老证")
        return 2
    answer = build_index(load()).search(" ".join(arguments))
    if not answer.answered:
        print("没有找到合适的事项。" + ("下面几个沾一点边：" if answer.items else ""))
    for hit in answer.items:
        print(f"{hit.score:7.2f}  {hit.code}  {hit.name}（{hit.why}）")
    return 0 if answer.answered else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
