"""Cases over the API. Views guard, load, do one thing and answer.

`answers` makes what goes out; the schemas beside it describe it (a test holds the two together) and do not make it again.
"""

from typing import Any

from flask import Response, g, jsonify, url_for

from butler.cards import queries as card_queries
from butler.cases import answers, reaching
from butler.cases.actions.booking import open_slots
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.filing import Wish, file_case
from butler.cases.actions.looking import record_list, record_look
from butler.cases.actions.moving import take_step
from butler.cases.answer_schemas import CaseAnswer, CasePage, SlotsAnswer, TimelineAnswer
from butler.cases.models import Case
from butler.cases.proving import proven_step
from butler.cases.queries import finding, listing, own, showing, under
from butler.cases.schemas import STEP_INPUTS, ClaimIn, CursorIn, FileIn, ListIn, QueueIn, step_named
from butler.families import queries as families
from butler.identity.permissions import Permission
from butler.kit import clock
from butler.looks.queries import NOTHING, Uncovered, uncovered
from butler.looks.states import FieldClass, LookKind
from butler.web.etag import etag_of, not_modified, require_version
from butler.web.fields import Day, Schema, Text
from butler.web.guard import allowed, public, signed_in
from butler.web.once import once
from butler.web.openapi import Blueprint
from butler.web.payload import read_body

api = Blueprint("cases", __name__, description="办件：提出、流转、办理、确认、评价")


class SlotsIn(Schema):
    """Whose windows, on which day."""

    card_token = Text(max=32, required=True)
    date = Day()


@api.post("/cases")
@allowed(Permission.CASE_FILE)
@once
@api.arguments(FileIn)
@api.response(201, CaseAnswer)
def file(wish: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """提出一件申请（咨询、代办）。需要 `Idempotency-Key`；地点用名片、楼栋或地区代码三选一。"""
    token = wish.pop("card_token", None)
    if token:
        card = card_queries.card_by_token(token)
        if card.building_id is None:
            wish["unit_code"] = card.desk.unit.code
        else:
            wish["building_id"] = card.building_id
    case = file_case(g.actor, Wish(**wish))
    return _whole(case), 201, {"Location": url_for("cases.show", number=case.number)}


@api.get("/cases")
@signed_in
@api.arguments(ListIn, location="query")
@api.response(200, CasePage)
def index(query: dict[str, Any]) -> Response:
    """办件列表：`as=asker` 我提出的，`as=holder` 我在办的，`as=desk` 我岗位上的。"""
    page = listing.page_of(
        g.actor, query["as_"].value, stage=query.get("stage"), cursor=query.get("cursor"), limit=query["limit"]
    )
    return _page(page)


@api.get("/cases/<number:number>")
@signed_in
@api.response(200, CaseAnswer)
def show(number: str) -> Any:
    """一件办件。`ETag` 是它的版本，办下一步时放进 `If-Match`。"""
    case = finding.find_case(g.actor, number)
    open_now = uncovered(g.actor.person_id, case.id, clock.now()) if g.actor.is_staff else NOTHING
    return _whole(case, open_now, with_door=True)


@api.get("/cases/<number:number>/timeline")
@signed_in
@api.response(200, TimelineAnswer)
def timeline(number: str) -> Any:
    """经过：谁、什么时候、做了什么，从早到晚。"""
    case = finding.find_case(g.actor, number)
    plain = answers.shown_plainly(g.actor, case) & {FieldClass.OUTLINE, FieldClass.WORDS}
    record_look(g.actor, case, LookKind.SUMMARY, fields=plain)
    lines = [answers.timeline_line(g.actor, line, plain) for line in showing.timeline(case)]
    return not_modified(etag_of(case.version)) or {"items": lines, "next_cursor": None}


@api.post("/cases/<number:number>/steps/<step>")
@signed_in
@proven_step
@once
@api.response(200, CaseAnswer)
def take(number: str, step: str) -> Any:
    """办一步。需要 `Idempotency-Key` 和 `If-Match`；`allowed_steps` 里列出现在能办的。

    收原件、交窗口、还原件，要在一小时内确认过是本人，否则回答 401 `reauth-required`。
    """
    known = step_named(step)
    data = read_body(STEP_INPUTS[known])
    return _whole(take_step(g.actor, number, known, data, version=require_version()))


@api.get("/delegations/<int:delegation_id>/cases")
@signed_in
@api.arguments(CursorIn, location="query")
@api.response(200, CasePage)
@api.alt_response(404, "NOT_FOUND")
def done_under(query: dict[str, Any], delegation_id: int) -> Response:
    """凭一份授权办过什么，新的在前；每一步是谁办的，在各自的经过里。授权收回以后，办事的人这里看不到了。"""
    one = families.find_own(g.actor, delegation_id)
    return _page(under.asked_under(own.as_resident(g.actor), one, cursor=query.get("cursor"), limit=query["limit"]))


@api.get("/queue")
@allowed(Permission.CASE_WORK)
@api.arguments(QueueIn, location="query")
@api.response(200, CasePage)
def queue(query: dict[str, Any]) -> Response:
    """待接的办件，最急的在前。"""
    return _page(listing.queue_page(g.actor, query.get("desk"), cursor=query.get("cursor"), limit=query["limit"]))


@api.post("/queue/claim-next")
@allowed(Permission.CASE_WORK)
@once
@api.arguments(ClaimIn)
@api.response(200, CaseAnswer)
@api.alt_response(204, description="没有待接的办件")
def claim(wanted: dict[str, Any]) -> Any:
    """接下一件。两个人同时按，各得一件，不会接到同一件。"""
    case = claim_next(g.actor, wanted.get("desk"))
    return _whole(case) if case else Response(status=204)


@api.get("/escalations")
@allowed(Permission.ESCALATIONS_SEE)
@api.arguments(CursorIn, location="query")
@api.response(200, CasePage)
def escalations(query: dict[str, Any]) -> Response:
    """下面超过约定时间、转到我这里督促的办件，最久的在前。"""
    return _page(listing.escalations_page(g.actor, cursor=query.get("cursor"), limit=query["limit"]))


@api.get("/slots")
@public
@api.arguments(SlotsIn, location="query")
@api.response(200, SlotsAnswer)
def slots(query: dict[str, Any]) -> dict[str, Any]:
    """下班后可以预约的时段（错峰代办）。"""
    card = card_queries.card_by_token(query["card_token"])
    day = query.get("date")
    found = open_slots(card.desk_id, first=day, days=1 if day else 14)
    return {"items": [answers.slot_line(slot) for slot in found], "next_cursor": None}


def _whole(case: Case, open_now: Uncovered = NOTHING, *, with_door: bool = False) -> Response:
    not_here = {FieldClass.PAPERS} if with_door else {FieldClass.PAPERS, FieldClass.ADDRESS}
    plain = answers.shown_plainly(g.actor, case, open_now) - not_here
    record_look(g.actor, case, LookKind.FULL, fields=plain)
    same = not_modified(etag_of(case.version))
    # What is uncovered for a while, and how people want to be reached, is no part of the version.
    if same and not open_now.fields and not reaching.is_special(case):
        return same
    door = showing.door_of(case) if FieldClass.ADDRESS in plain else None
    whole = answers.case_whole(
        g.actor, case, hops=showing.hops(case), clocks=showing.clocks(case), uncovered=open_now, door=door
    )
    return jsonify(whole)


def _page(page: Any) -> Response:
    record_list(g.actor, page.items)
    return jsonify(items=answers.case_lines(g.actor, page.items), next_cursor=page.next_cursor)
