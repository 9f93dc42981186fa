"""A Chinese text → weighted tokens, so that characters, sounds and initials all find it.

Kinds: `c:` character, `b:` pair of characters, `s:` syllable, `p:` pair of syllables, `k:` two syllables with one
between (one syllable mistyped), `a:` number or Latin word that is no pinyin, `i:` initials from the beginning, `j:`
initials from the middle.
Syllables are folded the way people around here speak and type: zh=z, ch=c, sh=s, l=n, ang=an, eng=en, ing=in.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from unicodedata import normalize

WEIGHTS = {"c": 0.6, "b": 2.0, "s": 0.25, "p": 1.2, "k": 0.6, "a": 2.0, "i": 3.0, "j": 1.5}
LONGEST_INITIALS = 8

_FINALS = {
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan un uo v ve",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "r": "an ang ao e en eng i ong ou u uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
    "": "a ai an ang ao e ei en er o ou",
}
SYLLABLES = frozenset(initial + final for initial, finals in _FINALS.items() for final in finals.split())

_RUN = re.compile(r"[a-z]+|\d+|[\u4e00-\u9fff]+")
_BETWEEN_LETTERS = re.compile(r"(?<=[a-z]) (?=[a-z])")
_PIECE = re.compile(r"[a-z0-9\u4e00-\u9fff]+")


def fold(syllable: str) -> str:
    """The syllable as the index keeps it: `zhang` → `zan`, `ling` → `nin`."""
    if syllable[:2] in ("zh", "ch", "sh"):
        syllable = syllable[0] + syllable[2:]
    if syllable[0] == "l":
        syllable = "n" + syllable[1:]
    return syllable[:-1] if syllable.endswith("ng") and not syllable.endswith("ong") else syllable


@lru_cache(maxsize=4096)
def split_syllables(letters: str) -> tuple[str, ...]:
    """Latin letters cut into the fewest pinyin syllables, the first ones longest; empty when that is not possible."""
    best: list[tuple[str, ...] | None] = [None] * len(letters) + [()]
    for start in range(len(letters) - 1, -1, -1):
        for end in range(min(len(letters), start + 6), start, -1):
            rest = best[end]
            if letters[start:end] in SYLLABLES and rest is not None:
                found = best[start]
                if found is None or len(rest) + 1 < len(found):
                    best[start] = (letters[start:end], *rest)
    return best[0] or ()


def weighted_tokens(text: str, *, query: bool) -> dict[str, float]:
    """Token → weight. Of a query, Latin letters that are no pinyin are taken as initials; of an indexed text the
    initials of its characters are added, and a syllable typed as such counts for the character it stands for."""
    tokens: dict[str, float] = {}
    plain = normalize("NFKC", text).lower()
    if query:
        plain = _BETWEEN_LETTERS.sub("", plain)  # `tui xiu` is typed for `tuixiu`
    for token, weight in _tokens(plain, query):
        tokens[token] = max(weight, tokens.get(token, 0.0))
    return tokens


def _tokens(text: str, query: bool) -> Iterator[tuple[str, float]]:
    for piece in _PIECE.findall(text):
        sounds: list[str] = []
        typed: list[bool] = []  # whether the syllable was typed as such: then no character speaks for it
        initials = ""
        for run in _RUN.findall(piece):
            if not run.isascii():
                yield from ((f"c:{char}", WEIGHTS["c"]) for char in run)
                yield from ((f"b:{first}{second}", WEIGHTS["b"]) for first, second in pairwise(run))
                spoken = _pinyin(run)
                initials += "".join(syllable[0] for syllable in spoken)
                sounds += spoken
                typed += [False] * len(spoken)
                continue
            syllables = split_syllables(run)
            sounds += syllables
            typed += [query] * len(syllables)
            if not syllables:
                yield f"a:{run}", WEIGHTS["a"]
                if query and run.isalpha():
                    yield f"i:{run[:LONGEST_INITIALS]}", WEIGHTS["i"]
                    yield f"j:{run[:LONGEST_INITIALS]}", WEIGHTS["j"]
        folded = [fold(syllable) for syllable in sounds]
        for place, sound in enumerate(folded):
            yield f"s:{sound}", WEIGHTS["s"] + WEIGHTS["c"] * typed[place]
            if place + 1 < len(folded):
                by_sound_alone = typed[place] or typed[place + 1]
                yield f"p:{sound} {folded[place + 1]}", WEIGHTS["p"] + WEIGHTS["b"] * by_sound_alone
            if place + 2 < len(folded):
                by_sound_alone = typed[place] or typed[place + 2]
                yield f"k:{sound} {folded[place + 2]}", WEIGHTS["k"] + WEIGHTS["b"] * by_sound_alone
        if not query:
            yield from ((token, WEIGHTS[token[0]]) for token in _initials(initials))


def _initials(initials: str) -> Iterator[str]:
    for start in range(len(initials) - 1):
        for end in range(start + 2, min(len(initials), start + LONGEST_INITIALS) + 1):
            yield f"j:{initials[start:end]}"
            if start == 0:
                yield f"i:{initials[:end]}"


def _pinyin(run: str) -> list[str]:
    # Imported late: pypinyin takes 0.3 s and 57 MB, and most processes never search.
    from pypinyin.contrib.mmseg import seg

    return [syllable for word in seg.cut(run) for syllable in _spoken(word)]


@lru_cache(maxsize=16_384)
def _spoken(word: str) -> tuple[str, ...]:
    """The syllables of one word. A catalogue uses the same few thousand words again and again."""
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(word))
