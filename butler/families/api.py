"""Families over the API: who may act for whom, and until when."""

from typing import Any

from flask import g, url_for

from butler.families import actions, answers, queries
from butler.families.models import Delegation
from butler.families.schemas import (
    AdultGuardianIn,
    AgreeIn,
    CursorIn,
    DelegationAnswer,
    DelegationPage,
    FaceToFaceIn,
    GuardianIn,
    GuardianOverIn,
    ProposalIn,
    SeenAnswer,
)
from butler.identity.permissions import Permission
from butler.identity.session import fresh, fresh_at_work
from butler.web.guard import View, allowed, signed_in
from butler.web.once import once
from butler.web.openapi import Blueprint

api = Blueprint("families", __name__, description="家人：授权家人替自己办，监护未满14周岁的孩子")
RECENTLY = 15  # minutes: giving power over one's affairs is confirmed by somebody who has just entered a code


def _giving(view: View) -> View:
    return signed_in(fresh(RECENTLY)(view))


@api.get("/delegations")
@signed_in
@api.arguments(CursorIn, location="query")
@api.response(200, DelegationPage)
def index(query: dict[str, Any]) -> dict[str, Any]:
    """我的授权：家人替我办的，和我替家人办的，新的在前。"""
    page = queries.page_of(g.actor, cursor=query.get("cursor"), limit=query["limit"])
    return {
        "items": [answers.delegation(g.actor, one) for one in page.items],
        "next_cursor": page.next_cursor,
    }


@api.get("/delegations/<int:delegation_id>")
@signed_in
@api.response(200, DelegationAnswer)
@api.alt_response(404, "NOT_FOUND")
def show(delegation_id: int) -> dict[str, Any]:
    """一份授权，只有当事的两个人看得到。"""
    return answers.delegation(g.actor, queries.find_own(g.actor, delegation_id))


@api.post("/delegations")
@signed_in
@once
@api.arguments(ProposalIn)
@api.response(201, DelegationAnswer)
@api.alt_response(409, "CONFLICT")
@api.alt_response(429, "TOO_MANY_REQUESTS")
def propose(sent: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """请家人授权：家人收到短信，登录后同意、少给一些或者不同意。号码登记过没有，回答都一样。"""
    return _made(actions.propose(g.actor, **sent))


@api.post("/delegations/grants")
@_giving
@once
@api.arguments(ProposalIn)
@api.response(201, DelegationAnswer)
@api.alt_response(429, "TOO_MANY_REQUESTS")
def grant(sent: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """授权家人替我办，马上有效；和这位家人以前的授权换成这一份。要在十五分钟内确认过是本人。"""
    return _made(actions.grant(g.actor, **sent))


@api.post("/delegations/<int:delegation_id>/agree")
@_giving
@once
@api.arguments(AgreeIn)
@api.response(200, DelegationAnswer)
@api.alt_response(404, "NOT_FOUND")
@api.alt_response(409, "CONFLICT")
def agree(sent: dict[str, Any], delegation_id: int) -> dict[str, Any]:
    """同意家人的请求，可以少给：少几项、少几件事、早一点结束。要在十五分钟内确认过是本人。"""
    return answers.delegation(g.actor, actions.agree(g.actor, delegation_id, **sent))


@api.post("/delegations/<int:delegation_id>/refuse")
@signed_in
@once
@api.response(200, DelegationAnswer)
@api.alt_response(404, "NOT_FOUND")
@api.alt_response(409, "CONFLICT")
def refuse(delegation_id: int) -> dict[str, Any]:
    """不同意家人的请求。"""
    return answers.delegation(g.actor, actions.refuse(g.actor, delegation_id))


@api.post("/delegations/<int:delegation_id>/end")
@signed_in
@once
@api.response(200, DelegationAnswer)
@api.alt_response(404, "NOT_FOUND")
@api.alt_response(409, "CONFLICT")
def end(delegation_id: int) -> dict[str, Any]:
    """结束，马上生效：授权的人收回，办事的人不再办，或者撤回还没有回答的请求。"""
    return answers.delegation(g.actor, actions.end(g.actor, delegation_id))


@api.post("/delegations/face-to-face")
@allowed(Permission.CASE_WORK)
@fresh_at_work
@once
@api.arguments(FaceToFaceIn)
@api.response(201, SeenAnswer)
@api.alt_response(403, "FORBIDDEN")
def face_to_face(sent: dict[str, Any]) -> tuple[Delegation, int]:
    """管家当面看过人和证件，登记居民给家人的授权。要在一小时内确认过是本人。住处不归自己管的，回答 403。"""
    return actions.confirm_face_to_face(g.actor, **sent), 201


@api.post("/delegations/guardians")
@allowed(Permission.CASE_WORK)
@fresh_at_work
@once
@api.arguments(GuardianIn)
@api.response(201, SeenAnswer)
@api.alt_response(403, "FORBIDDEN")
def guardian(sent: dict[str, Any]) -> tuple[Delegation, int]:
    """管家看过户口簿或出生医学证明，登记未满14周岁孩子的监护人。要在一小时内确认过是本人。出生日期不保存，只留满14周岁的日子。"""
    return actions.confirm_guardian(g.actor, **sent), 201


@api.post("/delegations/adult-guardians")
@allowed(Permission.CASE_SUPERVISE)
@fresh_at_work
@once
@api.arguments(AdultGuardianIn)
@api.response(201, SeenAnswer)
@api.alt_response(403, "FORBIDDEN")
def adult_guardian(sent: dict[str, Any]) -> tuple[Delegation, int]:
    """社区看过判决书、指定书或意定监护协议，登记成年人的监护人。要在一小时内确认过是本人。文号不保存，不留复印件；双方都看得到。"""
    return actions.confirm_adult_guardian(g.actor, **sent), 201


@api.post("/delegations/guardians/end")
@allowed(Permission.CASE_SUPERVISE)
@fresh_at_work
@once
@api.arguments(GuardianOverIn)
@api.response(200, SeenAnswer)
@api.alt_response(403, "FORBIDDEN")
def guardian_over(sent: dict[str, Any]) -> Delegation:
    """社区看过新的判决、决定，或者当初登记错了：结束一份监护（孩子的、成年人的），马上生效。要在一小时内确认过是本人。"""
    return actions.end_guardianship(g.actor, **sent)


def _made(one: Delegation) -> tuple[dict[str, Any], int, dict[str, str]]:
    shown = answers.delegation(g.actor, queries.find_own(g.actor, one.id))
    return shown, 201, {"Location": url_for("families.show", delegation_id=one.id)}
