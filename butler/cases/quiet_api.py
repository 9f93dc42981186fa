"""Who sees my case, how I may be reached, and by what the butler at the door is known, over the API."""

from typing import Any

from flask import g

from butler.cases import meeting
from butler.cases.actions.looking import record_look
from butler.cases.actions.reaching import keep_from_the_other, say_how
from butler.cases.answer_schemas import MeetingAnswer
from butler.cases.pages.schemas import HideIn, ReachIn
from butler.cases.queries import finding
from butler.identity import actions as identity
from butler.kit import clock
from butler.kit.errors import NotFound
from butler.looks.states import LookKind
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


@api.get("/cases/<number:number>/meeting-code")
@signed_in
@api.response(200, MeetingAnswer)
@api.alt_response(404, "NOT_FOUND")
def meeting_code(number: str) -> dict[str, Any]:
    """对暗号：管家上门先说前两位，居民再说后两位。今天有效；只有办这件事的人和居民本人能看，没有人接单就没有。"""
    case = finding.find_case(g.actor, number)
    code = meeting.code_for(g.actor, case, clock.today())
    if code is None:
        raise NotFound("没有找到这个单号的办件。请核对单号，或在“我的办件”里找。")
    record_look(g.actor, case, LookKind.SUMMARY)
    return {"butler_says": code.butler_says, "resident_says": code.resident_says, "on": code.on.isoformat()}


@api.post("/me/reach")
@signed_in
@once
@api.arguments(ReachIn)
@api.response(204)
def my_reach(sent: dict[str, Any]) -> None:
    """所有的事都怎么联系我。需要 `Idempotency-Key`。"""
    identity.say_how_to_reach(g.actor, **sent)
