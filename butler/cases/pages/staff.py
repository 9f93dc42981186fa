"""The desk: what waits, what somebody has in hand, what came up because it is late, and one case with all there is to
know. `stepping` takes the steps, `papers` prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.cases import answers, file_answers, meeting, telling, wording
from butler.cases.actions import attaching
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.consenting import still_to_agree, writes_down
from butler.cases.actions.looking import record_list, record_look
from butler.cases.actions.revealing import way_for
from butler.cases.models import Case
from butler.cases.pages import saying
from butler.cases.pages.buttons import Buttons, buttons_of, desk_relations
from butler.cases.pages.history import last_words, lines_of
from butler.cases.queries import desk, finding, listing, showing
from butler.cases.queries.desk import Pressing
from butler.cases.schemas import CursorIn
from butler.cases.states import ClockKind, Direction, Kind, Outcome, PauseReason, Stage, State
from butler.consents import queries as consent_queries
from butler.consents.answers import shown as consents_shown
from butler.consents.register import register
from butler.consents.rules import agreed_in
from butler.consents.states import Purpose
from butler.custody import queries as custody_queries
from butler.identity.permissions import Permission
from butler.kit import clock
from butler.kit.paging import PAGE, Page
from butler.looks.queries import uncovered
from butler.looks.states import FieldClass, LookKind
from butler.looks.wording import tell_fields
from butler.web.fields import Schema, Word
from butler.web.guard import allowed
from butler.web.once import once
from butler.web.payload import read_form, read_query

pages = Blueprint("desk_pages", __name__, template_folder="../templates")


class MineIn(CursorIn):
    """Everything I have in hand; or only what is due today or late, mine and what waits on my desks."""

    due = Word(Pressing)


_CURSOR, _MINE, _NOTHING = CursorIn(), MineIn(), Schema()
_ON_FIRST_PAGE = 5  # of the queue; the rest is one tap away

_LINKS: Sequence[tuple[str, str, Permission]] = (
    ("desk_pages.today", "今天", Permission.CASE_WORK),
    ("desk_pages.queue", "待接", Permission.CASE_WORK),
    ("desk_pages.mine", "我在办", Permission.CASE_WORK),
    ("desk_pages.finished", "办过的", Permission.CASE_WORK),
    ("desk_pages.grid", "超时上报", Permission.ESCALATIONS_SEE),
    ("desk_pages.everything", "全部", Permission.CASE_SUPERVISE),
    ("desk_pages.search_page", "找人", Permission.CASE_WORK),
    ("desk_pages.verify_page", "当面核验", Permission.CASE_WORK),
    ("export_pages.index", "导出", Permission.CASE_SUPERVISE),
    ("cards_pages.index", "名片", Permission.CARD_SEE),
)


@dataclass(frozen=True)
class Row:
    """A case in a list, with what may be done about it."""

    case: Case
    place: str
    asker: str
    holder: str | None
    standing: str
    late: str | None
    buttons: Buttons


@pages.context_processor
def links() -> dict[str, Any]:
    """What every page of a desk shows on top: the lists this person has."""
    mine = [(endpoint, label) for endpoint, label, needed in _LINKS if (actor := g.get("actor")) and actor.may(needed)]
    return {"desk_links": mine, "words": wording, "say_span": saying.say_span}


@pages.get("/desk")
@allowed(Permission.CASE_WORK)
def today() -> ResponseReturnValue:
    """What there is to do: how much, the next one, what I have, whose papers I hold."""
    mine = listing.page_of(g.actor, "holder", stage=None, cursor=None, limit=PAGE)
    waiting = listing.queue_page(g.actor, None, cursor=None, limit=_ON_FIRST_PAGE)
    papers = desk.papers_of(g.actor)
    rows = _rows([*mine.items, *waiting.items], also=[held.original.case_id for held in papers])
    return render_template(
        "cases/desk.html",
        day=clock.now(),
        counters=desk.counters(g.actor),
        escalated=finding.count(finding.escalated_to(g.actor)) if g.actor.may(Permission.ESCALATIONS_SEE) else 0,
        mine=rows[: len(mine.items)],
        waiting=rows[len(mine.items) :],
        more_of_mine=mine.next_cursor,
        papers=papers,
        said=saying.SAID.get(request.args.get("done", "")),
        posts=[f"{post.unit_name} {post.role_name}" for post in g.actor.posts],
        supervises=g.actor.may(Permission.CASE_SUPERVISE),
    )


@pages.post("/desk/claim-next")
@allowed(Permission.CASE_WORK)
@once
def claim() -> ResponseReturnValue:
    """接下一件: the most urgent one that waits, and nobody else gets the same."""
    read_form(_NOTHING)
    case = claim_next(g.actor)
    if case is None:
        return redirect(url_for("desk_pages.today", done="nothing"), 303)
    return redirect(url_for("desk_pages.show", number=case.number, done="claim"), 303)


@pages.get("/desk/queue")
@allowed(Permission.CASE_WORK)
def queue() -> ResponseReturnValue:
    """What waits on my desks, in the order in which it will be claimed."""
    page = listing.queue_page(g.actor, None, cursor=_cursor(), limit=PAGE)
    return _list(page, "待接的办件", "都接完了。")


@pages.get("/desk/mine")
@allowed(Permission.CASE_WORK)
def mine() -> ResponseReturnValue:
    """What I have in hand, the earliest due first; `?due=` only what presses."""
    asked = read_query(_MINE)
    why = asked.get("due")
    if why is None:
        page = listing.page_of(g.actor, "holder", stage=None, cursor=asked.get("cursor"), limit=PAGE)
        return _list(page, "我在办的", "您手上没有在办的。")
    page = listing.by_due(desk.pressing(g.actor, why), asked.get("cursor"), PAGE)
    title, nothing = {
        Pressing.TODAY: ("今天到期的", "今天没有到期的。"),
        Pressing.LATE: ("超时的", "没有超时的。"),
    }[why]
    return _list(page, title, nothing, due=why.value)


@pages.get("/desk/history")
@allowed(Permission.CASE_WORK)
def finished() -> ResponseReturnValue:
    """What I finished, the newest first."""
    page = listing.by_age(finding.worked_on_by(g.actor), _cursor(), PAGE)
    return _list(page, "我办过的", "还没有办完的。办完一件，这里就有一件。")


@pages.get("/desk/all")
@allowed(Permission.CASE_SUPERVISE)
def everything() -> ResponseReturnValue:
    """Everything open in my units, the longest overdue first."""
    page = listing.by_due(desk.supervised_by(g.actor), _cursor(), PAGE)
    return _list(page, "辖区里在办的", "辖区里现在没有在办的。", plain=True)


@pages.get("/grid")
@allowed(Permission.ESCALATIONS_SEE)
def grid() -> ResponseReturnValue:
    """What came up to my desks because it is late further down."""
    page = listing.escalations_page(g.actor, cursor=_cursor(), limit=PAGE)
    return render_template(
        "cases/grid.html",
        rows=_rows(page.items),
        rungs=desk.rungs_of([case.id for case in page.items]),
        next_cursor=page.next_cursor,
    )


@pages.get("/desk/cases/<number:number>")
@allowed(Permission.CASE_WORK)
def show(number: str) -> ResponseReturnValue:
    """One case: where it is and what comes next; who, where, what, on whose clock, and everything that happened."""
    return case_page(number, back=("desk_pages.today", "工作台"))


@pages.get("/grid/cases/<number:number>")
@allowed(Permission.ESCALATIONS_SEE)
def escalated(number: str) -> ResponseReturnValue:
    """The same, come to from what is late."""
    return case_page(number, back=("desk_pages.grid", "超时上报"))


def case_page(number: str, *, back: tuple[str, str], typed: Sequence[tuple[str, str]] = ()) -> ResponseReturnValue:
    """The page of a case. `typed`: words that could not be taken, to copy."""
    case = finding.find_case(g.actor, number)
    if not desk_relations(g.actor, case):
        return redirect(url_for("cases_pages.show", number=number), 303)  # their own affair, not their office's
    open_now = uncovered(g.actor.person_id, case.id, clock.now())
    readable = answers.shown_plainly(g.actor, case, open_now)
    record_look(g.actor, case, LookKind.FULL, fields=readable - {FieldClass.PAPERS})
    door = showing.door_of(case) if FieldClass.ADDRESS in readable else None
    originals = custody_queries.of_case(case.id)
    out = [one for one in originals if one.returned_at is None]
    hops, clocks, lines = showing.hops(case), showing.clocks(case), lines_of(g.actor, case, readable)
    mandate = showing.mandate_in_force(case.id, clock.now())
    signed = mandate is not None and mandate.agent_id == g.actor.person_id
    consents = consent_queries.of_case(case.id)
    agreed = agreed_in(consents)
    return render_template(
        "cases/desk_case.html",
        case=case,
        shown=answers.case_whole(g.actor, case, hops=hops, clocks=clocks, uncovered=open_now, door=door),
        readable=readable,
        way=way_for(g.actor, case),
        uncovered_until=open_now.until,
        uncovered_words=tell_fields(list(open_now.fields)),
        standing=saying.standing(case),
        late=saying.say_late(case) if saying.is_late(case) else None,
        buttons=buttons_of(g.actor, case, papers_out=len(out), signed=signed, agreed=Purpose.HAND_OVER in agreed),
        said=saying.SAID.get(request.args.get("done", "")),
        typed_words=typed,
        progress=telling.tell_progress(
            Kind(case.kind), Stage(case.stage), State(case.state), Outcome(case.outcome) if case.outcome else None
        ),
        lines=lines,
        last_words=last_words(lines) if case.stage in (Stage.RESOLVED, Stage.CLOSED) else None,
        hops=[(saying.DIRECTIONS[Direction(hop.direction)], hop) for hop in hops],
        clocks=[(saying.WHOSE[ClockKind(one.kind)], wording.CLOCKS[ClockKind(one.kind)], one) for one in clocks],
        originals=originals,
        files=file_answers.shown_files(g.actor, case, consents),
        may_send=attaching.may_send(g.actor, case),
        kept_days=current_app.extensions["settings"].papers_kept_days,
        out=out,
        consents=consents_shown(consents),
        may_take_back=writes_down(g.actor, case, taking_back=True),
        to_agree=[register()[one] for one in still_to_agree(case, agreed)],
        mandate=mandate,
        acts=telling.ACTS,
        booking=showing.booking(case),
        answered=saying.answers_in_words(case) if FieldClass.WORDS in readable else [],
        lease=saying.say_lease(case.lease_until) if case.lease_until else None,
        pause_reason=wording.PAUSE_REASONS[PauseReason(case.pause_reason)] if case.pause_reason else None,
        code=meeting.code_for(g.actor, case, clock.today()) if case.holder_id == g.actor.person_id else None,
        back=back,
    )


def _list(
    page: Page[Case], title: str, nothing: str, *, due: str | None = None, plain: bool = False
) -> ResponseReturnValue:
    """A list of cases with their next steps; `plain` says who has each instead."""
    more = page.next_cursor and url_for(request.endpoint or "", cursor=page.next_cursor, due=due)
    return render_template(
        "cases/desk_list.html",
        rows=_rows(page.items),
        title=title,
        nothing=nothing,
        more=more,
        plain=plain,
        pressing=due,
    )


def _rows(cases: Sequence[Case], *, also: Sequence[int] = ()) -> list[Row]:
    """The cases as lists show them: a fixed number of queries, however many. `also`: cases named elsewhere on the page."""
    ids = [case.id for case in cases]
    record_list(g.actor, [*cases, *finding.cases_named(set(also) - set(ids))])
    out, signed = desk.papers_out(ids), desk.signed_for(g.actor, ids)
    return [
        Row(
            case=case,
            place=answers.place_of(case),
            asker=answers.called(case.beneficiary.name, "resident"),
            holder=f"{answers.worker_of(case)}在办" if case.holder else None,
            standing=saying.standing(case),
            late=saying.say_late(case) if saying.is_late(case) else None,
            buttons=buttons_of(g.actor, case, papers_out=out.get(case.id, 0), signed=case.id in signed),
        )
        for case in cases
    ]


def _cursor() -> str | None:
    cursor: str | None = read_query(_CURSOR).get("cursor")
    return cursor
