"""Photos and papers of a case over the API."""

from typing import Any

from flask import Response, g, jsonify, url_for

from butler.cases import file_answers
from butler.cases.actions import attaching
from butler.cases.actions.looking import record_look
from butler.cases.answer_schemas import AttachmentAnswer, AttachmentList
from butler.cases.queries import finding
from butler.cases.schemas import AttachIn
from butler.files import queries as file_queries
from butler.files.actions import Sent
from butler.looks.states import LookKind
from butler.web.guard import signed_in
from butler.web.once import once
from butler.web.openapi import Blueprint
from butler.web.payload import read_form
from butler.web.uploads import sent_file, takes_file

api = Blueprint("attachments", __name__, description="办件的照片和材料")

_ATTACH = AttachIn()
_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["kind", "file", "_end"],
                "properties": {
                    "kind": {"type": "string", "enum": ["photo", "paper"]},
                    "purpose": {"type": "string", "maxLength": 60},
                    "consents": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "材料要先同意，例如 papers@1",
                    },
                    "file": {"type": "string", "format": "binary", "description": "JPEG、PNG、WebP 或 PDF，最多 10 MB"},
                    "_end": {"type": "string", "enum": ["1"], "description": "放在最后：收到它，说明前面的都收全了"},
                },
            }
        }
    },
}


@api.post("/cases/<number:number>/attachments")
@signed_in
@takes_file
@once
@api.doc(requestBody=_FORM)
@api.response(201, AttachmentAnswer)
def attach(number: str) -> tuple[Response, int, dict[str, str]]:
    """传一张照片或一份材料。需要 `Idempotency-Key`；照片会重新生成，不带拍摄地点；材料要本人同意过（`papers`）。"""
    sent = read_form(_ATTACH)
    name, data = sent_file()
    agreed = sent.pop("consents")
    case, attachment = attaching.attach(g.actor, number, Sent(name=name, data=data, **sent), agreed=agreed)
    where = url_for("attachments.show", number=case.number, attachment_id=attachment.id)
    return (
        jsonify(file_answers.attachment_line(g.actor, case, attachment, attaching.openings_of(g.actor, case))),
        201,
        {"Location": where},
    )


@api.get("/cases/<number:number>/attachments")
@signed_in
@api.response(200, AttachmentList)
def index(number: str) -> dict[str, Any]:
    """一件办件的照片和材料，从早到晚。"""
    case = finding.find_case(g.actor, number)
    record_look(g.actor, case, LookKind.SUMMARY)
    openings = attaching.openings_of(g.actor, case)
    lines = [file_answers.attachment_line(g.actor, case, one, openings) for one in file_queries.of_case(case.id)]
    return {"items": lines, "next_cursor": None}


@api.get("/cases/<number:number>/attachments/<int:attachment_id>")
@signed_in
@api.response(200, {"type": "string", "format": "binary"}, content_type="image/jpeg")
def show(number: str, attachment_id: int) -> Response:
    """打开一份。材料上会印着“仅用于……”；居民要用最近 15 分钟内的登录才能打开材料；
    没有接单的，写明理由临时查看了“材料”，在那 15 分钟里能打开。"""
    case, attachment = attaching.find_attachment(g.actor, number, attachment_id)
    return file_answers.copy_for(g.actor, case, attachment)
