"""At the community's desk: who is guardian of an adult by a decision that was shown, and which guardianship is over."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from butler.families import actions, rules, wording
from butler.families.schemas import AdultGuardianIn, GuardianOverIn
from butler.families.states import Basis, Paper
from butler.identity import scope
from butler.identity.permissions import Permission
from butler.identity.session import fresh_at_work
from butler.kit import clock
from butler.kit.database import db
from butler.org.models import Building, BuildingGrid, Estate, Unit
from butler.web.forms import fill_in_again
from butler.web.guard import allowed
from butler.web.once import once
from butler.web.payload import read_form

pages = Blueprint("ward_pages", __name__, template_folder="templates")

_MOST = 200  # buildings in the list; a district takes the telephone, or leaves it to the community
_WARD, _OVER = AdultGuardianIn(), GuardianOverIn()


@pages.get("/desk/family/adult")
@allowed(Permission.CASE_SUPERVISE)
@fresh_at_work
def ward_page() -> ResponseReturnValue:
    """Write down who is guardian of an adult."""
    return render_template(
        "families/ward.html",
        papers=[(one.value, wording.PAPERS[one]) for one in Paper if one in rules.PAPERS[Basis.ADULT_GUARDIANSHIP]],
        buildings=[("", "不选：用手机号登记"), *_buildings_below()],
        years=rules.ADULT_YEARS,
        latest=rules.last_adult_day(clock.today()),
        said="登记好了，马上有效。已经告诉双方有手机的人。" if request.args.get("done") else None,
    )


@pages.post("/desk/family/adult")
@allowed(Permission.CASE_SUPERVISE)
@fresh_at_work
@once
@fill_in_again(ward_page)
def ward() -> ResponseReturnValue:
    """Put it in force."""
    actions.confirm_adult_guardian(g.actor, **read_form(_WARD))
    return redirect(url_for("ward_pages.ward_page", done="seen"), 303)


@pages.get("/desk/family/guardian/end")
@allowed(Permission.CASE_SUPERVISE)
@fresh_at_work
def over_page() -> ResponseReturnValue:
    """Write down that a guardianship is over."""
    return render_template(
        "families/over.html",
        whys=[(why.value, words) for why, words in wording.OVER.items()],
        said="结束了，马上有效。已经告诉双方有手机的人。" if request.args.get("done") else None,
    )


@pages.post("/desk/family/guardian/end")
@allowed(Permission.CASE_SUPERVISE)
@fresh_at_work
@once
@fill_in_again(over_page)
def over() -> ResponseReturnValue:
    """End it, at once."""
    actions.end_guardianship(g.actor, **read_form(_OVER))
    return redirect(url_for("ward_pages.over_page", done="over"), 303)


def _buildings_below() -> list[tuple[str, str]]:
    """The buildings of the units the caller supervises."""
    inside = scope.below(Unit.path, scope.paths_where(g.actor, Permission.CASE_SUPERVISE))
    query = (
        select(Building.id, Estate.name + " " + Building.name)
        .join(Estate, Estate.id == Building.estate_id)
        .join(BuildingGrid, BuildingGrid.building_id == Building.id)
        .join(Unit, Unit.id == BuildingGrid.grid_id)
        .where(BuildingGrid.valid_to.is_(None), inside)
    )
    return [(str(one), name) for one, name in db.session.execute(query.order_by(Building.id).limit(_MOST))]
