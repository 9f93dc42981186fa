"""Reports about cards in plain words."""

from collections.abc import Mapping

from butler.cards.states import Found, Odd, Wrong

WRONG: Mapping[Wrong, str] = {
    Wrong.PASTED_OVER: "像是贴了另一张",
    Wrong.OTHER_PAGE: "扫出来不是管家通",
    Wrong.ASKS_MONEY: "要钱、要密码或验证码",
    Wrong.NUMBER_DIFFERS: "卡号或网址对不上",
    Wrong.WORN: "旧了、坏了、换了地方",
    Wrong.OTHER: "别的不对",
}

FOUND: Mapping[Found, str] = {
    Found.FINE: "已去看过，卡没有问题",
    Found.REPLACED: "已去看过，换了新卡",
    Found.FALSE_CARD: "是假的，已经撕下",
}

ODD: Mapping[Odd, str] = {
    Odd.FAR_MORE: "扫的次数比平时多得多",
    Odd.AT_NIGHT: "夜里扫的次数比平时多得多",
    Odd.OUT_OF_USE: "停用的卡还有人扫，可能还贴在墙上",
    Odd.UNKNOWN: "有人扫带着我们网址、却不是我们发的码，可能有假卡",
}


def say_wrong(wrong: str | None, odd: str | None) -> str:
    """What somebody says is not right, or what the counts say."""
    return WRONG[Wrong(wrong)] if wrong else ODD[Odd(odd or "")]
