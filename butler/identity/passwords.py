"""Which passwords will do: values in, a reason or nothing out.

NIST SP 800-63B §3.1.1.2 and ASVS 5.0 6.2: at least twelve characters, at most 128, whatever characters; nothing that
stands on a list of common passwords, and nothing made of one's own name. zxcvbn brings the lists (30,000 common
passwords, words, names, keyboard rows) and sees through `P@ssw0rd1234` too; nothing is asked of anybody outside.
"""

import unicodedata
from collections.abc import Iterable
from datetime import datetime

SHORTEST, LONGEST = 12, 128
_LOOKED_AT = 72  # zxcvbn takes no more; what makes a password common is seen by then
_STRONG = 4  # the top of zxcvbn's scale: more than ten billion guesses
# What people here are fond of, and what this place is called.
_FAVOURITES = (
    "woaini", "aini", "woaiwojia", "woaizhongguo", "wodemima", "mima", "mimamima", "zhongguo", "hangzhou", "xihu",
    "guanjia", "guanjiatong", "butler", "wuye", "shequ", "beishan", "5201314", "1314520", "1314", "520", "521", "a123456",
    "qwe123", "zaq12wsx", "管家", "管家通", "密码", "我的密码", "物业", "社区",
)  # fmt: skip

BREACHED = "这个密码在别的网站泄露过，别人会先拿它来试。请换一个没在别处用过的。"


def why_refused(password: str, *, own: Iterable[str | None]) -> str | None:
    """Why a password will not do, as a sentence for its owner; None when it will. `own`: their name, their user name."""
    if len(password) < SHORTEST:
        return f"密码至少要 {SHORTEST} 个字符。可以用几个不相干的词连成一句话，好记又难猜。"
    if len(password) > LONGEST:
        return f"密码最多 {LONGEST} 个字符。"
    plain = _plain(password)
    about = [_plain(word) for word in own if word]
    rest = plain
    for word in about:
        rest = rest.replace(word, "") if len(word) > 1 else rest
    if len(rest) < SHORTEST // 2 or any(word in plain for word in about if len(word) > 3):
        return "密码里不要用自己的姓名或用户名，请换一个。"
    if _score(plain, password, about) < _STRONG:
        return "这个密码太常见，很容易被猜到。请换几个不相干的词，不要用 123456、键盘上连着的字母、生日这些。"
    return None


def must_be_changed(set_at: datetime | None, at: datetime, months: int) -> bool:
    """Whether a password is older than an assessed site allows (GB/T 22239-2019 8.1.4.1 a 定期更换); 0 months: never.

    Off unless set: being made to change makes people choose worse ones (NIST SP 800-63B §3.1.1.2, ASVS 6.2.10).
    """
    if not months or set_at is None:
        return False
    return (at.year - set_at.year) * 12 + at.month - set_at.month - (at.day < set_at.day) >= months


def _score(plain: str, password: str, about: list[str]) -> int:
    from zxcvbn import zxcvbn  # 14 MB of lists that only the choosing of a password needs

    inputs = [*about, *_FAVOURITES]
    scores = [zxcvbn(text[:_LOOKED_AT], user_inputs=inputs)["score"] for text in {plain, password}]
    return int(min(scores))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
