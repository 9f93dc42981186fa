"""How a case is spoken of, to residents and to staff. Pure tables; every page, notice and answer takes its words here.

We never say 受理 or 办结 of a government matter: that is the authority's to say (design §2, principle 7).
"""

from collections.abc import Mapping

from butler.cases.states import (
    ClockKind,
    Happening,
    Kind,
    Mode,
    Outcome,
    PauseReason,
    Stage,
    State,
    Step,
    Urgency,
)

KINDS: Mapping[Kind, str] = {Kind.CONSULT: "咨询", Kind.ERRAND: "代办"}
MODES: Mapping[Mode, str] = {Mode.DAYTIME: "白天代办", Mode.OFF_HOURS: "错峰代办（下班后交给管家）"}
URGENCIES: Mapping[Urgency, str] = {Urgency.NORMAL: "一般", Urgency.URGENT: "着急"}
STAGES: Mapping[Stage, str] = {
    Stage.WAITING: "待接单",
    Stage.IN_HAND: "在办",
    Stage.PAUSED: "暂停",
    Stage.RESOLVED: "待居民确认",
    Stage.CLOSED: "已完成",
}
STATES: Mapping[State, str] = {
    State.ASKED: "待答复",
    State.ANSWERED: "已答复",
    State.CONVERTED: "已转为代办",
    State.REQUESTED: "待签委托书",
    State.AUTHORISED: "待收材料或递交",
    State.COLLECTED: "已收原件，待递交",
    State.SUBMITTED: "已递交，等部门结果",
    State.RESULT_READY: "结果已取回，待送达",
    State.RETURNED: "原件已归还，待送达",
    State.DELIVERED: "已送达",
    State.NOT_DONE: "这次没办成",
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.CONFIRMED: "居民已确认",
    Outcome.SILENT: "到期没有回音，自动结束",
    Outcome.NOT_DONE: "没有办成，已说明原因",
    Outcome.CONVERTED: "已转为代办",
    Outcome.CANCELLED: "居民已取消",
}
YOUR_STAGES: Mapping[Stage, str] = {
    Stage.WAITING: "等接单",
    Stage.IN_HAND: "正在办",
    Stage.PAUSED: "先停一停",
    Stage.RESOLVED: "请您确认",
    Stage.CLOSED: "已结束",
}
"""The stage in a word, said to the resident whose case it is; `STAGES` is said among staff."""

YOUR_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.CONFIRMED: "您已经确认办好",
    Outcome.SILENT: "到了时间没有等到您的回音，自动结束",
    Outcome.NOT_DONE: "这次没有办成，原因在经过里",
    Outcome.CONVERTED: "已转为代办",
    Outcome.CANCELLED: "您取消了申请",
}
CLOCKS: Mapping[ClockKind, str] = {
    ClockKind.RESPONSE: "接单",
    ClockKind.HANDLING: "办理",
    ClockKind.AUTHORITY: "部门办理",
    ClockKind.DELIVERY: "送达",
    ClockKind.CONFIRM: "居民确认",
}
PAUSE_REASONS: Mapping[PauseReason, str] = {
    PauseReason.WAITING_FOR_RESIDENT: "等居民补材料或回话",
    PauseReason.WAITING_FOR_APPOINTMENT: "等约好的时间",
    PauseReason.SPECIAL_PROCEDURE: "部门在做听证、检验、评估等，时间不算",
}

YOUR_PAUSES: Mapping[PauseReason, str] = {
    PauseReason.WAITING_FOR_RESIDENT: "需要您补一下，或者回个话",
    PauseReason.WAITING_FOR_APPOINTMENT: "等到约好的时间",
    PauseReason.SPECIAL_PROCEDURE: "部门要先做检验、评估一类的事",
}
"""Why it rests, said to the resident whose case it is."""

