"""What people are told, step by step. Pure tables.

A text message of at most 70 characters: who we are, the news in its first twelve characters, the matter, the number of
the case, what happens next. No names but the surname of who does the work, no telephone number, address or link.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from butler.cases.states import PauseReason, Step
from butler.consents.states import Purpose
from butler.families.states import DelegationState, EndedWhy
from butler.identity.permissions import ROLE_NAMES, Role
from butler.org.states import DeskKind

SIGNATURE = "【管家通】"
LONGEST = 70
NEWS = 12  # characters of news that fit beside the sender in a list of messages

SENSITIVE = frozenset({"M024", "M067"})  # families who lost a child, orphans: the name alone tells too much


@dataclass(frozen=True)
class Words:
    """The news and what happens next. `{who}` is who did it: 陈管家, 街道工作人员."""

    news: str
    then: str


TO_ASKER: Mapping[Step, Words] = {
    Step.CLAIM: Words("{who}接单了", "接下来会联系您。"),
    Step.REFER_UP: Words("已请上一级来办", "有人接手就告诉您。"),
    Step.NOTE: Words("{who}给您留言了", "请打开进展看看。"),
    Step.AUTHORISE: Words("已登记您的授权", "不是您本人签的，请马上打电话。"),
    Step.RECEIVE_ORIGINALS: Words("已收到您的原件", "请核对收条，用完就还您。"),
    Step.SUBMIT: Words("材料已送到窗口", "部门有结果就告诉您。"),
    Step.RECORD_RESULT: Words("结果出来了", "接下来把结果送到您手上。"),
    Step.RETURN_ORIGINALS: Words("原件已还给您", "请当面点清，不对就打电话。"),
    Step.ANSWER: Words("{who}答复您了", "请看看，没说清可以再问。"),
    Step.RESOLVE: Words("{who}说办完了", "请看看是否办好，再告诉我们。"),
}

TO_ASKER_PAUSED: Mapping[PauseReason, Words] = {
    PauseReason.WAITING_FOR_RESIDENT: Words("需要您补一下", "补什么请看进展，补好接着办。"),
    PauseReason.WAITING_FOR_APPOINTMENT: Words("约好时间再接着办", "到了约定的日子会联系您。"),
    PauseReason.SPECIAL_PROCEDURE: Words("部门要走专门程序", "走完接着办，请等通知。"),
}

NOT_DONE_TO_ASKER = Words("这次没有办成", "原因和别的办法请看进展。")

# Told to the beneficiary too: their signature and their papers, which somebody has seen them with. Nothing else: the
# asker gave their number, and it may be anybody's.
OF_THE_BENEFICIARY = frozenset({Step.AUTHORISE, Step.RECEIVE_ORIGINALS, Step.RETURN_ORIGINALS})

TO_DESK: Mapping[Step, Words] = {
    Step.RELEASE: Words("办件重新等人接", "请尽快接单。"),
    Step.DISPATCH: Words("新分派的办件", "请尽快接单。"),
    Step.REFER_UP: Words("下级上报的办件", "请尽快接单。"),
    Step.URGE: Words("居民催办", "请尽快办，或打电话说明。"),
    Step.DISPUTE: Words("居民说没办好", "请看原因，接着办。"),
    Step.CANCEL: Words("居民撤回了申请", "不用再办。"),
}

TO_WORKER: Mapping[Step, Words] = {
    Step.NOTE: Words("办件有新留言", "请打开看看。"),
    Step.RESUME: Words("办件可以接着办了", "请看进展，接着办。"),
    Step.CONFIRM: Words("居民已确认", "这件结束了。"),
}

UNTOLD = frozenset({Step.CONVERT, Step.RATE})  # the new case is told of when it is filed; a rating is nobody's news

FILED_TO_DESK = Words("新办件等您接", "请尽快接单。")
FILED_FOR_ASKER = Words("已替您登记", "有人接单就告诉您。")
LATE_TO_DESK = Words("辖区办件超时了", "请督促，直到办好。")
LATE_TO_WORKER = Words("您的办件超时了", "请马上办，并打电话说明。")
LATE_TO_ASKER = Words("比约定的晚了", "已提醒{who}督促，您也可以催一下。")
LAPSED_TO_WORKER = Words("办件已退回待接", "保留时间到了，要办请重新接单。")
LAPSED_TO_DESK = Words("办件重新等人接", "请尽快接单。")
CLOSED_BY_SILENCE = Words("办件已自动结束", "一直没等到您回话，没办好请打电话。")

CONSENT_RECORDED = Words("已登记您的同意", "不是您说的，请马上打电话。")
WITHDRAWAL_RECORDED = Words("已登记您的撤回", "不是您说的，请马上打电话。")
AGREED_TO_HAND_OVER = Words("居民同意交窗口了", "可以接着办。")
WITHDRAWN: Mapping[Purpose, Words] = {
    Purpose.HAND_OVER: Words("居民撤回了授权", "还没交窗口的，不要再交。"),
    Purpose.PAPERS: Words("居民撤回了授权", "证件照片不能再用，请当面看原件。"),
    Purpose.HEALTH: Words("居民撤回了授权", "健康困难的回答已删，请当面问。"),
}

GLASS_BROKEN = Words("紧急查看", "{who}看了平时遮住的内容，请核对是否必要。")

# Of families there is no case and no number. `{who}` is the surname and the end of the telephone: 王某（尾号0001）.
AUTHORITY_TO_DELEGATE: Mapping[tuple[DelegationState, EndedWhy | None], Words] = {
    (DelegationState.IN_FORCE, None): Words("家人授权您了", "范围和期限在“我的”“家人”里，请照这个办。"),
    (DelegationState.REFUSED, None): Words("家人没有同意", "这次没有授权，请当面商量。"),
    (DelegationState.ENDED, EndedWhy.REVOKED): Words("家人收回了授权", "您不能再替他（她）办，原来的办件也看不到了。"),
    (DelegationState.ENDED, EndedWhy.LAPSED): Words("家人没有回答", "14 天到了，这次请求已经过期。"),
    (DelegationState.ENDED, EndedWhy.EXPIRED): Words("授权到期了", "要接着替家人办，请家人重新授权。"),
    (DelegationState.ENDED, EndedWhy.GROWN_UP): Words("孩子满14周岁了", "监护登记到期，以后的事由孩子本人同意。"),
    (DelegationState.ENDED, EndedWhy.LEFT): Words("家人注销了", "授权跟着结束。"),
}
AUTHORITY_TO_GRANTOR: Mapping[tuple[DelegationState, EndedWhy | None], Words] = {
    (DelegationState.PROPOSED, None): Words(
        "家人请您授权", "{who}想替您办事。请登录，在“我的”里点“家人”回答。不认识就别理。"
    ),
    (DelegationState.IN_FORCE, None): Words("已登记您的授权", "{who}可以替您办事。不是您本人的意思，请马上打电话。"),
    (DelegationState.ENDED, EndedWhy.GIVEN_UP): Words("家人不再替您办了", "没办完的事，您可以自己接着办。"),
    (DelegationState.ENDED, EndedWhy.EXPIRED): Words("给家人的授权到期", "还要家人替您办，请重新授权。"),
    (DelegationState.ENDED, EndedWhy.GROWN_UP): Words("您满14周岁了", "以后您的事由您本人同意。"),
    (DelegationState.ENDED, EndedWhy.LEFT): Words("家人注销了", "给他（她）的授权跟着结束。"),
}
GUARDIAN_TO_WARD: Mapping[tuple[DelegationState, EndedWhy | None], Words] = {
    (DelegationState.IN_FORCE, None): Words(
        "已登记您的监护人", "{who}可以替您办事，您都看得到。登记错了请打电话给社区。"
    ),
    (DelegationState.ENDED, EndedWhy.EXPIRED): Words("监护登记到期", "还要监护人替您办，请带文书到社区重新登记。"),
    (DelegationState.ENDED, EndedWhy.DECIDED): Words(
        "监护登记结束了", "原来的监护人不能再替您办，也看不到您的办件了。"
    ),
    (DelegationState.ENDED, EndedWhy.MISTAKEN): Words(
        "监护登记更正了", "原来登记的人不能再替您办，也看不到您的办件了。"
    ),
}
GUARDIAN_TO_GUARDIAN: Mapping[tuple[DelegationState, EndedWhy | None], Words] = {
    (DelegationState.IN_FORCE, None): Words("监护人登记好了", "期限在“我的”“家人”里。您替他（她）办的，本人都看得到。"),
    (DelegationState.ENDED, EndedWhy.EXPIRED): Words("监护登记到期", "要接着办，请带文书到社区重新登记。"),
    (DelegationState.ENDED, EndedWhy.DECIDED): Words("监护登记结束了", "您不能再替他（她）办，原来的办件也看不到了。"),
    (DelegationState.ENDED, EndedWhy.MISTAKEN): Words("监护登记更正了", "您不能再替他（她）办，原来的办件也看不到了。"),
}
"""These two in place of those above where somebody is guardian by law, and beside them.

