"""The pages of 这张卡不对: say so, read what became of it, and for the supervisor what was said."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.cards import queries, report_queries, reporting
from butler.cards.schemas import CardsQuery, ReportIn, ReportQuery, SettleIn
from butler.cards.states import Found
from butler.cards.wording import FOUND, WRONG, say_wrong
from butler.identity.permissions import Permission
from butler.web.forms import fill_in_again
from butler.web.guard import allowed, public
from butler.web.once import once
from butler.web.payload import read_form, read_query

pages = Blueprint("card_reports", __name__, template_folder="templates")

_QUERY, _REPORT, _SETTLE, _CURSOR = ReportQuery(), ReportIn(), SettleIn(), CardsQuery()


@pages.get("/report-card")
@public
def report_page() -> ResponseReturnValue:
    """Ask what is not right; where it hangs, when the code was no card of ours. Nothing about who says it."""
    token = (request.form if request.method == "POST" else read_query(_QUERY)).get("card") or ""
    card = queries.card_reported(token)
    return render_template(
        "cards/report.html",
        token=token,
        place=queries.place_words(card) if card else None,
        kinds=[(wrong.value, words) for wrong, words in WRONG.items()],
    )


@pages.post("/report-card")
@public
@once
@fill_in_again(report_page)
def report() -> ResponseReturnValue:
    """Tell those who answer for it."""
    sent = read_form(_REPORT)
    made = reporting.report(
        token=sent["card"], wrong=sent["wrong"], words=sent["words"], asked_from=request.remote_addr
    )
    return redirect(url_for("card_reports.reported", number=made.number), 303)


@pages.get("/report-card/<number:number>")
@public
def reported(number: str) -> ResponseReturnValue:
    """What became of it, for whoever has the number: no place, no words, nobody's name."""
    one = report_queries.report_by_number(number)
    return render_template("cards/reported.html", report=one, found=FOUND[Found(one.found)] if one.found else None)


@pages.get("/desk/cards/reports")
@allowed(Permission.CARD_SEE)
def reports() -> ResponseReturnValue:
    """What was said about cards in one's units, the open ones first."""
    found = report_queries.reports_in_reach(g.actor, cursor=read_query(_CURSOR).get("cursor"))
    return render_template(
        "cards/reports.html",
        reports=[
            (
                one,
                report_queries.place_of_report(one),
                say_wrong(one.wrong, one.odd),
                one.found and FOUND[Found(one.found)],
            )
            for one in found.items
        ],
        next_cursor=found.next_cursor,
        choices=[(one.value, words) for one, words in FOUND.items()],
        said=request.args.get("done"),
    )


@pages.post("/desk/cards/reports/<int:report_id>")
@allowed(Permission.CARD_SEE)
@once
def settle(report_id: int) -> ResponseReturnValue:
    """Write down what was found there."""
    reporting.settle(g.actor, report_id, **read_form(_SETTLE))
    return redirect(url_for("card_reports.reports", done="1"), 303)
