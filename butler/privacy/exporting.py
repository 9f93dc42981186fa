"""Lists that leave the screen: asked for by one, approved by another, marked on every line, gone in a day."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, select, text, update

from butler.cases import answers, wording
from butler.cases.actions.looking import record_list
from butler.cases.models import Case
from butler.cases.queries import finding
from butler.cases.states import Stage
from butler.identity import queries as identity
from butler.identity import scope
from butler.identity.permissions import Permission, Role
from butler.identity.rules import mask_phone
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Gone, Invalid, NotFound
from butler.looks.rules import says_something
from butler.looks.states import FieldClass, LookKind, Way, Why
from butler.looks.wording import WHY
from butler.privacy.models import Export
from butler.privacy.states import ExportState

KEPT = timedelta(hours=24)
LONGEST = 92  # days
MOST_ROWS = 5000
HEADINGS = ("单号", "事项", "地点", "姓名", "手机号", "进度", "提交时间", "最晚时间", "结束时间", "导出标记")


def ask_export(actor: Actor, *, first_day: date, last_day: date, reason: Why, words: str) -> Export:
    """Ask for the cases filed on these days in the unit one supervises. Raises Invalid."""
    posts = [post for post in actor.posts if post.unit_path in scope.paths_where(actor, Permission.CASE_SUPERVISE)]
    if not posts:
        raise NotFound("您没有可以导出的辖区。")
    if last_day < first_day or (last_day - first_day).days > LONGEST:
        raise Invalid.at("/last_day", f"最多导出 {LONGEST} 天，结束日期不能早于开始日期。", code="range")
    if not says_something(words, Way.BREAK_GLASS):
        raise Invalid.at("/words", "请写清楚导出来做什么、给谁看，至少 10 个字。居民会看到。", code="too-short")
    post = min(posts, key=lambda post: len(post.unit_path))
    export = Export(
        requester_id=actor.person_id,
        role=post.role.value,
        unit_path=post.unit_path,
        first_day=first_day,
        last_day=last_day,
        reason=reason.value,
        words=words,
        asked_at=clock.now(),
        state=ExportState.ASKED.value,
    )
    db.session.add(export)
    db.session.flush()
    return export


def decide_export(actor: Actor, export_id: int, *, approve: bool) -> Export:
    """Approve or refuse what somebody else asked for. Raises NotFound (also for one's own) and Conflict."""
    export = db.session.scalar(select(Export).where(Export.id == export_id, _decidable(actor)).with_for_update())
    if export is None:
        raise NotFound("没有找到这份导出申请，可能不归您批。")
    if export.state != ExportState.ASKED:
        raise Conflict("这份申请已经有人处理过了，没有再改动。")
    export.state = (ExportState.APPROVED if approve else ExportState.REFUSED).value
    export.decider_id, export.decided_at = actor.person_id, clock.now()
    db.session.flush()
    return export


def to_decide(actor: Actor) -> Sequence[Export]:
    """What others have asked for in the officer's units, the oldest first."""
    query = select(Export).where(Export.state == ExportState.ASKED, _decidable(actor))
    return db.session.scalars(query.order_by(Export.id).limit(50)).all()


def own_exports(actor: Actor) -> Sequence[Export]:
    """What somebody has asked for, the newest first."""
    query = select(Export).where(Export.requester_id == actor.person_id).order_by(Export.id.desc()).limit(50)
    return db.session.scalars(query).all()


def content_of(actor: Actor, export_id: int) -> list[list[str]]:
    """The rows of one's own export while it is there. Raises NotFound, and Gone after a day."""
    export = db.session.scalar(select(Export).where(Export.id == export_id, Export.requester_id == actor.person_id))
    if export is None or export.state != ExportState.MADE or export.expires_at is None:
        raise NotFound("没有找到这份导出的表格。")
    if export.content is None or export.expires_at <= clock.now():
        raise Gone("这份表格已经过了 24 小时，删掉了。还要用，请重新申请。")
    return export.content


def make_exports() -> int:
    """Make what has been approved; how many. For a part of the system. Everybody in a list reads it in their log."""
    query = select(Export).where(Export.state == ExportState.APPROVED).order_by(Export.id).limit(5)
    waiting = db.session.scalars(query.with_for_update(skip_locked=True)).all()
    for export in waiting:
        now, actor = clock.now(), identity.load_actor(export.requester_id, clock.now())
        if actor is None or export.unit_path not in scope.paths_where(actor, Permission.CASE_SUPERVISE):
            export.state = ExportState.REFUSED.value  # has left, or has another post by now
            continue
        cases = _cases(export)
        export.content = _rows(export, actor, cases, now)
        export.state, export.expires_at = ExportState.MADE.value, now + KEPT
        fields = (FieldClass.OUTLINE, FieldClass.NAME)
        record_list(actor, cases, kind=LookKind.EXPORT, fields=fields, reason=export.reason, words=export.words)
    db.session.flush()
    return len(waiting)


def forget_exports() -> int:
    """Remove the content of what has expired; how many."""
    old = (Export.expires_at <= clock.now(), text("content IS NOT NULL"))
    return len(db.session.scalars(update(Export).where(*old).values(content=None).returning(Export.id)).all())


def _decidable(actor: Actor) -> ColumnElement[bool]:
    inside = scope.below(Export.unit_path, scope.paths_where(actor, Permission.LOOK_REVIEW))
    return and_(inside, Export.requester_id != actor.person_id)


def _cases(export: Export) -> Sequence[Case]:
    first = datetime.combine(export.first_day, time(), clock.CHINA)
    last = datetime.combine(export.last_day + timedelta(days=1), time(), clock.CHINA)
    query = select(Case).where(
        scope.below(Case.unit_path, [export.unit_path]), Case.created_at >= first, Case.created_at < last
    )
    return db.session.scalars(query.order_by(Case.id).limit(MOST_ROWS).options(*finding.SHOWN)).all()


def _rows(export: Export, actor: Actor, cases: Sequence[Case], now: datetime) -> list[list[str]]:
    who = answers.called(actor.name, Role(export.role))
    mark = f"{who} {now:%Y-%m-%d %H:%M} 第{export.id}号"
    top = f"{who}导出，{now:%Y-%m-%d %H:%M}，第{export.id}号。理由：{WHY[Why(export.reason)]}，{export.words}"
    return [
        [top],
        list(HEADINGS),
        *(
            [
                case.number,
                case.matter_name,
                answers.place_of(case),
                case.beneficiary.name,
                mask_phone(case.beneficiary.phone) if case.beneficiary.phone else "",
                wording.STAGES[Stage(case.stage)],
                _say(case.created_at),
                _say(case.due_at),
                _say(case.closed_at),
                mark,
            ]
            for case in cases
        ),
        [f"共 {len(cases)} 件。每个人都能看到自己在这份表格里。{mark}"],
    ]


def _say(moment: datetime | None) -> str:
    return f"{moment.astimezone(clock.CHINA):%Y-%m-%d %H:%M}" if moment else ""
