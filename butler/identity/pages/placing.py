"""Choosing a role and a place, step by step: links down the tree of units, without a script."""

from typing import Any

from flask import g, render_template

from butler.identity import queries, scope
from butler.identity.models import Person
from butler.identity.permissions import APPOINTS, ROLE_NAMES, Role
from butler.identity.rules import DESK_OF_ROLE
from butler.identity.schemas import PlaceQuery
from butler.org import queries as org
from butler.org.models import Unit
from butler.org.states import Level
from butler.web.payload import read_query

_QUERY = PlaceQuery()


def choose_place(
    title: str, purpose: str, *, action: str, person: Person | None = None, role: Role | None = None
) -> str:
    """The page of the next choice: which role, which unit below, and at last who and why.

    `purpose` is invite, appoint or move; `role` is given when there is nothing to choose.
    """
    asked = read_query(_QUERY)
    roles = sorted(scope.appointable_by(g.actor), key=list(Role).index)
    role = role or asked.get("role") or (roles[0] if len(roles) == 1 else None)
    shown: dict[str, Any] = {
        "title": title, "purpose": purpose, "action": action, "person": person, "role": role,
        "role_name": ROLE_NAMES[role] if role else None, "unit": None, "units": [], "desks": [], "fits": False,
        "roles": [(one, ROLE_NAMES[one]) for one in roles],
    }  # fmt: skip
    if role is not None and role in roles:
        tops = sorted({post.unit_path.rpartition(".")[2] for post in g.actor.posts if role in _gives(post.role)})
        unit = _unit(asked.get("unit"), role) or (org.unit_by_code(tops[0]) if len(tops) == 1 else None)
        shown["unit"] = unit
        if unit is None:
            shown["units"] = [org.unit_by_code(code) for code in tops]
        else:
            shown.update(_below(unit, role))
    return render_template("identity/staff_place.html", **shown)


def _below(unit: Unit, role: Role) -> dict[str, Any]:
    if role is Role.BUTLER:
        street = unit.level in (Level.STREET, Level.COMMUNITY, Level.GRID)
        return {"desks": queries.butler_desks_below(unit), "units": [] if street else queries.units_below(unit)}
    kind = DESK_OF_ROLE.get(role)
    fits = kind is None or unit.level == kind
    return {"fits": fits, "units": queries.units_below(unit) if kind is None or not fits else []}


def _unit(code: str | None, role: Role) -> Unit | None:
    """The unit chosen so far, if the actor gives the role there."""
    unit = org.unit_by_code(code) if code else None
    return unit if unit is not None and scope.may_appoint(g.actor, role, unit.path) else None


def _gives(role: Role) -> frozenset[Role]:
    return APPOINTS.get(role, frozenset())
