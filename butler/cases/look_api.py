"""Who has looked, uncovering, and looking for people, over the API."""

from typing import Any

from flask import Response, g, jsonify

from butler.cases import answers
from butler.cases.actions.revealing import reveal
from butler.cases.actions.searching import search_cases
from butler.cases.answer_schemas import AllowanceAnswer, FoundAnswer, LooksAnswer, RevealAnswer
from butler.cases.queries import looking
from butler.cases.schemas import CursorIn, MoreLooksIn, RevealIn, SearchIn
from butler.identity.permissions import Permission
from butler.identity.session import fresh_at_work
from butler.looks.actions import allow_more
from butler.web.guard import allowed, signed_in
from butler.web.once import once
from butler.web.openapi import Blueprint

api = Blueprint("looks", __name__, description="查看：谁看过、临时查看、找人")


@api.get("/cases/<number:number>/access-log")
@signed_in
@api.arguments(CursorIn, location="query")
@api.response(200, LooksAnswer)
def access_log(query: dict[str, Any], number: str) -> dict[str, Any]:
    """谁看过我的申请：谁、什么时候、看了什么、为什么，从新到旧。只有申请人和被代办人能看。"""
    page = looking.looks_at_own(g.actor, number, cursor=query.get("cursor"), limit=query["limit"])
    return {"items": [answers.look_line(entry) for entry in page.items], "next_cursor": page.next_cursor}


@api.post("/cases/<number:number>/reveal")
@allowed(Permission.CASE_WORK)
@fresh_at_work
@once
@api.arguments(RevealIn)
@api.response(201, RevealAnswer)
def uncover(sent: dict[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """临时查看遮住的内容，15 分钟。需要 `Idempotency-Key`；要写明理由，居民看得到。之后再读办件，就有这些内容。

    要在一小时内确认过是本人，否则回答 401 `reauth-required`。
    """
    done = reveal(g.actor, number, **sent)
    return answers.revealed(number, done), 201


@api.post("/cases/search")
@allowed(Permission.CASE_WORK)
@api.arguments(SearchIn)
@api.response(200, FoundAnswer)
def search(sent: dict[str, Any]) -> Response:
    """按完整的姓名、手机号或单号找办件，只在自己的范围里找，结果遮住。每找一次都有记录，居民看得到。最多 50 件。"""
    found = search_cases(g.actor, **sent)
    return jsonify(items=[answers.found_line(g.actor, case) for case in found])


@api.post("/looks/reasons")
@allowed(Permission.CASE_WORK)
@once
@api.arguments(MoreLooksIn)
@api.response(201, AllowanceAnswer)
def more_looks(sent: dict[str, Any]) -> tuple[dict[str, int], int]:
    """写明今天为什么还要看更多的人（`reason-required` 之后）。需要 `Idempotency-Key`。"""
    return {"allowance": allow_more(g.actor, **sent)}, 201
