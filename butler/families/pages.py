"""我的 → 家人: who may act for whom, asking for it, giving it, ending it; and a butler's page for who has no telephone."""

from datetime import date
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from butler.catalogue import queries as catalogue_queries
from butler.families import actions, answers, queries, rules, wording
from butler.families.models import Delegation
from butler.families.schemas import AgreeIn, CursorIn, FaceToFaceIn, GuardianIn, ProposalIn, StartIn
from butler.families.states import Basis, DelegationState, EndedWhy, Paper, Power
from butler.identity import scope
from butler.identity.permissions import Permission
from butler.identity.session import fresh, fresh_at_work
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import NotFound
from butler.org.models import Building, DeskBuilding
from butler.web.forms import fill_in_again
from butler.web.guard import View, allowed, signed_in
from butler.web.once import once
from butler.web.payload import read_form, read_query

pages = Blueprint("families_pages", __name__, template_folder="templates")

_PROPOSAL, _AGREE, _SEEN, _GUARDIAN = ProposalIn(), AgreeIn(), FaceToFaceIn(), GuardianIn()
_CURSOR, _START = CursorIn(), StartIn()
_RECENTLY = 15  # minutes
_SAID = {
    "asked": "已经发短信告诉家人了。家人登录后同意，您就能替他（她）办。",
    "given": "授权好了，马上有效。已经告诉家人。",
    "agreed": "您同意了，马上有效。已经告诉家人。",
    "refused": "您没有同意。已经告诉家人。",
    "ended": "已经结束了，马上有效。",
    "seen": "登记好了，马上有效。已经告诉双方有手机的人。",
}
"""What somebody reads afterwards; `?done=` names it."""


def _giving(view: View) -> View:
    """Giving power over one's affairs: by somebody who has just entered a code."""
    return signed_in(fresh(_RECENTLY)(view))


@pages.get("/my/family")
@signed_in
def home() -> ResponseReturnValue:
    """Everything between me and my family: what waits for my answer first."""
    asked = read_query(_CURSOR)
    page = queries.page_of(g.actor, cursor=asked.get("cursor"), limit=asked["limit"])
    shown = [_shown(one) for one in page.items]
    return render_template(
        "families/home.html",
        waiting=[one for one in shown if "agree" in one["may"]],
        given=[one for one in shown if one["mine"] and one["state"] is DelegationState.IN_FORCE],
        received=[one for one in shown if not one["mine"] and one["state"] in _GOING],
        over=[one for one in shown if one["state"] not in _GOING],
        next_cursor=page.next_cursor,
        guarded=queries.is_guarded(g.actor.person_id, clock.now()),
        said=_SAID.get(request.args.get("done", "")),
    )


@pages.get("/my/family/<int:delegation_id>")
@signed_in
def show(delegation_id: int) -> ResponseReturnValue:
    """One of them: who may do what, until when, how it came about; and ending it."""
    one = queries.find_own(g.actor, delegation_id)
    return render_template(
        "families/one.html", one=_shown(one), row=one, words=wording, said=_SAID.get(request.args.get("done", ""))
    )


@pages.get("/my/family/ask")
@signed_in
def ask() -> ResponseReturnValue:
    """Ask a relative for an authority: whom, for what, until when."""
    return _form("ask")


@pages.post("/my/family/ask")
@signed_in
@once
@fill_in_again(ask)
def propose() -> ResponseReturnValue:
    """Send it."""
    one = actions.propose(g.actor, **read_form(_PROPOSAL))
    return redirect(url_for("families_pages.show", delegation_id=one.id, done="asked"), 303)


@pages.get("/my/family/give")
@_giving
def give() -> ResponseReturnValue:
    """Give a relative an authority, unasked."""
    return _form("give")


@pages.post("/my/family/give")
@_giving
@once
@fill_in_again(give)
def grant() -> ResponseReturnValue:
    """Put it in force."""
    one = actions.grant(g.actor, **read_form(_PROPOSAL))
    return redirect(url_for("families_pages.show", delegation_id=one.id, done="given"), 303)


@pages.get("/my/family/<int:delegation_id>/answer")
@_giving
def answer(delegation_id: int) -> ResponseReturnValue:
    """Who wants to do what until when; nothing is ticked beforehand."""
    one = queries.find_own(g.actor, delegation_id)
    if "agree" not in answers.delegation(g.actor, one)["may"]:
        return redirect(url_for("families_pages.show", delegation_id=delegation_id), 303)
    asked = [Power(act) for act in one.acts if act != Power.FOLLOW]
    return render_template(
        "families/answer.html",
        one=_shown(one),
        acts=[(power.value, wording.POWERS[power]) for power in asked or [Power.FOLLOW]],
        matters=[(code, answers.matter_name(code)) for code in one.matters] or _often_asked(),
        every=not one.matters,
        until=rules.last_day_of(one).isoformat(),
    )


