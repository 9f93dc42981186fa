"""Versions over HTTP: what the client has, and on which version somebody decided."""

import hashlib
import re
from typing import Any

from flask import Response, after_this_request, request
from werkzeug.http import quote_etag

from butler.kit.errors import Malformed, PreconditionRequired

GZIP_TAG = "-gz"  # what the compressed bytes have at the end of their tag
_PLAIN = re.compile(r"[A-Za-z0-9_.:\-]{1,60}", re.ASCII)
_VERSION = re.compile(r'"([1-9][0-9]{0,17})"', re.ASCII)
_FORM_VERSION = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def etag_of(*parts: Any) -> str:
    """The tag (without quotes) of a representation that depends on nothing but `parts`.

    `etag_of(case.version)` is the version itself, which is what `require_version` reads back.
    """
    tag = "-".join(str(part) for part in parts)
    return tag if _PLAIN.fullmatch(tag) else hashlib.sha256(tag.encode()).hexdigest()[:32]


def not_modified(etag: str) -> Response | None:
    """304 when the client already has this tag, to be returned by the view; else None, and the answer gets the tag.

    if same := not_modified(etag_of(case.version)):
        return same
    """
    quoted = quote_etag(etag)
    if request.method in ("GET", "HEAD"):
        for known, tag_of_it in ((etag, quoted), (etag + GZIP_TAG, quote_etag(etag + GZIP_TAG))):
            if request.if_none_match.contains_weak(known):
                return Response(status=304, headers={"ETag": tag_of_it})

    @after_this_request
    def tag(response: Response) -> Response:
        if response.status_code < 300:
            response.headers.setdefault("ETag", quoted)
        return response

    return None


def require_version() -> int:
    """The version the caller decided on: `If-Match: "7"`, or the hidden field `_version` of a form.

    Raises PreconditionRequired when there is none and Malformed (query-invalid) when it is not a version.
    """
    header = request.headers.get("If-Match")
    given = header if header is not None else request.form.get("_version")
    if given is None or given.strip() == "*":
        raise PreconditionRequired('请先打开最新的内容，再办这一步（If-Match: "版本号"）。')
    matched = (_VERSION if header is not None else _FORM_VERSION).fullmatch(given.strip())
    if matched is None:
        raise Malformed("版本号读不出来，请刷新后再办这一步。", code="query-invalid")
    return int(matched[matched.lastindex or 0])
