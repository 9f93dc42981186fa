"""Paper for the hand: the receipt for originals (收条) and the letter to sign (授权委托书)."""

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from butler.cases import answers
from butler.cases.actions.looking import record_look
from butler.cases.pages.letters import letter_of, say_full_day
from butler.cases.pages.staff import pages
from butler.cases.queries import finding, showing
from butler.cases.states import Kind, Step
from butler.custody import queries as custody_queries
from butler.identity.permissions import Permission
from butler.kit import clock
from butler.kit.errors import NotFound
from butler.looks.states import FieldClass, LookKind
from butler.web.guard import allowed


@pages.get("/desk/cases/<number:number>/receipt")
@allowed(Permission.CASE_WORK)
def receipt(number: str) -> ResponseReturnValue:
    """What is in our hands, since when, until when, from whom to whom: A5, to be signed by both."""
    case = finding.find_case(g.actor, number)
    originals = custody_queries.outstanding(case.id)
    if not originals:
        return redirect(url_for("desk_pages.show", number=number), 303)
    record_look(g.actor, case, LookKind.PAPER, fields=(FieldClass.OUTLINE, FieldClass.PAPERS))
    taken = [line for line in showing.timeline(case) if line.step == Step.RECEIVE_ORIGINALS and line.actor]
    takers = {line.at: answers.called(line.actor.name, line.actor_role) for line in taken if line.actor}
    return render_template(
        "cases/desk_receipt.html",
        case=case,
        originals=originals,
        copies=sum(one.copies for one in originals),
        giver=answers.called(case.beneficiary.name, "resident"),
        takers=sorted({takers[one.received_at] for one in originals if one.received_at in takers}),
        last=say_full_day(max(one.due_back_at for one in originals)),
        today=say_full_day(clock.now()),
        place=answers.place_of(case),
    )


@pages.get("/desk/cases/<number:number>/mandate")
@allowed(Permission.CASE_WORK)
def mandate(number: str) -> ResponseReturnValue:
    """The letter, A4: to sign, or as it was signed. Raises NotFound for a question, which needs none."""
    case = finding.find_case(g.actor, number)
    if case.kind != Kind.ERRAND:
        raise NotFound("咨询不用签委托书。")
    letter = letter_of(g.actor, case)
    plain = {FieldClass.NAME, FieldClass.PHONE} if letter.principal == case.beneficiary.name else set()
    record_look(g.actor, case, LookKind.PAPER, fields={FieldClass.OUTLINE, FieldClass.PAPERS} | plain)
    return render_template("cases/desk_mandate.html", case=case, letter=letter)
