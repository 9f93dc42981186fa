"""导出: ask for a list, have it decided by somebody else, fetch it within a day."""

from flask import Blueprint, Response, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from butler.cases.answers import called
from butler.cases.pages.staff import links
from butler.identity.permissions import Permission
from butler.kit import clock
from butler.kit.tables import write_csv, write_xlsx
from butler.looks.queries import names_of
from butler.looks.states import Why
from butler.looks.wording import WHY
from butler.privacy import exporting
from butler.privacy.schemas import ExportIn
from butler.privacy.wording import EXPORT_STATES
from butler.web.fields import Schema
from butler.web.forms import fill_in_again
from butler.web.guard import allowed
from butler.web.once import once
from butler.web.payload import read_form

pages = Blueprint("export_pages", __name__, template_folder="../templates")
pages.context_processor(links)

_EXPORT, _NOTHING = ExportIn(), Schema()
_WRITERS = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@pages.get("/desk/exports")
@allowed(Permission.CASE_SUPERVISE)
def index() -> ResponseReturnValue:
    """What I have asked for, and the form to ask."""
    return render_template(
        "privacy/exports.html",
        exports=exporting.own_exports(g.actor),
        states=EXPORT_STATES,
        reasons=[(one.value, words) for one, words in WHY.items()],
        now=clock.now(),
        longest=exporting.LONGEST,
    )


@pages.post("/desk/exports")
@allowed(Permission.CASE_SUPERVISE)
@once
@fill_in_again(index)
def ask() -> ResponseReturnValue:
    """Ask for a list."""
    exporting.ask_export(g.actor, **read_form(_EXPORT))
    return redirect(url_for("export_pages.index"), 303)


@pages.get("/desk/exports/<int:export_id>.<any(csv, xlsx):kind>")
@allowed(Permission.CASE_SUPERVISE)
def fetch(export_id: int, kind: str) -> Response:
    """The table, for whoever asked for it, within a day."""
    write, media_type = _WRITERS[kind]
    response = Response(write(exporting.content_of(g.actor, export_id)), content_type=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename=export-{export_id}.{kind}"
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/privacy/exports")
@allowed(Permission.LOOK_REVIEW)
def to_decide() -> ResponseReturnValue:
    """What others have asked for: who, which days, what for; not what is in it."""
    asked = exporting.to_decide(g.actor)
    names = names_of({one.requester_id for one in asked})
    rows = [(one, called(names.get(one.requester_id, ""), one.role), WHY[Why(one.reason)]) for one in asked]
    return render_template("privacy/decide.html", rows=rows)


@pages.post("/privacy/exports/<int:export_id>/<any(approve, refuse):decision>")
@allowed(Permission.LOOK_REVIEW)
@once
def decide(export_id: int, decision: str) -> ResponseReturnValue:
    """Yes or no."""
    read_form(_NOTHING)
    exporting.decide_export(g.actor, export_id, approve=decision == "approve")
    return redirect(url_for("export_pages.to_decide"), 303)
