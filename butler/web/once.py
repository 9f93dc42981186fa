"""Once only, at the edge: the same key is one deed and one answer (promises.md §3.1).

The key, the deed and the answer are one transaction (`kit.idempotency`). A refusal undoes all three, so the same key
may be sent again with better input.
"""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Response, g, make_response, request, session

from butler.kit import idempotency
from butler.kit.database import db
from butler.kit.errors import Conflict, Unauthenticated
from butler.web import payload
from butler.web.guard import API_PREFIX
from butler.web.problems import WORDS

View = TypeVar("View", bound=Callable[..., Any])
_BESIDE = payload.PROOF | {"csrf_token", "_key"}
_KEPT_HEADERS = ("Content-Type", "Location", "ETag")


def once(view: View) -> View:
    """For views that create or move something: header `Idempotency-Key` (API) or hidden field `_key` (pages).

    A repeated request gets the first answer again, with `Idempotency-Replayed: true`. Raises Malformed
    (idempotency-key-missing), Invalid (idempotency-key-reused) and Conflict (idempotency-in-progress). Not for views
    that hand out secrets: the answer is kept for three days.
    """

    @wraps(view)
    def only_once(*args: Any, **kwargs: Any) -> Any:
        actor, route, key = _actor(), f"{request.method} {request.path}", _key()
        before = idempotency.claim(actor=actor, route=route, key=key, content=_content())
        if before is not None:
            return _replay(before)
        response = make_response(view(*args, **kwargs))
        if response.status_code >= 400:
            db.session.rollback()  # an answer that refuses has done nothing and keeps nothing
        else:
            idempotency.settle(actor=actor, route=route, key=str(key), answer=_kept(response))
        return response

    return only_once  # type: ignore[return-value]


def _key() -> str | None:
    if request.path.startswith(API_PREFIX):
        return request.headers.get("Idempotency-Key")
    return request.form.get("_key")


def _actor() -> str:
    """Whose key this is: keys of different people never meet."""
    actor = g.get("actor")
    if actor is not None:
        return f"person:{actor.person_id}"
    visitor = None if request.path.startswith(API_PREFIX) else session.get("csrf_token")
    if visitor is None:
        raise Unauthenticated("登录以后才能办这一步。")
    return f"visitor:{hashlib.sha256(visitor.encode()).hexdigest()}"


def _content() -> dict[str, Any]:
    """What was sent, so that a key cannot be used for something else; without tokens that differ at each rendering."""
    if request.path.startswith(API_PREFIX) and request.mimetype != "multipart/form-data":
        return {"json": json.dumps(payload.read_json(request), sort_keys=True)}
    fields = {name: request.form.getlist(name) for name in request.form if name not in _BESIDE}
    return {"form": fields, "files": [[name, _digest(file)] for name, file in request.files.items(multi=True)]}


def _digest(file: Any) -> str:
    digest = hashlib.file_digest(file.stream, "sha256").hexdigest()
    file.stream.seek(0)
    return digest


def _kept(response: Response) -> dict[str, Any]:
    return {
        "status": response.status_code,
        "body": response.get_data(as_text=True),
        "headers": {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
    }


def _replay(answer: dict[str, Any]) -> Response:
    if not answer:
        raise Conflict(WORDS["idempotency-in-progress"].detail, code="idempotency-in-progress")
    return Response(answer["body"], answer["status"], {**answer["headers"], "Idempotency-Replayed": "true"})
