"""今日记录指纹 for the privacy officer: the heads of days, who has them, and a sheet of each to be filed."""

from datetime import date

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from butler.identity.permissions import Permission
from butler.kit.errors import NotFound
from butler.ledger import queries, sheets
from butler.web.guard import allowed

pages = Blueprint("ledger_pages", __name__, template_folder="templates")

ON_A_PAGE = 31


@pages.get("/privacy/ledger")
@allowed(Permission.LOOK_REVIEW)
def index() -> ResponseReturnValue:
    """The days of the last month, the newest first, with who has confirmed having each."""
    settings = current_app.extensions["settings"]
    days = queries.newest_days(ON_A_PAGE)
    receipts = queries.receipts_of([one.day for one in days])
    return render_template(
        "ledger/index.html",
        days=days,
        receipts=receipts,
        parties=list(settings.parties()),
        waiting=queries.unsent(settings),
    )


@pages.get("/privacy/ledger/<day>.pdf")
@allowed(Permission.LOOK_REVIEW)
def sheet(day: str) -> Response:
    """The sheet of one day, to be printed, signed and handed to a second person."""
    settings = current_app.extensions["settings"]
    found = queries.find_day(_read_day(day))
    drawn = sheets.sheet_pdf(
        sheets.Sheet(queries.head_of(found), found.sealed_at, settings.base_url, is_demo=settings.demo)
    )
    return Response(drawn, mimetype="application/pdf")


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotFound("没有这一天。请从“今日记录指纹”里点进去。") from error
