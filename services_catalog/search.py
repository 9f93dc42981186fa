"""Find the matter behind everyday words, misheard characters, pinyin or initials.

BM25 over the tokens of `tokens.py`: the name counts twice, every everyday name once, the life event half, and what
steps, questions and remarks say a little. `python -m services_catalog.search 敬老证` prints the ranking.
"""

import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .model import Catalogue, Matter
from .tokens import WEIGHTS, weighted_tokens

NAME, EVERYDAY, LIFE_EVENT, TEXT = 2.0, 1.0, 0.5, 0.2
K1, B = 1.2, 0.5
# What counts as an answer, measured on everyday queries against questions about anything else: most of what was asked
# is found (a short query), or much is found (a long story). Letters alone find less, and a share of it says more.
ENOUGH_SHARE, ENOUGH_SCORE = 0.44, 21.0
ENOUGH_SHARE_OF_LETTERS, LEAST_SCORE_OF_LETTERS = 0.3, 4.0
LONGEST_QUERY = 200

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
    postings: Mapping[str, tuple[tuple[str, float], ...]]
    rarity: Mapping[str, float]
    rarest: float
    sayings: Mapping[str, tuple[tuple[str, frozenset[str]], ...]]

    def search(self, query: str, limit: int = 10) -> SearchAnswer:
        """The matters that fit `query`, best first, at most `limit`."""
        words = _words(query)
        scores: defaultdict[str, float] = defaultdict(float)
        best_possible = 0.0
        for token, weight in words.items():
            best_possible += weight * self.rarity.get(token, self.rarest)
            for code, score in self.postings.get(token, ()):
                scores[code] += score
        named = self._named(query)  # what is called exactly so comes first, however often others use the same words
        found = sorted(scores.items(), key=lambda pair: (pair[0] not in named, -pair[1], pair[0]))[:limit]
        top = found[0][1] if found else 0.0
        return SearchAnswer(
            answered=bool(found) and _is_enough(query, top, top / best_possible),
            items=tuple(
                Hit(code, self.catalogue.matters[code].name, round(score, 2), self._why(words, code))
                for code, score in found
            ),
        )

    def _named(self, query: str) -> frozenset[str]:
        plain = "".join(query.split())
        return frozenset(
            code for code, matter in self.catalogue.matters.items() if plain in (matter.name, *matter.colloquial)
        )

    def _why(self, words: Mapping[str, float], code: str) -> str:
        matter = self.catalogue.matters[code]
        said, shared, share = "", frozenset[str](), 0.0
        for text, tokens in self.sayings[code]:
            common = tokens & words.keys()
            value = sum(words[token] * self.rarity[token] for token in common)
            if value > share:
                said, shared, share = text, common, value
        kinds = {token[0] for token in shared}
        if not kinds & set("bapkij"):
            return f"属于“{matter.life_event}”这一类" if not said else f"和“{said}”有一点关系"
        if kinds & set("ij") and not kinds & set("cp"):
            return f"“{said}”的拼音首字母"
        if "b" not in kinds:
            return f"读音和“{said}”相近"
        if said == matter.name:
            return "名称里就有您说的字"
        same = sum(token[0] == "b" for token in shared)
        return f"和“{said}”是同一件事" if same * 2 >= len(said) - 1 else f"和“{said}”有关"


def build_index(catalogue: Catalogue) -> Index:
    """Tokenise every matter. Takes about a second for a hundred matters, most of it loading the pinyin tables."""
    counts = {code: _weights(matter) for code, matter in catalogue.matters.items()}
    frequency = Counter(token for tokens in counts.values() for token in tokens)
    rarity = {token: math.log(1 + (len(counts) - number + 0.5) / (number + 0.5)) for token, number in frequency.items()}
    average = sum(sum(tokens.values()) for tokens in counts.values()) / max(1, len(counts))
    postings: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for code, tokens in counts.items():
        damping = K1 * (1 - B + B * sum(tokens.values()) / average)
        for token, count in tokens.items():
            score = WEIGHTS[token[0]] * rarity[token] * count * (K1 + 1) / (count + damping)
            postings[token].append((code, score))
    return Index(
        catalogue=catalogue,
        postings={token: tuple(pairs) for token, pairs in postings.items()},
        rarity=rarity,
        rarest=max(rarity.values(), default=0.0),
        sayings={
            code: tuple(
                (text, frozenset(weighted_tokens(text, query=False))) for text in (matter.name, *matter.colloquial)
            )
            for code, matter in catalogue.matters.items()
        },
    )


def _is_enough(query: str, score: float, share: float) -> bool:
    if query.isascii():
        return share >= ENOUGH_SHARE_OF_LETTERS and score >= LEAST_SCORE_OF_LETTERS
    return share >= ENOUGH_SHARE or score >= ENOUGH_SCORE


def _words(query: str) -> dict[str, float]:
    return weighted_tokens(_FILLER.sub(" ", query[:LONGEST_QUERY]), query=True)


def _weights(matter: Matter) -> dict[str, float]:
    tokens: defaultdict[str, float] = defaultdict(float)
    named = [(matter.name, NAME), *((text, EVERYDAY) for text in matter.colloquial), (matter.life_event, LIFE_EVENT)]
    for text, weight in named:
        for token in weighted_tokens(text, query=False):
            tokens[token] += weight
    # Said once or ten times in the small print counts the same; its initials would only be noise.
    for token in {token for text in _small_print(matter) for token in weighted_tokens(text, query=False)}:
        if token[0] not in "ij":
            tokens[token] += TEXT
    return tokens


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
