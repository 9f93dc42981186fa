"""Reports about cards in plain words."""

from collections.abc import Mapping

from butler.cards.states import Found, Wrong

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
