"""A delegation in words of the API, as one of the two may see it."""

from typing import Any

from butler.catalogue import queries as catalogue_queries
from butler.families import queries, rules
from butler.families.models import Delegation
from butler.families.states import Basis, DelegationState
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.errors import NotFound


def delegation(actor: Actor, one: Delegation) -> dict[str, Any]:
    """See `schemas.DelegationAnswer`."""
    mine, state = queries.is_mine_to_give(actor, one), queries.state_now(one, clock.now())
    return {
        "id": one.id,
        "basis": one.basis,
        "direction": "given" if mine else "received",
        "other": {"name": queries.name_of_other(actor, one), "phone": queries.phone_of_other(actor, one)},
        "state": state,
        "acts": one.acts,
        "matters": [{"code": code, "name": matter_name(code)} for code in one.matters],
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "confirmed_how": one.confirmed_how,
        "confirmed_at": one.confirmed_at,
        "paper": one.paper,
        "issuer": one.issuer,
        "issued_on": one.issued_on,
        "ended_at": one.ended_at,
        "ended_why": one.ended_why,
        "may": may(mine, state, ends=rules.may_end(Basis(one.basis), mine)),
    }


def may(mine: bool, state: DelegationState, *, ends: bool) -> list[str]:
    """What one of the two can do with it now. `ends`: `rules.may_end`."""
    match state:
        case DelegationState.PROPOSED:
            return ["agree", "refuse"] if mine else ["end"]
        case DelegationState.IN_FORCE:
            return ["end"] if ends else []
        case _:
            return []


def matter_name(code: str) -> str:
    """What a matter is called; a code that is not in the catalogue any more stays a code."""
    try:
        return catalogue_queries.matter(code).name
    except NotFound:
        return code
