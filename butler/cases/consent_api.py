"""Consents of a case, and the register of what is asked, for programs."""

from typing import Any

from flask import g

from butler.cases.actions.consenting import agree, take_back
from butler.cases.actions.looking import record_look
from butler.cases.models import Case
from butler.cases.queries import finding
from butler.consents import queries as consent_queries
from butler.consents.answers import consent_line, entry_line
from butler.consents.register import register
from butler.consents.schemas import ConsentAnswer, ConsentList, ConsentsIn, PurposeList
from butler.consents.states import Channel, Purpose
from butler.looks.states import LookKind
from butler.web.guard import public, signed_in
from butler.web.once import once
from butler.web.openapi import Blueprint

api = Blueprint("consents", __name__, description="授权：一项一项同意，随时撤回")


@api.get("/consents")
@public
@api.response(200, PurposeList)
def purposes() -> dict[str, Any]:
    """会请人同意的事，每一项的原话（旧版也在）、依据、不同意会怎样、撤回以后会怎样。"""
    return {"items": [entry_line(entry) for entry in register().values()], "next_cursor": None}


@api.get("/cases/<number:number>/consents")
@signed_in
@api.response(200, ConsentList)
def index(number: str) -> dict[str, Any]:
    """一件办件的授权，从早到晚，撤回的也在。"""
    case = finding.find_case(g.actor, number)
    record_look(g.actor, case, LookKind.SUMMARY)
    return _list(case)


@api.post("/cases/<number:number>/consents")
@signed_in
@once
@api.arguments(ConsentsIn)
@api.response(201, ConsentList)
def give(sent: dict[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """同意（本人），或者登记居民当面同意的（正在办的人）。需要 `Idempotency-Key`；已经同意的保持原来的时间。"""
    return _list(agree(g.actor, number, sent["consents"], channel=Channel.API)), 201


@api.post("/cases/<number:number>/consents/<any(papers, health, hand_over):purpose>/withdraw")
@signed_in
@once
@api.response(200, ConsentAnswer)
def withdraw(number: str, purpose: str) -> dict[str, Any]:
    """撤回（本人），或者登记居民当面撤回的（正在办的人；办完以后，是原来岗位上的人）。撤回以前做的仍然有效；撤回两次，第一次的时间不变。"""
    case, consent = take_back(g.actor, number, Purpose(purpose), channel=Channel.API)
    return consent_line(consent, case.number)


def _list(case: Case) -> dict[str, Any]:
    return {
        "items": [consent_line(one, case.number) for one in consent_queries.of_case(case.id)],
        "next_cursor": None,
    }