What is not here is told by the page alone: a request that is withdrawn or lapses sends a stranger no second text."""

LEVEL_ABOVE: Mapping[DeskKind, str] = {
    DeskKind.BUTLER: "管家",
    DeskKind.GRID: "网格员",
    DeskKind.COMMUNITY: "社区",
    DeskKind.STREET: "街道",
    DeskKind.DISTRICT: "区里",
    DeskKind.CITY: "市里",
    DeskKind.PROVINCE: "省里",
}


def write(words: Words, *, matter: str, number: str, who: str = "") -> str:
    """The whole message. A long name of a matter is cut so that everything else fits."""
    before = f"{SIGNATURE}{words.news.format(who=who)}："
    after = f"，单号{number}。{words.then.format(who=who)}"
    room = LONGEST - len(before) - len(after)
    return before + (matter if len(matter) <= room else f"{matter[: room - 1]}…") + after


def write_plain(words: Words, *, number: str, who: str) -> str:
    """A message that does not say what the case is about: whoever reads it has to know that, not what."""
    return f"{SIGNATURE}{words.news}：单号{number}。{words.then.format(who=who)}"


def write_of_family(words: Words, *, who: str) -> str:
    """A message about an authority: no matter and no number."""
    return f"{SIGNATURE}{words.news}：{words.then.format(who=who)}"


def write_of_card(*, place: str, wrong: str, counted: bool = False) -> str:
    """A message about a card on a wall, to those who answer for it; `counted`: nobody said it, the counts of scans do."""
    what = "名片扫得不寻常" if counted else "有人说名片不对"
    return f"{SIGNATURE}{what}：{place}，{wrong}。请马上去看，在“管家卡”里记下结果。"


def call_relative(name: str, phone: str | None) -> str:
    """王某（尾号0001）: enough to recognise a relative by, and no name that somebody could have made up to be read."""
    return f"{name[:1]}某" + (f"（尾号{phone[-4:]}）" if phone else "")


def call_matter(code: str | None, name: str, *, asker: bool) -> str:
    """What a matter is called in a message to the asker or to somebody at work."""
    if code in SENSITIVE:
        return "您的申请" if asker else "一件申请"
    return name


def call_worker(role: str | None, surname: str) -> str:
    """陈管家, 陈网格员; offices have no surname. Without a known role: 工作人员."""
    match role:
        case Role.BUTLER | Role.GRID_WORKER:
            return f"{surname}{ROLE_NAMES[Role(role)]}"
        case Role.COMMUNITY_STAFF | Role.STREET_STAFF | Role.DISTRICT_STAFF:
            return ROLE_NAMES[Role(role)]
        case _:
            return "工作人员"
