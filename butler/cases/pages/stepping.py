"""Steps taken at a desk: the form of each, and what somebody reads when it could not be taken. Nothing typed is lost."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.cases import answers
from butler.cases.actions.looking import record_look
from butler.cases.actions.moving import take_step
from butler.cases.pages import saying
from butler.cases.pages.buttons import buttons_of, desk_relations
from butler.cases.pages.history import lines_of
from butler.cases.pages.staff import case_page, pages
from butler.cases.pages.step_forms import form_of, schema_of
from butler.cases.procedures import Demand, arrow_for
from butler.cases.proving import proven_step
from butler.cases.queries import desk, finding, showing
from butler.cases.schemas import step_named
from butler.cases.states import Kind, Stage, State, Step
from butler.custody import queries as custody_queries
from butler.identity.permissions import Permission
from butler.kit.errors import Conflict, EditedElsewhere, NotAllowed, NotFound, RateLimited, Refusal
from butler.looks.states import FieldClass, LookKind
from butler.web.etag import require_version
from butler.web.forms import answer_with, fill_in_again
from butler.web.guard import allowed
from butler.web.once import once
from butler.web.payload import HIDDEN, read_form

_RECENT = 4  # lines of the history beside a form


@pages.get("/desk/cases/<number:number>/steps/<step>")
@allowed(Permission.CASE_WORK)
@proven_step
def step_page(number: str, step: str) -> ResponseReturnValue:
    """The form of a step; back to the case when it is not open to this person (any more)."""
    return _form(number, step_named(step)) or redirect(url_for("desk_pages.show", number=number), 303)


def form_again(number: str, step: str) -> ResponseReturnValue:
    """The form with what was typed; where it is not open any more, the case with the same words to copy."""
    return _form(number, step_named(step)) or case_page(number, back=_BACK, typed=_typed())


def told_at_desk(view: Callable[[str, str], Any]) -> Callable[[str, str], Any]:
    """When a step is refused because of how things are, answer with what happened beside what was typed.

    Goes below `@once`: the refusal undoes the key, so that the same form may be sent again.
    """

    @wraps(view)
    def told(number: str, step: str) -> Any:
        try:
            return view(number, step)
        except (Conflict, EditedElsewhere, NotAllowed, NotFound, RateLimited) as refusal:
            return answer_with(refusal, partial(_what_happened, number, step, refusal))

    return told


@pages.post("/desk/cases/<number:number>/steps/<step>")
@allowed(Permission.CASE_WORK)
@proven_step
@once
@told_at_desk
@fill_in_again(form_again)
def take(number: str, step: str) -> ResponseReturnValue:
    """Take a step, and go on to the case as it is then; to the desk when it has left this person's reach."""
    known = step_named(step)
    data = read_form(schema_of(known))
    case = take_step(g.actor, number, known, data, version=require_version())
    if desk_relations(g.actor, case):
        return redirect(url_for("desk_pages.show", number=number, done=known.value), 303)
    return redirect(url_for("desk_pages.today", done=known.value), 303)


_BACK = ("desk_pages.today", "工作台")


def _form(number: str, step: Step) -> str | None:
    case = finding.find_case(g.actor, number)
    state = State(case.state)
    out = custody_queries.outstanding(case.id)
    form = form_of(step, state)
    signed = case.id in desk.signed_for(g.actor, [case.id])
    button = buttons_of(g.actor, case, papers_out=len(out), signed=signed).named(step)
    if form is None or button is None:
        return None
    arrow = arrow_for(Kind(case.kind), Stage(case.stage), state, step)
    plain = answers.shown_plainly(g.actor, case)
    record_look(g.actor, case, LookKind.FULL, fields=plain - {FieldClass.ADDRESS, FieldClass.PAPERS})
    return render_template(
        "cases/desk_step.html",
        case=case,
        shown=answers.case_whole(g.actor, case, hops=[], clocks=showing.clocks(case)),
        standing=saying.standing(case),
        step=step,
        form=form,
        button=button,
        must_go_back=out if Demand.NOTHING_IN_CUSTODY in arrow.demands else [],
        answered=saying.answers_in_words(case) if FieldClass.WORDS in plain else [],
        lines=lines_of(g.actor, case, plain)[:_RECENT],
        **form.facts(g.actor, case),
    )


def _what_happened(number: str, step: str, refusal: Refusal) -> ResponseReturnValue:
    if isinstance(refusal, NotFound):
        if not _typed():
            raise refusal
        return render_template("cases/desk_gone.html", refusal=refusal, typed_words=_typed())
    return form_again(number, step)


def _typed() -> list[tuple[str, str]]:
    """What somebody wrote themselves, each with the name of its field."""
    written = [(name.rpartition(".")[2], text) for name, text in request.form.items(multi=True) if name not in HIDDEN]
    return [(saying.TYPED[name], text) for name, text in written if name in saying.TYPED and text.strip()]
