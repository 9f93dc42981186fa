"""A resident's own cases: all of them, one with its history, and what can be done about it."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.cards.queries import HOTLINE
from butler.cases import answers, file_answers, meeting, telling, wording
from butler.cases.actions import attaching
from butler.cases.actions.confirming import confirm_and_rate
from butler.cases.actions.consenting import to_agree_now
from butler.cases.actions.moving import take_step
from butler.cases.grades import GRADE_NAMES, TAGS, Grade
from butler.cases.models import Case
from butler.cases.pages.history import last_words, lines_of
from butler.cases.pages.schemas import ConfirmIn
from butler.cases.queries import acting, finding, listing, own, showing
from butler.cases.schemas import STEP_INPUTS, CursorIn
from butler.cases.states import ClockKind, Kind, Outcome, PauseReason, Stage, State, Step
from butler.catalogue import queries as catalogue_queries
from butler.consents import queries as consent_queries
from butler.consents.answers import shown
from butler.consents.register import register
from butler.consents.rules import agreed_in
from butler.custody import queries as custody_queries
from butler.identity.permissions import Permission
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.errors import Conflict, EditedElsewhere, NotAllowed, RateLimited
from butler.web.etag import require_version
from butler.web.forms import answer_with, fill_in_again
from butler.web.guard import allowed, signed_in
from butler.web.once import once
from butler.web.payload import read_form, read_query

pages = Blueprint("cases_pages", __name__, template_folder="../templates")

_CONFIRM, _CURSOR = ConfirmIn(), CursorIn()
_SAID: Mapping[str, str] = {
    Step.URGE: "已经提醒了办这件事的人。4 个工作小时里不用再催，急的话请直接打电话。",
    Step.NOTE: "留言发出去了，办这件事的人看得到。",
    Step.RESUME: "已经告诉办这件事的人，接着办。",
    Step.CONFIRM: "谢谢您。这件事办完了。",
    Step.DISPUTE: "已经告诉办这件事的人哪里没办好，会接着办。原来约定的时间不变。",
    Step.RATE: "谢谢您的评价。",
    Step.CANCEL: "申请已经取消。以后要办，随时可以再提交。",
    "attach": "传好了，办这件事的人看得到。",
    "agree": "同意记下了。以后在“隐私与授权”里随时可以撤回。",
}
"""What somebody reads after a step of theirs; `?done=` names it."""
_RESULTS = (Step.SUBMIT, Step.RECORD_RESULT, Step.RETURN_ORIGINALS)  # what there is to look at before confirming


def told_on_case(view: Callable[..., Any]) -> Callable[..., Any]:
    """When a step is refused because the case moved on, answer with the page of the case as it is now.

    The refusal stands on top and what was written beside it, to copy or to send again. Goes below `@once`.
    """

    @wraps(view)
    def told(number: str, **kwargs: Any) -> Any:
        try:
            return view(number, **kwargs)
        except (Conflict, EditedElsewhere, NotAllowed, RateLimited) as refusal:
            return answer_with(refusal, lambda: show(number))

    return told


@pages.get("/my")
@allowed(Permission.CASE_SEE_OWN)
def home() -> ResponseReturnValue:
    """My cases: what goes on first, what waits for me on top; then what is over."""
    me = own.as_resident(g.actor)
    cursor = read_query(_CURSOR).get("cursor")
    over = listing.page_of(me, "asker", stage=Stage.CLOSED, cursor=cursor, limit=20)
    return render_template(
        "cases/my.html",
        going_on=[] if cursor else answers.case_lines(me, own.open_cases(me)),
        over=answers.case_lines(me, over.items),
        stages=wording.YOUR_STAGES,
        next_cursor=over.next_cursor,
        later=bool(cursor),
        most_asked=catalogue_queries.most_asked()[:6],
    )


@pages.get("/my/cases/<number:number>")
@signed_in
def show(number: str) -> ResponseReturnValue:
    """One case: where it is, who does what next, by when; then everything that happened."""
    me = own.as_resident(g.actor)
    case = finding.find_case(me, number)
    kind, stage, state = Kind(case.kind), Stage(case.stage), State(case.state)
    lines = lines_of(me, case)
    booking = showing.booking(case)
    agreed = consent_queries.of_case(case.id)
    footing = acting.footing_on(me, [case])
    return render_template(
        "cases/case.html",
        case=case,
        shown=answers.case_line(me, case, footing),
        under_14=footing is not None and footing.under_14,
        changes=answers.changes_of(case),
        is_new=request.args.get("new") == "1",
        said=_SAID.get(request.args.get("done", "")),
        steps=acting.steps_open_to(me, case, footing),
        rated=any(line.step is Step.RATE for line in lines),
        progress=telling.tell_progress(kind, stage, state, Outcome(case.outcome) if case.outcome else None),
        lines=lines,
        last_words=None if stage in (Stage.WAITING, Stage.IN_HAND) else last_words(lines),
        clocks=[(telling.tell_clock(ClockKind(one.kind)), one) for one in showing.clocks(case)],
        at_authority=state is State.SUBMITTED,
        originals=custody_queries.of_case(case.id),
        files=file_answers.shown_files(me, case, agreed),
        may_send=attaching.may_send(me, case),
        consents=shown(agreed),
        to_agree=[register()[purpose] for purpose in to_agree_now(case, agreed_in(agreed))],
        kept_days=current_app.extensions["settings"].papers_kept_days,
        booking=booking,
        path=[hop.desk.name if hop.desk.kind == "butler" else hop.desk.unit.name for hop in showing.hops(case)],
        pause_reason=wording.YOUR_PAUSES[PauseReason(case.pause_reason)] if case.pause_reason else None,
        phone=case.desk.phone or case.accountable_desk.phone or HOTLINE,
        code=meeting.code_for(me, case, clock.today()),
        next_steps=telling.tell_next(kind, off_hours=booking is not None),
        confirm_words=telling.CONFIRM_WORDS.get(state),
        errand=next((line.errand for line in lines if line.errand), None),
        words=wording,
        now=clock.now(),
    )


@pages.post("/my/cases/<number:number>/<any(urge, note, resume):step>")
@signed_in
@once
@told_on_case
@fill_in_again(lambda number, step: show(number))  # the path's arguments
def take(number: str, step: str) -> ResponseReturnValue:
    """催一下, 留言, or: go on, what you waited for is there."""
    return _taken(number, Step(step))


@pages.get("/my/cases/<number:number>/confirm")
@signed_in
def confirm_page(number: str) -> ResponseReturnValue:
    """What was done, and what I think of it."""
    return _step_page(number, Step.CONFIRM, "cases/confirm.html", grades=_grades(), tags=_tags())


@pages.post("/my/cases/<number:number>/confirm")
@signed_in
@once
@told_on_case
@fill_in_again(confirm_page)
def confirm(number: str) -> ResponseReturnValue:
    """It is done; with a grade or without."""
    sent = read_form(_CONFIRM)
    confirm_and_rate(own.as_resident(g.actor), number, version=require_version(), **sent)
    return _back_to(number, Step.CONFIRM)


@pages.get("/my/cases/<number:number>/dispute")
@signed_in
def dispute_page(number: str) -> ResponseReturnValue:
    """Ask what is missing."""
    return _step_page(number, Step.DISPUTE, "cases/dispute.html")


@pages.post("/my/cases/<number:number>/dispute")
@signed_in
@once
@told_on_case
@fill_in_again(dispute_page)
def dispute(number: str) -> ResponseReturnValue:
    """It is not done."""
    return _taken(number, Step.DISPUTE)


@pages.get("/my/cases/<number:number>/rate")
@signed_in
def rate_page(number: str) -> ResponseReturnValue:
    """Ask for a grade afterwards."""
    return _step_page(number, Step.RATE, "cases/rate.html", grades=_grades(), tags=_tags())


@pages.post("/my/cases/<number:number>/rate")
@signed_in
@once
@told_on_case
@fill_in_again(rate_page)
def rate(number: str) -> ResponseReturnValue:
    """Judge it, once."""
    return _taken(number, Step.RATE)


@pages.get("/my/cases/<number:number>/cancel")
@signed_in
def cancel_page(number: str) -> ResponseReturnValue:
    """Say what is lost, before it is."""
    return _step_page(number, Step.CANCEL, "cases/cancel.html")


@pages.post("/my/cases/<number:number>/cancel")
@signed_in
@once
@told_on_case
@fill_in_again(cancel_page)
def cancel(number: str) -> ResponseReturnValue:
    """Take the request back."""
    return _taken(number, Step.CANCEL)


def _taken(number: str, step: Step) -> ResponseReturnValue:
    data = read_form(STEP_INPUTS[step])
    take_step(own.as_resident(g.actor), number, step, data, version=require_version())
    return _back_to(number, step)


def _back_to(number: str, step: Step) -> ResponseReturnValue:
    return redirect(url_for("cases_pages.show", number=number, done=step.value), 303)


def _step_page(number: str, step: Step, template: str, **more: Any) -> ResponseReturnValue:
    """The page of a step that needs one of its own; back to the case when it is not open (any more)."""
    me = own.as_resident(g.actor)
    case = finding.find_case(me, number)
    if step not in _steps(me, case):
        return redirect(url_for("cases_pages.show", number=number), 303)
    booking, mandate = showing.booking(case), showing.mandate_in_force(case.id, clock.now())
    lines = lines_of(me, case)
    return render_template(
        template,
        case=case,
        confirm_words=telling.CONFIRM_WORDS.get(State(case.state)),
        last_words=last_words(lines),
        done=[line for line in lines if line.step in _RESULTS],
        outstanding=custody_queries.outstanding(case.id),
        losses=telling.tell_losses(State(case.state), booked=booking is not None, authorised=mandate is not None),
        phone=case.desk.phone or case.accountable_desk.phone or HOTLINE,
        **more,
    )


def _steps(me: Actor, case: Case) -> list[Step]:
    return acting.steps_open_to(me, case)


def _grades() -> list[tuple[int, str]]:
    return [(grade.value, name) for grade, name in GRADE_NAMES.items()]


def _tags() -> list[tuple[str, tuple[str, ...]]]:
    return [
        ("满意，好在哪里", TAGS[Grade.SATISFIED]),
        ("基本满意，差在哪里", TAGS[Grade.FAIRLY_SATISFIED]),
        ("不满意，是因为", TAGS[Grade.DISSATISFIED]),
    ]
