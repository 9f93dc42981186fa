"""One's own data, for programs."""

from typing import Any

from flask import Response, g, jsonify

from butler.consents.answers import consent_line
from butler.consents.schemas import ConsentAnswer, ConsentList, ConsentsIn
from butler.consents.states import Channel
from butler.identity.actions import check_settled
from butler.identity.session import fresh
from butler.rights import actions, consenting, queries
from butler.rights.schemas import NameIn
from butler.web.guard import signed_in
from butler.web.once import once
from butler.web.openapi import Blueprint

api = Blueprint("rights", __name__, url_prefix="/me", description="我的个人信息：查看、带走、更正、注销")


@api.get("/data")
@signed_in
@fresh(15)
@api.response(200)
def data() -> Response:
    """我们存着的、关于我的全部内容（个人信息保护法第四十五条）。要在十五分钟内确认过是本人；换过手机号的，等一天（409）。"""
    check_settled(g.actor.person_id)
    return jsonify(queries.own_data(g.actor.person_id))


@api.post("/name")
@signed_in
@once
@api.arguments(NameIn)
@api.response(204)
def name(sent: dict[str, Any]) -> Response:
    """更正姓名（第四十六条）。在岗人员由管理员更正，回答 409。"""
    actions.correct_name(g.actor, sent["name"])
    return Response(status=204)


@api.post("/erase")
@signed_in
@fresh(15)
@once
@api.response(204)
def erase() -> Response:
    """注销（第四十七条）：姓名和电话抹去，自己提出的办件读不出来。还有没办完的事时回答 409，什么都不改。"""
    actions.erase(g.actor)
    return Response(status=204)


@api.get("/consents")
@signed_in
@api.response(200, ConsentList)
def consents() -> dict[str, Any]:
    """我同意过的全部授权，还在生效的在前；替家人同意的、家人替我同意的也在。"""
    return _consents()


@api.post("/consents")
@signed_in
@once
@api.arguments(ConsentsIn)
@api.response(201, ConsentList)
def agree(sent: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """同意关于本人的一项（`wechat`）。需要 `Idempotency-Key`。某一件办件的，在办件下面同意。"""
    consenting.agree(g.actor, sent["consents"], channel=Channel.API)
    return _consents(), 201


@api.post("/consents/<int:consent_id>/withdraw")
@signed_in
@once
@api.response(200, ConsentAnswer)
def withdraw(consent_id: int) -> dict[str, Any]:
    """撤回一项。需要 `Idempotency-Key`。撤回以前做的仍然有效；撤回两次，第一次的时间不变。"""
    consent = consenting.take_back(g.actor, consent_id, channel=Channel.API)
    case = consenting.effects_of(g.actor, consent).case
    return consent_line(consent, case.number if case else None)


def _consents() -> dict[str, Any]:
    lines = consenting.own_consents(g.actor)
    items = [consent_line(one.shown.consent, one.case.number if one.case else None) for one in lines]
    return {"items": items, "next_cursor": None}
