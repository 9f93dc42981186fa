"""How findings are spoken of. Pure tables."""

from collections.abc import Mapping

from butler.privacy.states import ExportState, Rule, Verdict

RULES: Mapping[Rule, str] = {
    Rule.DECOY: "看了并不存在的人（预设的线索）",
    Rule.DOUBTED: "居民对这次查看有疑问",
    Rule.RELATIVE: "看了自己家人的事",
    Rule.SAME_SURNAME: "看了同一幢楼、同一个姓的人",
    Rule.SAME_BUILDING: "看了自己楼里的邻居，什么也没有办",
    Rule.AFTER_HANDOVER: "交给别人以后又看",
    Rule.AFTER_CLOSING: "办结很久以后又看",
    Rule.SEARCHES: "按姓名找人，什么也没有办",
    Rule.UNASSIGNED: "看了不归自己办的事",
    Rule.OFF_HOURS: "夜里看了很多人",
    Rule.TOO_MANY: "一天看的人太多",
    Rule.AGAIN_AND_AGAIN: "反复看同一个人",
    Rule.BROKEN_GLASS: "紧急查看，每次都要核对",
    Rule.COLLEAGUE: "看了同事自己的事，什么也没有办",
    Rule.AWAY: "请假的日子里看了别人的事",
    Rule.UNCOVERED: "多次查看被遮住的内容，什么也没有办",
    Rule.CROWD: "一天里好几个人都去看同一个人",
    Rule.LINES: "翻了很多人的名单，什么也没有办",
    Rule.EXPORTS: "导出的人很少，或者导出得太勤",
    Rule.KEEPS_COMING: "隔几天就看同一个人，从来没有办过",
    Rule.IN_TURN: "两个人轮着看同一个人，都没有办过",
    Rule.LEFT_LYING: "把邻居的事拿到手上，却没有办",
    Rule.LEAVING: "快离岗的几周里看了很多人",
}

VERDICTS: Mapping[Verdict, str] = {
    Verdict.OPEN: "还没核对",
    Verdict.EXPLAINED: "有正当理由",
    Verdict.CONFIRMED: "没有正当理由",
}

EXPORT_STATES: Mapping[ExportState, str] = {
    ExportState.ASKED: "等隐私专员批",
    ExportState.APPROVED: "批了，正在做表格",
    ExportState.REFUSED: "没有批",
    ExportState.MADE: "做好了",
}

ALARM = "【管家通】有人看了预设的线索，请马上到“查看核对”里看是谁。"
DOUBT = "【管家通】有居民问为什么看他的申请，请到“查看核对”里核对。"
TO_LOOKER = "【管家通】隐私专员核对了您的查看记录，认为没有正当理由。请和您的主管联系说明。"
