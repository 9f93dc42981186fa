"""Which matters we put forward by ourselves, and which words of a search in vain may be kept."""

import re
from unicodedata import normalize

#: What we show before anybody has said what they need: eight matters of elders and households that are asked all year,
#: the likeliest first. Our choice (no figures exist yet); the first six are on the page of a card.
MOST_ASKED = ("M011", "M002", "M016", "M012", "M044", "M049", "M086", "M101")

#: Found when looked for, never put forward: that somebody around here asks for it is already a private thing
#: (support for families who lost their only child, for orphans).
NOT_PUT_FORWARD = frozenset({"M024", "M067"})

#: Words are shown to the editor from so many times on: what one person typed is nobody else's affair.
SHOWN_FROM = 3
KEPT_DAYS = 90
MOST_A_DAY = 2_000  # different words; a flood of nonsense is not worth more
_SHORTEST, _LONGEST = 2, 30  # longer is a story, and a story is about somebody

_NOT_SAID = re.compile(r"[^\w]+|_+")
_PERSONAL = re.compile(
    r"\d{6}|[零〇一二三四五六七八九]{6}|身份证号|手机号|电话是|我叫|名叫|我是.{2,4}家|住在|[弄幢栋]\d|\d[号室弄幢栋]"
)


def worth_keeping(query: str) -> str | None:
    """The words of a query as they are counted, without signs and spaces; None for what looks personal (a long number, a
    name or an address given) or is a story."""
    words = _NOT_SAID.sub("", normalize("NFKC", query).casefold())
    if not _SHORTEST <= len(words) <= _LONGEST or _PERSONAL.search(words):
        return None
    return words
