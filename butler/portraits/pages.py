"""The picture of a butler: put up by whoever is in charge of them, taken down by either."""

import base64

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from butler.identity import queries as identity
from butler.identity.permissions import Permission
from butler.identity.rules import RECENTLY
from butler.identity.session import fresh
from butler.portraits import actions, queries
from butler.portraits.models import Portrait
from butler.portraits.rules import VERSION, WORDS
from butler.portraits.schemas import PortraitIn
from butler.web.forms import fill_in_again
from butler.web.guard import View, allowed
from butler.web.once import once
from butler.web.payload import read_form
from butler.web.uploads import sent_file, takes_file

pages = Blueprint("portrait_pages", __name__, template_folder="templates")

_PORTRAIT = PortraitIn()


def _in_charge(view: View) -> View:
    return allowed(Permission.STAFF_MANAGE)(fresh(RECENTLY)(view))


@pages.get("/staff/<int:person_id>/photo")
@_in_charge
def photo_page(person_id: int) -> ResponseReturnValue:
    """What residents see now, and a form for another one."""
    person = queries.butler_in_charge(g.actor, person_id)
    return render_template("portraits/photo.html", person=person, words=WORDS[VERSION], **_shown(person.id))


@pages.post("/staff/<int:person_id>/photo")
@_in_charge
@takes_file
@once
@fill_in_again(photo_page)
def show_photo(person_id: int) -> ResponseReturnValue:
    """Put it up."""
    _, data = sent_file("请选一张照片。")
    actions.show_portrait(g.actor, person_id, data, agreed=read_form(_PORTRAIT)["agreed"])
    return redirect(url_for("portrait_pages.photo_page", person_id=person_id), 303)


@pages.post("/staff/<int:person_id>/photo/remove")
@_in_charge
@once
def remove_photo(person_id: int) -> ResponseReturnValue:
    """Take it down."""
    actions.take_down(identity.person_in_reach(g.actor, person_id), by=g.actor)
    return redirect(url_for("identity_pages.staff_member", person_id=person_id), 303)


@pages.get("/desk/photo")
@allowed(Permission.CASE_WORK)
def own_photo() -> ResponseReturnValue:
    """What residents see of oneself."""
    return render_template("portraits/own.html", words=WORDS[VERSION], **_shown(g.actor.person_id))


@pages.post("/desk/photo/remove")
@allowed(Permission.CASE_WORK)
@once
def remove_own_photo() -> ResponseReturnValue:
    """No longer agree: it is taken away at once, and nobody is asked why."""
    actions.take_down(identity.person_of(g.actor), by=g.actor, why="本人撤下")
    return redirect(url_for("portrait_pages.own_photo"), 303)


def _shown(person_id: int) -> dict[str, object]:
    portrait = queries.portrait_of(person_id)
    return {
        "portrait": portrait,
        "source": _source(portrait) if portrait else None,
        "shown_by": queries.shown_by(portrait).name if portrait else None,
    }


def _source(portrait: Portrait) -> str:
    """In the page itself: there is no address under which staff are found by their numbers."""
    return f"data:image/jpeg;base64,{base64.b64encode(portrait.picture).decode()}"
