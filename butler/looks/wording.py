"""How looks are told to residents: plain sentences. Pure tables."""

from collections.abc import Mapping, Sequence

from butler.looks.states import FieldClass, LookKind, SearchBy, Standing, Way, Why

FIELDS: Mapping[FieldClass, str] = {
    FieldClass.OUTLINE: "事项和进度",
    FieldClass.NAME: "姓名",
    FieldClass.PHONE: "电话",
    FieldClass.ADDRESS: "门牌",
    FieldClass.WORDS: "写的话",
    FieldClass.PAPERS: "材料",
}

WHY: Mapping[Why, str] = {
    Why.CONTACT: "联系居民",
    Why.VISIT: "上门",
    Why.PREPARE: "准备或核对材料",
    Why.COMPLAINT: "处理投诉或差评",
    Why.DANGER: "有人可能有危险",
    Why.CHECK: "上级检查",
    Why.OTHER: "其他",
}

SEARCHED: Mapping[SearchBy, str] = {
    SearchBy.NAME: "姓名",
    SearchBy.PHONE: "手机号",
    SearchBy.NUMBER: "单号",
}

WAYS: Mapping[Way, str] = {Way.REASON: "临时查看", Way.BREAK_GLASS: "紧急查看"}

STANDINGS: Mapping[Standing, str] = {
    Standing.HOLDER: "正在办这件事",
    Standing.DESK: "这件事转到了这个岗位",
    Standing.ABOVE: "负责督促这件事",
    Standing.OWN: "也是本人的事",
    Standing.NONE: "",
}
"""Because of what somebody could look; nothing where nothing connects them."""


def tell_look(kind: LookKind, fields: Sequence[str], times: int) -> str:
    """What somebody did: “在工作列表里看到了这件事 3 次”, “打开了这件事，看到姓名、电话、事项和进度”."""
    named = tell_fields(fields)
    match kind:
        case LookKind.LIST:
            often = f" {times} 次" if times > 1 else ""
            return f"在工作列表里看到了这件事{often}（{named}）"
        case LookKind.SUMMARY:
            return f"看了这件事的经过（{named}）"
        case LookKind.FULL:
            return f"打开了这件事，看到{named}"
        case LookKind.REVEAL:
            return f"写明理由，查看了平时遮住的{named}"
        case LookKind.PAPER:
            return f"看了材料或打印了单子（{named}）"
        case LookKind.EXPORT:
            return f"导出的表格里有这件事（{named}）"
        case LookKind.SEARCH:
            return "查找时看到了"


def tell_reason(kind: LookKind, reason: str, words: str) -> str:
    """What was written as the reason: “联系居民，‘…’”; for a search by what. Empty where none was asked for."""
    if not reason:
        return words
    if kind is LookKind.SEARCH:
        return f"按{SEARCHED[SearchBy(reason)]}查找"
    return f"{WHY[Why(reason)]}，“{words}”"


def tell_fields(fields: Sequence[str]) -> str:
    """“姓名、电话、事项和进度”, what weighs most first."""
    order = [FieldClass.NAME, FieldClass.PHONE, FieldClass.ADDRESS, FieldClass.PAPERS, FieldClass.WORDS]
    known = [FieldClass(word) for word in fields]
    return "、".join(FIELDS[one] for one in sorted(known, key=[*order, FieldClass.OUTLINE].index))
