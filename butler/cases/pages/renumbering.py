"""居民换手机号, at a desk: the old telephone is lost, the resident is there with papers and a new one."""

import marshmallow as ma
from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.cases.actions.meeting import Met, meet, met_before
from butler.cases.pages import staff
from butler.cases.schemas import MeetIn
from butler.identity.actions import change_phone_face_to_face
from butler.identity.permissions import Permission
from butler.identity.rules import mask_name, mask_phone
from butler.identity.schemas import LostPhoneSchema
from butler.identity.session import fresh_at_work
from butler.identity.states import VerifiedHow
from butler.identity.wording import VERIFIED
from butler.kit.database import db
from butler.kit.errors import Conflict
from butler.web.forms import fill_in_again
from butler.web.guard import allowed
from butler.web.once import once
from butler.web.payload import read_form

_MEET, _LOST = MeetIn(), LostPhoneSchema()
_HOWS = (VerifiedHow.ID_CARD, VerifiedHow.OTHER_PAPER)  # who is only known by sight gets no other number


@staff.pages.get("/desk/phone")
@allowed(Permission.CASE_WORK)
@fresh_at_work
def phone_page() -> ResponseReturnValue:
    """Ask which number is lost."""
    return _page(done=request.args.get("done") == "phone")


@staff.pages.post("/desk/phone/who")
@allowed(Permission.CASE_WORK)
@fresh_at_work
@fill_in_again(phone_page)
def phone_who() -> ResponseReturnValue:
    """Whom we know under it, masked, and what to check."""
    return _page(met=meet(g.actor, read_form(_MEET)["phone"]))


def _again() -> ResponseReturnValue:
    """The second form once more, with what was typed and whom it is about; the first, where the number is none."""
    try:
        phone = _MEET.load({"phone": request.form.get("phone", "")})["phone"]
    except ma.ValidationError:
        return _page()
    return _page(met=met_before(g.actor, phone))


@staff.pages.post("/desk/phone")
@allowed(Permission.CASE_WORK)
@fresh_at_work
@once
@fill_in_again(_again)
def change_phone() -> ResponseReturnValue:
    """Change it. No number is in the address that follows."""
    try:
        change_phone_face_to_face(by=g.actor, **read_form(_LOST))
    except Conflict as problem:  # said on the form, where what was typed can be looked at once more
        db.session.rollback()
        g.form_problem = problem
        return make_response(_again(), problem.status)
    return redirect(url_for("desk_pages.phone_page", done="phone"), 303)


def _page(*, met: Met | None = None, done: bool = False) -> str:
    return render_template(
        "cases/desk_phone.html",
        met=met,
        done=done,
        who=met and met.name and f"{mask_name(met.name)}（{mask_phone(met.phone)}）",
        hows=[(how.value, VERIFIED[how]) for how in _HOWS],
    )
