"""Families in plain words: the same on every page and in every message."""

from collections.abc import Mapping

from butler.families.states import Basis, ConfirmedHow, DelegationState, EndedWhy, OverWhy, Paper, Power

POWERS: Mapping[Power, str] = {
    Power.ASK: "替我提出申请、补话、补照片",
    Power.FOLLOW: "看这些申请的进展",
    Power.DECIDE: "替我确认办好、取消、评价",
    Power.MANDATE: "替我签委托书，交给管家去办",
}
"""As whoever gives it reads them."""
POWERS_SHORT: Mapping[Power, str] = {
    Power.ASK: "提出申请",
    Power.FOLLOW: "看进展",
    Power.DECIDE: "确认办好、取消、评价",
    Power.MANDATE: "签委托书给管家",
}
STATES: Mapping[DelegationState, str] = {
    DelegationState.PROPOSED: "等回答",
    DelegationState.IN_FORCE: "有效",
    DelegationState.REFUSED: "没有同意",
    DelegationState.ENDED: "已结束",
}
WHY_ENDED: Mapping[EndedWhy, str] = {
    EndedWhy.REVOKED: "授权的人收回了",
    EndedWhy.GIVEN_UP: "办事的人不再办了",
    EndedWhy.WITHDRAWN: "请求撤回了",
    EndedWhy.REPLACED: "换了新的授权",
    EndedWhy.LAPSED: "14 天没有回答，请求过期了",
    EndedWhy.EXPIRED: "期限到了",
    EndedWhy.GROWN_UP: "孩子满14周岁了，以后由本人同意",
    EndedWhy.LEFT: "其中一位注销了",
    EndedWhy.DECIDED: "看过新的判决或决定，监护结束了",
    EndedWhy.MISTAKEN: "登记错了，已经更正",
}
BASES: Mapping[Basis, str] = {
    Basis.GRANTED: "授权",
    Basis.GUARDIANSHIP: "监护（孩子未满14周岁）",
    Basis.ADULT_GUARDIANSHIP: "监护（成年人）",
}
HOW: Mapping[ConfirmedHow, str] = {
    ConfirmedHow.SIGNED_IN: "本人登录同意",
    ConfirmedHow.FACE_TO_FACE: "工作人员当面核对",
}
PAPERS: Mapping[Paper, str] = {
    Paper.ID_CARD: "身份证",
    Paper.HOUSEHOLD_REGISTER: "户口簿",
    Paper.BIRTH_CERTIFICATE: "出生医学证明",
    Paper.COURT_DECISION: "法院判决书",
    Paper.APPOINTMENT: "居（村）委会或民政部门的指定书",
    Paper.AGREEMENT: "意定监护协议和法院判决书",
}
OVER: Mapping[OverWhy, str] = {
    OverWhy.DECIDED: "看过新的判决或决定，监护结束了",
    OverWhy.MISTAKEN: "当初登记错了",
}
EVERY_MATTER = "所有事项"
