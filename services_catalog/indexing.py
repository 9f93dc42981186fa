"""The index of the search: BM25 over the tokens of `tokens.py` and `meanings.py`, one document a matter.

The name counts twice, every everyday name once, every way of asking (`asks/`) a little more than half, and what steps,
questions and remarks say a little. A token is rare when few matters have it and few of all sayings.
"""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from .model import Catalogue, Matter
from .search import FILLER, WEIGHTS, Index, read_tokens, sayings_of
from .tokens import weighted_tokens

NAME, EVERYDAY, ASK, LIFE_EVENT, TEXT = 2.0, 1.0, 0.6, 0.5, 0.2
K1, B = 5.0, 0.5  # with sixty sayings a matter, said ten times is much more than said once


def build_index(catalogue: Catalogue) -> Index:
    """Tokenise every matter. Takes four seconds of a processor for a hundred matters with their asks, half of it pinyin;
    `kept.index_of` keeps what was made."""
    counts: dict[str, dict[str, float]] = {}
    said_in: Counter[str] = Counter()
    sayings = 0
    for code, matter in catalogue.matters.items():
        tokens: defaultdict[str, float] = defaultdict(float)
        for text, weight, query in _texts(catalogue, matter):
            found = read_tokens(FILLER.sub(" ", text), query=True) if query else read_tokens(text, query=False)
            said_in.update(found.keys())
            sayings += 1
            for token in found:
                tokens[token] += weight
        _add_small_print(matter, tokens)
        counts[code] = tokens
    for topic, asks in catalogue.elsewhere.items():
        counts[f"elsewhere {topic}"] = tokens = defaultdict(float)
        for text in asks:
            found = read_tokens(FILLER.sub(" ", text), query=True)
            said_in.update(found.keys())
            sayings += 1
            for token in found:
                tokens[token] += EVERYDAY
    had_by = Counter(token for tokens in counts.values() for token in tokens)
    rarity = _rarity(len(counts), had_by, said_in, sayings)
    rows = {token: row for row, token in enumerate(had_by)}
    starts = array("I", accumulate(had_by.values(), initial=0))
    places, worths = _matches(counts, rarity, rows, starts)
    spoken = tuple(frozenset(weighted_tokens(text, query=False)) for _, text in sayings_of(catalogue))
    return Index(catalogue, rows, array("d", rarity), starts, places, worths, spoken)


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
    for token in {token for text in small_print(matter) for token in weighted_tokens(text, query=False)}:
        if token[0] not in "ij":
            tokens[token] += TEXT


def _rarity(matters: int, had_by: Counter[str], said_in: Counter[str], sayings: int) -> list[float]:
    """How much each token tells: between few matters and few sayings, the geometric mean of both."""
    scale = math.log(1 + matters) / math.log(1 + sayings) if sayings else 1.0
    return [
        math.sqrt(
            math.log(1 + (matters - number + 0.5) / (number + 0.5))
            * scale
            * math.log(1 + (sayings - said_in[token] + 0.5) / (said_in[token] + 0.5))
        )
        for token, number in had_by.items()
    ]


def _matches(
    counts: Mapping[str, Mapping[str, float]], rarity: Sequence[float], rows: Mapping[str, int], starts: Sequence[int]
) -> tuple[Sequence[int], Sequence[float]]:
    """Of each token, one after the other: the places that have it, and what that is worth."""
    average = sum(sum(tokens.values()) for tokens in counts.values()) / max(1, len(counts))
    places, worths = array("I", [0]) * starts[-1], array("f", [0.0]) * starts[-1]
    free = list(starts)
    for place, tokens in enumerate(counts.values()):
        damping = K1 * (1 - B + B * sum(tokens.values()) / average)
        for token, count in tokens.items():
            row = rows[token]
            places[free[row]] = place
            worths[free[row]] = WEIGHTS[token[0]] * rarity[row] * count * (K1 + 1) / (count + damping)
            free[row] += 1
    return places, worths


def small_print(matter: Matter) -> Iterable[str]:
    """What is found faintly: steps, remarks, and the questions of situations with their answers."""
    yield from matter.steps
    yield matter.remarks
    for situation in matter.situations:
        if not situation.question.startswith("谁"):
            yield situation.question
            yield from (option.answer for option in situation.options)
