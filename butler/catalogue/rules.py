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
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴"
    "夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)  # the hundred most frequent, which more than eight of ten people have
_CALLED = "奶奶|爷爷|阿姨|阿婆|婆婆|叔叔|伯伯|大爷|大妈|大伯|先生|女士|小姐|师傅|老师|医生|管家"
_PERSONAL = re.compile(
    r"\d{4}|[\d零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖两]{5}|身份证号|手机号|电话是|我叫|我姓|名叫|名字是|我是.{2,4}家"
    r"|住在|[弄幢栋]\d|\d[号室弄幢栋]"
    rf"|[{_SURNAMES}].{{0,2}}(?:{_CALLED})|^[{_SURNAMES}]\w{{1,2}}$"
)
_THIS_DECADE = re.compile(r"(?<!\d)20[2-3]\d(?!\d)")  # a year that something is valid in, not one to be born in


def worth_keeping(query: str) -> str | None:
    """The words of a query as they are counted, without signs and spaces; None for what looks personal (a number of a
    telephone, a card or a birthday, a name or how somebody is called, an address) or is a story. Losing a count costs
    little, so whatever is doubtful is not kept: two or three characters that begin like a name are none either."""
    words = _NOT_SAID.sub("", normalize("NFKC", query).casefold())
    if not _SHORTEST <= len(words) <= _LONGEST or _PERSONAL.search(_THIS_DECADE.sub("", words)):
        return None
    return words
