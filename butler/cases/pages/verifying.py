"""当面核验: a butler finds the resident before them, compares face and paper, and notes it. No picture is taken, and of the
number on the card nothing is kept but a keyed hash."""

import marshmallow as ma
from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.cases.actions.meeting import Met, meet, met_before
from butler.cases.pages import staff
from butler.cases.schemas import MeetIn
from butler.identity.actions import verify_resident
from butler.identity.permissions import Permission
from butler.identity.rules import mask_name, mask_phone
from butler.identity.schemas.residents import VerifySchema
from butler.identity.session import fresh_at_work
from butler.identity.states import VerifiedHow
from butler.identity.wording import VERIFIED
from butler.kit.errors import Invalid
from butler.web.forms import fill_in_again
from butler.web.guard import allowed
from butler.web.once import once
from butler.web.payload import read_form

_MEET, _VERIFY = MeetIn(), VerifySchema()


@staff.pages.get("/desk/verify")
@allowed(Permission.CASE_WORK)
@fresh_at_work
def verify_page() -> ResponseReturnValue:
    """Ask whose telephone it is."""
    return _page(done=request.args.get("done") == "verify")


@staff.pages.post("/desk/verify/who")
@allowed(Permission.CASE_WORK)
@fresh_at_work
@fill_in_again(verify_page)
def who() -> ResponseReturnValue:
    """Whom we know under it, masked, and what to check. A POST: telephones do not belong into addresses."""
    return _page(met=meet(g.actor, read_form(_MEET)["phone"]))


def _checked_again() -> ResponseReturnValue:
    """The second form once more, with what was typed and whom it is about; the first, where the number is none."""
    try:
        phone = _MEET.load({"phone": request.form.get("phone", "")})["phone"]
    except ma.ValidationError:
        return _page()
    return _page(met=met_before(g.actor, phone))


@staff.pages.post("/desk/verify")
@allowed(Permission.CASE_WORK)
@fresh_at_work
@once
@fill_in_again(_checked_again)
def verify() -> ResponseReturnValue:
    """Note it. Nothing of whom is in the address that follows."""
    sent = read_form(_VERIFY)
    if sent["how"] is VerifiedHow.ID_CARD and sent["id_number"] is None:
        raise Invalid.at("/id_number", "看了身份证的，请照着证件填上号码；号码不保存。", code="required")
    verify_resident(by=g.actor, **sent)
    return redirect(url_for("desk_pages.verify_page", done="verify"), 303)


def _page(*, met: Met | None = None, done: bool = False) -> ResponseReturnValue:
    return render_template(
        "cases/desk_verify.html",
        met=met,
        done=done,
        who=met and met.name and f"{mask_name(met.name)}（{mask_phone(met.phone)}）",
        hows=[(how.value, words) for how, words in VERIFIED.items()],
    )
