"""A case told in sentences: what happened, how far it is, what comes next, what is lost. Pure; the words of single
steps and states are in `wording`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from butler.cases.grades import GRADE_NAMES, Grade
from butler.cases.states import ClockKind, Happening, Kind, Outcome, PauseReason, Stage, State, Step
from butler.cases.wording import DONE, PAUSE_REASONS
from butler.files.states import DestroyedWhy, FileKind
from butler.kit.wording import say_clock, say_day

ACTS: Mapping[str, str] = {
    "submit": "递交材料",
    "sign_receipt": "签收回执",
    "correct_materials": "补正材料",
    "collect_result": "领取结果",
}
"""What a butler may be authorised to do, as the letter names it (民法典 art 165)."""

RESULTS: Mapping[str, str] = {
    "granted": "部门同意了，结果已取回",
    "partly": "部门只同意了一部分，结果已取回",
    "refused": "部门没有同意，结果已取回",
}
"""What the authority decided, and that we have it in hand."""


@dataclass(frozen=True)
class Told:
    """One thing that happened: `what` is said after who did it, `details` are further short sentences."""

    what: str
    details: tuple[str, ...] = ()


def tell_step(step: Step | Happening, state: State, data: Mapping[str, Any]) -> Told:
    """A line of the history in plain words. `state` is the state after it, `data` what was kept with it."""
    match step:
        case Step.DISPATCH:
            return Told(f"分派给{data['desk']}")
        case Step.REFER_UP:
            return Told(f"上报给{data['desk']}，请那里帮助办理")
        case Step.PAUSE:
            until = datetime.fromisoformat(data["until"])
            why = PAUSE_REASONS[PauseReason(data["reason"])]
            return Told(DONE[step], (f"原因：{why}", f"到 {_moment(until)} 自动接着办"))
        case Step.AUTHORISE:
            acts = "、".join(ACTS[act] for act in data["acts"])
            until = datetime.fromisoformat(data["valid_until"])
            return Told("登记了签好的委托书", (f"管家可以代为：{acts}", f"有效到 {_day(until)}，这件事一结束就作废"))
        case Step.RECEIVE_ORIGINALS:
            return Told(f"收到了 {len(data['originals'])} 样原件，有收条", (_papers(data["originals"]),))
        case Step.RETURN_ORIGINALS:
            return Told(f"归还了 {len(data['originals'])} 样原件", (_papers(data["originals"]),))
        case Step.SUBMIT:
            details = []
            if receipt := data.get("receipt_number"):
                details.append(f"回执号 {receipt}")
            if expected_on := data.get("expected_on"):
                details.append(f"窗口说 {say_day(date.fromisoformat(expected_on))}有结果")
            return Told(f"把材料交到了{data['window']}", tuple(details))
        case Step.RECORD_RESULT:
            return Told(f"带回了消息：{RESULTS[data['result']]}")
        case Step.RESOLVE if state is State.NOT_DONE:
            return Told("说明了这次没有办成")
        case Step.CONVERT:
            return Told(DONE[step], (f"新单号 {data['errand']}",))
        case Step.RATE:
            return Told(f"作了评价：{GRADE_NAMES[Grade(data['grade'])]}")
        case Happening.ESCALATED:
            return Told(DONE[step], (f"已{data['words']}",))
        case Happening.ATTACHED:
            return Told("传了一张照片" if data["kind"] == FileKind.PHOTO else "传了一份材料")
        case Happening.DESTROYED if data:
            return Told(f"{DESTROYED_BECAUSE[DestroyedWhy(data['why'])]}，销毁了 {data['count']} 份照片或材料")
        case _:
            return Told(DONE[step])


@dataclass(frozen=True)
class Progress:
    """The stages of a case as dots: `at` is the index of the present one, `len(words)` when all are done."""

    words: tuple[str, ...]
    at: int


_ROADS: Mapping[Kind, tuple[str, ...]] = {
    Kind.CONSULT: ("接单", "答复", "确认"),
    Kind.ERRAND: ("接单", "收材料", "递交", "出结果", "送达", "确认"),
}
_MILESTONES: Mapping[State, int] = {
    State.ASKED: 1,
    State.ANSWERED: 2,
    State.REQUESTED: 1,
    State.AUTHORISED: 1,
    State.COLLECTED: 2,
    State.SUBMITTED: 3,
    State.RESULT_READY: 4,
    State.RETURNED: 4,
    State.DELIVERED: 5,
}
_BEGUN = frozenset({State.ASKED, State.REQUESTED})


def tell_progress(kind: Kind, stage: Stage, state: State, outcome: Outcome | None) -> Progress | None:
    """How far it is. None for a case that left the road: taken back, turned into another, or not to be done."""
    road = _ROADS[kind]
    if state not in _MILESTONES or outcome in (Outcome.CANCELLED, Outcome.CONVERTED):
        return None
    if stage is Stage.CLOSED:
        return Progress(road, len(road))
    if stage is Stage.WAITING and state in _BEGUN:
        return Progress(road, 0)
    return Progress(road, _MILESTONES[state])


def tell_clock(kind: ClockKind) -> tuple[str, str]:
    """Whose time a clock counts and what for, said to the resident."""
    return {
        ClockKind.RESPONSE: ("我们的时间", "有人接单"),
        ClockKind.HANDLING: ("我们的时间", "办理、递交"),
        ClockKind.AUTHORITY: ("部门的时间", "部门办理"),
        ClockKind.DELIVERY: ("我们的时间", "送回您手上"),
        ClockKind.CONFIRM: ("您的时间", "您核对确认"),
    }[kind]


def tell_next(kind: Kind, *, off_hours: bool) -> list[str]:
    """What happens after the request is in, in the order in which it happens."""
    if kind is Kind.CONSULT:
        return ["管家看过以后答复您，说不清的会打电话。", "您看答复是不是您要的，没说清可以再问。"]
    handing = "到约好的时间，把材料交给管家，当面签一张委托书。" if off_hours else "约时间收材料，当面签一张委托书。"
    return [
        handing,
        "原件当面点清，给您收条。身份证只看一眼，不留下。",
        "管家去窗口递交。部门要多久，以窗口答复为准。",
        "结果和原件一起送回您手上，您核对后确认。",
    ]


DESTROYED_BECAUSE: Mapping[DestroyedWhy, str] = {
    DestroyedWhy.EXPIRED: "保存的时间到了",
    DestroyedWhy.WITHDRAWN: "居民撤回了同意",
    DestroyedWhy.UNSAFE: "没有通过安全检查",
}
"""Why files are no more."""

CONFIRM_WORDS: Mapping[State, tuple[str, str]] = {
    State.DELIVERED: ("确认完成", "还没办好"),
    State.ANSWERED: ("说清楚了", "没说清，再问"),
    State.NOT_DONE: ("知道了，就这样", "还是要办"),
}
"""What the resident says to work that was called done: yes, and no."""


def tell_losses(state: State, *, booked: bool, authorised: bool) -> list[str]:
    """What somebody gives up by taking a request back."""
    losses = ["管家不再办这件事，要办得重新提交、重新排。"]
    if booked:
        losses.append("约好的时段会让给别人。")
    if authorised:
        losses.append("您签的委托书马上作废。")
    if state is State.SUBMITTED:
        losses.append("材料已经交到窗口。部门那边要不要继续办，得您自己去窗口说明。")
    return losses


_HANDED_OVER: Mapping[str, str] = {
    "原件": "交原件，用完就还",
    "复印件": "交复印件",
    "原件和复印件": "交原件和复印件，原件用完就还",
    "电子证照可免交": "手机里有电子的就不用交，没有就带上",
    "现场或线上填写": "管家拿来表格，您来签字",
    "本人到场完成": "要您本人到场，管家不能代替",
    "部门共享核验，一般无需提交": "一般不用交",
}


def tell_paper(name: str, form: str, *, never_kept: bool) -> str:
    """What becomes of one paper of a matter (form as the catalogue presents it) when the butler is to hand it in."""
    if never_kept and form in ("原件", "原件和复印件", "电子证照可免交"):
        return f"{name}：当面看一眼就还您，谁也不能留下"
    return f"{name}：{_HANDED_OVER.get(form, form)}"


def _papers(papers: Sequence[Mapping[str, Any]]) -> str:
    return "、".join(f"{paper['name']} {paper['copies']} 份" for paper in papers)


def _day(moment: datetime) -> str:
    return f"{moment.year}年{say_day(moment)}"


def _moment(moment: datetime) -> str:
    return f"{say_day(moment)} {say_clock(moment)}"
