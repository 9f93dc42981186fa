"""Find the matter behind everyday words, misheard characters, pinyin, initials or a long story.

The index is made by `indexing.py`, BM25 over the tokens of `tokens.py` and `meanings.py`.
`python -m services_catalog.search 敬老证` prints the ranking.
"""

import math
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from itertools import pairwise

from .meanings import meaning_tokens
from .model import Catalogue
from .tokens import WEIGHTS as SPELLED
from .tokens import weighted_tokens

# How much a kind of token tells: what is spelled (tokens.py), one meaning, two meanings together (meanings.py).
WEIGHTS = {**SPELLED, "m": 1.5, "n": 1.0}
# What counts as an answer: see `is_enough`. Chosen on queries that are nowhere in the catalogue.
ENOUGH, LEAST_SCORE, MOST_AHEAD = 4.9, 4.0, 5.0
AHEAD, COVERED, SAID = 0.3, 0.3, 0.6  # how much each of the three tells
SAID_BETWEEN = (8, 24)  # characters: shorter ones are told apart no better, longer ones no worse
LONGEST_QUERY = 200
# So many additions a search makes at most, the rarest tokens first. A hundred matters stay far below; with twenty
# thousand it leaves out what half of them say.
MOST_ADDITIONS = 60_000
EXPLAINED = 3  # hits of which the ways of asking are looked through for the reason; the others give their name

FILLER = re.compile(
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


@dataclass(frozen=True)
class Index:
    """What a search needs, built once by `indexing.build_index`. Read-only afterwards and safe to share between threads.

    Everything is numbers in a row, so that `kept.py` can write and read it as it is.
    """

    catalogue: Catalogue
    rows: Mapping[str, int]  # token → its row in `rarity`; its matches are `starts[row]` to `starts[row + 1]`
    rarity: Sequence[float]
    starts: Sequence[int]
    places: Sequence[int]  # of a match: which matter; behind the last matter come the topics of `elsewhere`
    worths: Sequence[float]  # of a match: what it is worth
    sayings: Sequence[frozenset[str]]  # the tokens of `sayings_of`, in that order

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The matters in the order of their places."""
        return tuple(self.catalogue.matters)

    @cached_property
    def rarest(self) -> float:
        """How much a token tells that nothing has."""
        return max(self.rarity, default=0.0)

    @cached_property
    def said(self) -> Mapping[str, tuple[tuple[str, frozenset[str]], ...]]:
        """The name and the everyday names of each matter with their tokens, for the reason."""
        said: defaultdict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
        for (code, text), tokens in zip(sayings_of(self.catalogue), self.sayings, strict=True):
            said[code].append((text, tokens))
        return {code: tuple(sayings) for code, sayings in said.items()}

    @cached_property
    def named(self) -> Mapping[str, frozenset[str]]:
        """Exactly these words → the matters called so."""
        named: defaultdict[str, set[str]] = defaultdict(set)
        for code, text in sayings_of(self.catalogue):
            named[_plain(text)].add(code)
        return {text: frozenset(codes) for text, codes in named.items()}

    def search(self, query: str, limit: int = 10) -> SearchAnswer:
        """The matters that fit `query`, best first, at most `limit`."""
        words = _words(query)
        scores: defaultdict[int, float] = defaultdict(float)
        possible = 0.0
        known: list[tuple[int, int, float]] = []
        for token, weight in words.items():
            row = self.rows.get(token)
            possible += weight * (self.rarest if row is None else self.rarity[row])
            if row is not None:
                known.append((self.starts[row], self.starts[row + 1], weight / WEIGHTS[token[0]]))
        left = MOST_ADDITIONS
        for start, end, times in sorted(known, key=lambda one: one[1] - one[0]):
            left -= end - start
            if left < 0 and scores:
                break
            for place, worth in zip(self.places[start:end], self.worths[start:end], strict=True):
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
        beside = self._said_only_elsewhere(words, found[0][0]) / possible if found else 0.0
        return SearchAnswer(
            answered=bool(found) and (bool(named) or is_enough(best, foreign, possible, len(_plain(query)), beside)),
            items=tuple(
                Hit(code, self.catalogue.matters[code].name, round(score, 2), self._why(query, words, code, place))
                for place, (code, score) in enumerate(found)
            ),
        )

    def _said_only_elsewhere(self, words: Mapping[str, float], code: str) -> float:
        """How much of the query nobody says who asks for this matter, but somebody who asks for what is not ours."""
        matters, mine = len(self.codes), self.codes.index(code)
        much = 0.0
        for token, weight in words.items():
            if (row := self.rows.get(token)) is not None:
                places = self.places[self.starts[row] : self.starts[row + 1]]
                if places[-1] >= matters and mine not in places:
                    much += weight * self.rarity[row]
        return much

    def _why(self, query: str, words: Mapping[str, float], code: str, place: int) -> str:
        matter = self.catalogue.matters[code]
        said, shared, share = "", frozenset[str](), 0.0
        for text, tokens in self.said[code]:
            common = tokens & words.keys()
            value = sum(words[token] * self.rarity[self.rows[token]] for token in common)
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
        wanted = set(pairwise(FILLER.sub(" ", query))) if not query.isascii() else set()
        best, most = "", more_than - 1
        for ask in self.catalogue.asks.get(code, ()):
            shared = len(wanted.intersection(pairwise(ask.text)))
            if shared > most:
                best, most = ask.text, shared
        return best


def is_enough(best: float, foreign: float, possible: float, said: int, beside: float) -> bool:
    """Whether the best score of a matter answers a query of `said` characters.

    Three things speak for it: how much better it fits than the best topic of what is asked elsewhere (`foreign`), how
    much of all that was asked it covers, and how much was said: a long story may be covered thinly, of two or three
    words all must be known. One speaks against it: the share of the query that is only said elsewhere (`beside`), like
    “几点关门” after “药店”. Their damped product decides.
    """
    if best < LEAST_SCORE:
        return False
    ahead = min(MOST_AHEAD, best / foreign) if foreign else MOST_AHEAD
    least, most = SAID_BETWEEN
    length = max(least, min(most, said))
    return ahead**AHEAD * (best / possible) ** COVERED * length**SAID * math.exp(-beside) >= ENOUGH


def sayings_of(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """The code with the name and with each everyday name of each matter."""
    return ((code, text) for code, matter in catalogue.matters.items() for text in (matter.name, *matter.colloquial))


def _plain(text: str) -> str:
    return "".join(text.split())


def _words(query: str) -> dict[str, float]:
    return read_tokens(FILLER.sub(" ", query[:LONGEST_QUERY]), query=True)


def read_tokens(text: str, *, query: bool) -> dict[str, float]:
    """The tokens of a text by spelling, sound and meaning, with their weights."""
    return weighted_tokens(text, query=query) | {token: WEIGHTS[token[0]] for token in meaning_tokens(text)}


def main(arguments: list[str]) -> int:
    """Print the ranking for the words on the command line; 1 when nothing fits."""
    from .indexing import build_index
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
