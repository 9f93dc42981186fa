"""One's own data, for programs."""

from typing import Any

from flask import Response, g, jsonify

from butler.identity.session import fresh
from butler.rights import actions, queries
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
    """我们存着的、关于我的全部内容（个人信息保护法第四十五条）。要在十五分钟内确认过是本人。"""
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
