"""How a case is spoken of at a desk: the words that only staff read. Pure but for the clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from butler.cases import wording
from butler.cases.models import Case
from butler.cases.states import ClockKind, Direction, Outcome, Stage, State, Step
from butler.catalogue import queries as catalogue_queries
from butler.kit import clock
from butler.kit.errors import Invalid, NotFound

SAID: Mapping[str, str] = {
    Step.CLAIM: "接到手了。请尽快和居民联系。",
    Step.RELEASE: "已退回待接，会有人重新接单。",
    Step.DISPATCH: "分派好了，那边会收到提醒。",
    Step.REFER_UP: "上报好了，上一级会接着办。",
    Step.PAUSE: "计时停了，到时间会自动接着走。",
    Step.RESUME: "接着办，计时恢复了。",
    Step.NOTE: "留言发出去了，居民也看得到。",
    Step.URGE: "已经提醒了办这件事的人。4 个工作小时里不用再催，急的话请直接打电话。",
    Step.RESOLVE: "记下了，等居民确认。",
    Step.ANSWER: "答复发给居民了，等居民确认。",
    Step.CONVERT: "已转为代办，新的一件在待接里。",
    Step.AUTHORISE: "委托书登记好了。",
    Step.RECEIVE_ORIGINALS: "原件登记好了，请打印收条交给居民。",
    Step.SUBMIT: "递交记下了。从现在起走部门的时间。",
    Step.RECORD_RESULT: "结果记下了，居民会收到消息。",
    Step.RETURN_ORIGINALS: "归还记下了。",
    "reveal": "遮住的内容能看 15 分钟。",
    "nothing": "都接完了。",
    "attach": "传好了，居民也看得到。",
    "agree": "居民的同意登记好了，居民会收到消息。",
    "withdraw": "撤回登记好了，居民会收到消息。",
}
"""What somebody reads after a step of theirs; `?done=` names it."""

WHOSE: Mapping[ClockKind, str] = {
    ClockKind.RESPONSE: "我们的时间",
    ClockKind.HANDLING: "我们的时间",
    ClockKind.AUTHORITY: "部门的时间",
    ClockKind.DELIVERY: "我们的时间",
    ClockKind.CONFIRM: "居民的时间",
}
DIRECTIONS: Mapping[Direction, str] = {Direction.DOWN: "", Direction.UP: "上报到", Direction.SIDEWAYS: "转交给"}
SIGNED_HOW: Mapping[str, str] = {"paper": "居民交来签好的纸质委托书", "in_person": "居民当着我的面签的"}
SIGNED_BY: Mapping[str, str] = {"beneficiary": "被服务的人本人签的", "delegate": "替他（她）提申请的家人签的"}
RESULTS: Mapping[str, str] = {"granted": "同意了", "partly": "只同意了一部分", "refused": "没有同意"}
TYPED: Mapping[str, str] = {
    "note": "您写的话",
    "window": "递交的窗口",
    "receipt_number": "回执号",
    "expected_on": "预计出结果",
    "until": "恢复时间",
    "name": "材料",
    "copies": "份数",
    "condition": "外观",
}
"""Names of what people write themselves, to show it again when it could not be taken."""


def standing(case: Case) -> str:
    """Where a case stands, in the words of those who work on it."""
    stage, state = Stage(case.stage), State(case.state)
    match stage:
        case Stage.IN_HAND:
            return wording.STATES[state]
        case Stage.CLOSED:
            return wording.OUTCOMES[Outcome(case.outcome or "")]
        case Stage.WAITING if state in (State.ASKED, State.REQUESTED):
            return wording.STAGES[stage]
        case _:
            return f"{wording.STAGES[stage]}（{wording.STATES[state]}）"


def is_late(case: Case) -> bool:
    """Whether a promise to the resident has passed. The resident's own time to confirm is none."""
    return case.due_at is not None and case.stage != Stage.RESOLVED and case.due_at <= clock.now()


def say_span(span: timedelta) -> str:
    """“2 小时 10 分”, “3 天”: how long, in the two largest units that matter; never less than a minute."""
    minutes = max(1, int(span.total_seconds()) // 60)
    days, hours, left = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    if hours:
        return f"{hours} 小时 {left} 分" if left else f"{hours} 小时"
    return f"{left} 分钟"


def say_late(case: Case) -> str:
    """“晚了 3 天”: how long ago it was due, in the largest unit that matters."""
    assert case.due_at is not None
    return "晚了 " + " ".join(say_span(clock.now() - case.due_at).split(" ")[:2])


def say_lease(until: datetime) -> tuple[str, bool]:
    """How long it stays with its holder, and whether that is short (under 30 minutes)."""
    left = until - clock.now()
    words = f"还有 {say_span(left)}" if left > timedelta() else "时间到了"
    return words, left < timedelta(minutes=30)


def answers_in_words(case: Case) -> list[tuple[str, str]]:
    """The resident's answers to the questions of the matter; those it does not ask (any more) are left out."""
    try:
        asked = catalogue_queries.matter(case.matter_code or "").situations
    except NotFound:
        return []
    return [
        (one.question, "、".join(map(str, given)) if isinstance(given, list) else str(given))
        for one in asked
        if (given := case.answers.get(one.id))
    ]


def materials_of(case: Case) -> list[Any]:
    """The papers this resident needs (checklist items). Answers that do not fit the matter any more count as none."""
    given = {key: value for key, value in case.answers.items() if isinstance(value, (str, list))}
    code = case.matter_code or ""
    try:
        return list(catalogue_queries.checklist(code, given).items)
    except Invalid:
        return list(catalogue_queries.checklist(code, {}).items)
    except NotFound:
        return []