BUTTONS: Mapping[Step, str] = {
    Step.CLAIM: "接单",
    Step.RELEASE: "退回待接",
    Step.DISPATCH: "分派",
    Step.REFER_UP: "上报",
    Step.PAUSE: "暂停计时",
    Step.RESUME: "继续办理",
    Step.NOTE: "留言",
    Step.URGE: "催一下",
    Step.RESOLVE: "完成送达",
    Step.CONFIRM: "确认完成",
    Step.DISPUTE: "还没办好",
    Step.RATE: "提交评价",
    Step.CANCEL: "取消申请",
    Step.ANSWER: "答复居民",
    Step.CONVERT: "转为代办",
    Step.AUTHORISE: "委托书已签",
    Step.RECEIVE_ORIGINALS: "确认收到原件",
    Step.SUBMIT: "记录递交",
    Step.RECORD_RESULT: "记录结果",
    Step.RETURN_ORIGINALS: "归还原件",
}
"""The verb on the button. 2–6 characters, naming the act."""

DONE: Mapping[Step | Happening, str] = {
    Happening.FILED: "提交了申请",
    Happening.ESCALATED: "比约定的时间晚了",
    Happening.LEASE_LAPSED: "一直没有新进展，退回待接",
    Happening.SILENCE: "过了确认时间没有回音，自动结束",
    Happening.DUE_MOVED: "放假安排公布了，重新算了最晚时间",
    Happening.ATTACHED: "传了照片或材料",
    Happening.DESTROYED: "照片和材料按规定销毁了",
    Step.CLAIM: "接单了",
    Step.RELEASE: "退回待接，会有人重新接单",
    Step.DISPATCH: "分派了这件申请",
    Step.REFER_UP: "上报，请上一级帮助办理",
    Step.PAUSE: "暂停计时",
    Step.RESUME: "继续办理",
    Step.NOTE: "留言",
    Step.URGE: "催了一下",
    Step.RESOLVE: "已送到手上，请核对",
    Step.CONFIRM: "确认完成",
    Step.DISPUTE: "说还没有办好",
    Step.RATE: "作了评价",
    Step.CANCEL: "取消了申请",
    Step.ANSWER: "答复了咨询",
    Step.CONVERT: "转为代办",
    Step.AUTHORISE: "签好了委托书",
    Step.RECEIVE_ORIGINALS: "收到了原件，有收条",
    Step.SUBMIT: "已递交到窗口",
    Step.RECORD_RESULT: "部门有结果了，已取回",
    Step.RETURN_ORIGINALS: "原件已归还",
}
"""What a line of the timeline says after who did it."""


def status_sentence(*, stage: Stage, state: State, who: str, latest: str | None, outcome: Outcome | None) -> str:
    """Where it is, who does what next, by when: one sentence for the resident.

    `who`: how whoever works on it is called (陈管家, or 管家 while nobody has it); `latest`: the due time in words.
    """
    by = f"，最晚{latest}" if latest else ""
    match stage:
        case Stage.WAITING:
            return (f"已提交，等{who}接单" if state in (State.ASKED, State.REQUESTED) else f"等{who}接着办") + by
        case Stage.PAUSED:
            return f"{who}暂停了计时，到时会继续办"
        case Stage.CLOSED:
            return f"已结束：{YOUR_OUTCOMES[outcome]}" if outcome else "已结束"
        case Stage.RESOLVED:
            said = {State.ANSWERED: f"{who}答复了，请看是不是您要的", State.NOT_DONE: "这次没有办成，请看原因"}
            return said.get(state, "已送到您手上，请核对") + (f"，{latest}前回个话" if latest else "")
    next_step = {
        State.ASKED: f"{who}接单了，会答复您",
        State.REQUESTED: f"{who}接单了，会联系您签委托书",
        State.AUTHORISED: f"委托书已签好，下一步由{who}收材料、去窗口递交",
        State.COLLECTED: f"{who}已收到您的原件，下一步去窗口递交",
        State.SUBMITTED: f"已递交到窗口，部门办理中，下一步由{who}取回结果",
        State.RESULT_READY: f"有结果了，下一步由{who}送还给您",
        State.RETURNED: f"原件已还给您，下一步由{who}送达结果",
    }
    return next_step.get(state, f"{who}正在办") + by


def resolve_button(state: State) -> str:
    """`resolve` means delivered, or honestly not done: the button must not hide which."""
    return BUTTONS[Step.RESOLVE] if state in (State.RESULT_READY, State.RETURNED) else "没法办成"
