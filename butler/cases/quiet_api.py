"""Who sees my case and how I may be reached, over the API: the deeds of `pages.quiet`."""

from typing import Any

from flask import g

from butler.cases.actions.reaching import keep_from_the_other, say_how
from butler.cases.pages.schemas import HideIn, ReachIn
from butler.identity import actions as identity
from butler.web.guard import signed_in
from butler.web.once import once
from butler.web.openapi import Blueprint

api = Blueprint("quiet", __name__, description="谁能看到、怎么联系我")


@api.post("/cases/<number:number>/hidden")
@signed_in
@once
@api.arguments(HideIn)
@api.response(204)
def hide(sent: dict[str, Any], number: str) -> None:
    """这件事不让另一方（提出人或被代办人）看到，或者重新让他（她）看到。需要 `Idempotency-Key`。"""
    keep_from_the_other(g.actor, number, hidden=sent["hidden"])


@api.post("/cases/<number:number>/reach")
@signed_in
@once
@api.arguments(ReachIn)
@api.response(204)
def reach(sent: dict[str, Any], number: str) -> None:
    """这件事怎么联系我：不要打电话、不要发短信、怎样找我是安全的。需要 `Idempotency-Key`。"""
    say_how(g.actor, number, **sent)


@api.post("/me/reach")
@signed_in
@once
@api.arguments(ReachIn)
@api.response(204)
def my_reach(sent: dict[str, Any]) -> None:
    """所有的事都怎么联系我。需要 `Idempotency-Key`。"""
    identity.say_how_to_reach(g.actor, **sent)
