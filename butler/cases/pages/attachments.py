"""Photos and papers on the pages of a case: a list, one form, and a copy to open; for residents and at the desk."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from butler.cases import file_answers
from butler.cases.actions import attaching
from butler.cases.actions.looking import record_look
from butler.cases.pages.resident import pages as resident_pages
from butler.cases.pages.staff import pages as desk_pages
from butler.cases.queries import finding, own
from butler.cases.schemas import AttachIn, CopyIn
from butler.consents.queries import in_force
from butler.consents.register import register
from butler.consents.states import Channel, Purpose
from butler.files.actions import Sent
from butler.identity.permissions import Permission
from butler.identity.scope import Actor
from butler.kit.database import db
from butler.kit.errors import NotFound, Refusal
from butler.looks.states import LookKind
from butler.web.forms import fill_in_again
from butler.web.guard import allowed, signed_in
from butler.web.once import once
from butler.web.payload import read_form, read_query
from butler.web.uploads import sent_file, takes_file

_ATTACH, _COPY = AttachIn(), CopyIn()


@dataclass(frozen=True)
class _Face:
    """Where somebody comes from, and as whom they act there."""

    base: str  # template
    blueprint: Blueprint
    actor: Callable[[], Actor]

    def address(self, view: str, number: str) -> str:
        return url_for(f"{self.blueprint.name}.{view}", number=number)


_RESIDENT = _Face("web/base.html", resident_pages, lambda: own.as_resident(g.actor))
_DESK = _Face("cases/desk_base.html", desk_pages, lambda: g.actor)


def _told_on(form: Callable[[str], ResponseReturnValue]) -> Callable[[Callable[[str], Any]], Callable[[str], Any]]:
    """When a file is refused for another reason than what is in it, say so on the form. Goes below `@once`."""

    def decorate(view: Callable[[str], Any]) -> Callable[[str], Any]:
        @wraps(view)
        def told(number: str) -> Any:
            try:
                return view(number)
            except NotFound:
                raise
            except Refusal as refusal:
                db.session.rollback()
                g.form_problem = refusal
                response = make_response(form(number))
                response.status_code = refusal.status
                response.headers.extend(refusal.headers)
                return response

        return told

    return decorate


@resident_pages.get("/my/cases/<number:number>/attachments/new")
@signed_in
def attach_page(number: str) -> ResponseReturnValue:
    """Which photo or paper, and what it shows."""
    return _form(_RESIDENT, number)


@resident_pages.post("/my/cases/<number:number>/attachments")
@signed_in
@takes_file
@once
@_told_on(attach_page)
@fill_in_again(attach_page)
def attach(number: str) -> ResponseReturnValue:
    """Keep it, and back to the case."""
    return _attach(_RESIDENT, number)


@resident_pages.get("/my/cases/<number:number>/attachments/<int:attachment_id>")
@signed_in
def attachment(number: str, attachment_id: int) -> Response:
    """A copy."""
    return _copy(_RESIDENT, number, attachment_id)


@desk_pages.get("/desk/cases/<number:number>/attachments/new")
@allowed(Permission.CASE_WORK)
def attach_page_at_desk(number: str) -> ResponseReturnValue:
    """The same at a desk."""
    return _form(_DESK, number)


@desk_pages.post("/desk/cases/<number:number>/attachments")
@allowed(Permission.CASE_WORK)
@takes_file
@once
@_told_on(attach_page_at_desk)
@fill_in_again(attach_page_at_desk)
def attach_at_desk(number: str) -> ResponseReturnValue:
    """The same at a desk."""
    return _attach(_DESK, number)


@desk_pages.get("/desk/cases/<number:number>/attachments/<int:attachment_id>")
@allowed(Permission.CASE_WORK)
def attachment_at_desk(number: str, attachment_id: int) -> Response:
    """A copy, for somebody at a desk."""
    return _copy(_DESK, number, attachment_id)


def _form(face: _Face, number: str) -> ResponseReturnValue:
    actor = face.actor()
    case = finding.find_case(actor, number)
    kinds = attaching.may_send(actor, case)
    if not kinds and "form_problem" not in g:
        return redirect(face.address("show", number), 303)
    record_look(actor, case, LookKind.SUMMARY)
    return render_template(
        "cases/attach.html",
        face=face.base,
        case=case,
        back=face.address("show", number),
        action=face.address("attach" if face is _RESIDENT else "attach_at_desk", number),
        kept_days=current_app.extensions["settings"].papers_kept_days,
        to_agree=[] if Purpose.PAPERS in in_force(case.id) else [register()[Purpose.PAPERS]],
    )


def _attach(face: _Face, number: str) -> ResponseReturnValue:
    sent = read_form(_ATTACH)
    name, data = sent_file()
    agreed = sent.pop("consents")
    file = Sent(name=name, data=data, **sent)
    attaching.attach(face.actor(), number, file, agreed=agreed, channel=Channel.PAGE)
    return redirect(face.address("show", number) + "?done=attach", 303)


def _copy(face: _Face, number: str, attachment_id: int) -> Response:
    small = read_query(_COPY)["small"]
    case, found = attaching.find_attachment(face.actor(), number, attachment_id)
    return file_answers.copy_for(face.actor(), case, found, small=small)