@pages.post("/my/family/<int:delegation_id>/agree")
@_giving
@once
@fill_in_again(answer)
def agree(delegation_id: int) -> ResponseReturnValue:
    """Agree to what was ticked."""
    actions.agree(g.actor, delegation_id, **read_form(_AGREE))
    return redirect(url_for("families_pages.show", delegation_id=delegation_id, done="agreed"), 303)


@pages.post("/my/family/<int:delegation_id>/refuse")
@signed_in
@once
def refuse(delegation_id: int) -> ResponseReturnValue:
    """Say no."""
    actions.refuse(g.actor, delegation_id)
    return redirect(url_for("families_pages.home", done="refused"), 303)


@pages.post("/my/family/<int:delegation_id>/end")
@signed_in
@once
def end(delegation_id: int) -> ResponseReturnValue:
    """End it, at once."""
    actions.end(g.actor, delegation_id)
    return redirect(url_for("families_pages.home", done="ended"), 303)


@pages.get("/desk/family")
@allowed(Permission.CASE_WORK)
@fresh_at_work
def seen_page() -> ResponseReturnValue:
    """Write down an authority that somebody gives in front of a butler."""
    return render_template(
        "families/seen.html",
        buildings=[("", "不选：用手机号登记")] + [(str(one.id), one.name) for one in _own_buildings()],
        acts=_acts(),
        papers=_papers(Basis.GRANTED),
        latest=rules.last_day(clock.today()),
        said=_SAID.get(request.args.get("done", "")),
    )


@pages.post("/desk/family")
@allowed(Permission.CASE_WORK)
@fresh_at_work
@once
@fill_in_again(seen_page)
def seen() -> ResponseReturnValue:
    """Put it in force."""
    actions.confirm_face_to_face(g.actor, **read_form(_SEEN))
    return redirect(url_for("families_pages.seen_page", done="seen"), 303)


@pages.get("/desk/family/guardian")
@allowed(Permission.CASE_WORK)
@fresh_at_work
def guardian_page() -> ResponseReturnValue:
    """Write down who is guardian of a child under 14."""
    return render_template(
        "families/guardian.html",
        papers=_papers(Basis.GUARDIANSHIP),
        said=_SAID.get(request.args.get("done", "")),
    )


@pages.post("/desk/family/guardian")
@allowed(Permission.CASE_WORK)
@fresh_at_work
@once
@fill_in_again(guardian_page)
def guardian() -> ResponseReturnValue:
    """Put it in force."""
    actions.confirm_guardian(g.actor, **read_form(_GUARDIAN))
    return redirect(url_for("families_pages.guardian_page", done="seen"), 303)


_GOING = (DelegationState.PROPOSED, DelegationState.IN_FORCE)


def _shown(one: Delegation) -> dict[str, Any]:
    """A delegation in plain words, as whoever asks may see it."""
    told = answers.delegation(g.actor, one)
    why = EndedWhy(one.ended_why) if one.ended_why else None
    return told | {
        "mine": told["direction"] == "given",
        "name": told["other"]["name"],
        "phone": told["other"]["phone"],
        "powers": [wording.POWERS_SHORT[Power(act)] for act in one.acts],
        "scope": "、".join(matter["name"] for matter in told["matters"]) or wording.EVERY_MATTER,
        "last_day": rules.last_day_of(one),
        "tag": wording.STATES[told["state"]],
        "why": wording.WHY_ENDED[why] if why else None,
        "by_law": queries.is_by_law(one),
    }


def _form(which: str) -> str:
    """Asking and giving ask for the same. Raises Conflict (guardian-needed)."""
    queries.check_old_enough(g.actor.person_id, clock.now())
    code = read_query(_START).get("matter")
    chosen = _matter(code) if code else None
    often = [one for one in _often_asked() if one != chosen]
    today: date = clock.today()
    return render_template(
        "families/form.html",
        giving=which == "give",
        acts=_acts(),
        matters=[chosen, *often] if chosen else often,
        latest=rules.last_day(today),
    )


def _acts() -> list[tuple[str, str]]:
    return [(power.value, wording.POWERS_SHORT[power]) for power in Power if power is not Power.FOLLOW]


def _often_asked() -> list[tuple[str, str]]:
    return [(matter.code, matter.name) for matter in catalogue_queries.most_asked()[:8]]


def _matter(code: str) -> tuple[str, str] | None:
    try:
        return code, catalogue_queries.matter(code).name
    except NotFound:
        return None


def _papers(basis: Basis) -> list[tuple[str, str]]:
    return [(paper.value, wording.PAPERS[paper]) for paper in Paper if paper in rules.PAPERS[basis]]


def _own_buildings() -> list[Building]:
    """The buildings of the desks at which the caller works."""
    desks = scope.desks_where(g.actor, Permission.CASE_WORK)
    covered = select(DeskBuilding.building_id).where(DeskBuilding.desk_id.in_(desks), DeskBuilding.valid_to.is_(None))
    return list(db.session.scalars(select(Building).where(Building.id.in_(covered)).order_by(Building.id).limit(100)))
