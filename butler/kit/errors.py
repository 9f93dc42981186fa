"""A domain "no" and what it tells the person.

Every refusal carries a stable code (the registry below), an HTTP status and a Chinese sentence that says what
happened, what is safe and what to do. Anything that is not a `Refusal` is our bug and becomes a 500.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field. `pointer` is an RFC 6901 JSON pointer such as ``/beneficiary/phone``."""

    pointer: str
    code: str
    message: str


class Refusal(Exception):
    """The application says no, on purpose. Raised anywhere, answered once, at the edge (`web.faces`).

    `facts` go into the problem document as extra members (RFC 9457 §3.2): never personal data, never the bad value.
    """

    status = 400
    code = "validation"
    title = "这一步没有成功"
    keeps_work = False  # true: what was written before saying no stays, such as a counted guess (`unit_of_work`)

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        title: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(detail or title or self.title)
        self.detail = detail
        self.code = code or self.code
        self.title = title or self.title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.facts = facts


class Malformed(Refusal):
    """400: the request cannot be read at all. Codes: json-invalid, json-too-deep, json-duplicate-key,
    form-unreadable, idempotency-key-missing."""

    status = 400
    code = "json-invalid"
    title = "发来的内容读不出来"


class Unauthenticated(Refusal):
    """401: nobody is signed in, or the sign-in has ended."""

    status = 401
    code = "unauthenticated"
    title = "请先登录"


class NotAllowed(Refusal):
    """403: the caller may see the thing but may not do this with it."""

    status = 403
    code = "forbidden"
    title = "您不能办这一步"


class NotFound(Refusal):
    """404: there is no such thing, or the caller has no business knowing of it (the answer is the same)."""

    status = 404
    code = "not-found"
    title = "没有找到"

    def __init__(self, detail: str = "没有找到您要看的内容，请核对后再试。", **kwargs: Any) -> None:
        super().__init__(detail, **kwargs)


class Conflict(Refusal):
    """409: true a moment ago, not any more. Codes: state-conflict, already-claimed, lease-lost,
    consent-missing, delegation-needed, guardian-needed, idempotency-in-progress."""

    status = 409
    code = "state-conflict"
    title = "情况已经变了"


class Gone(Refusal):
    """410: it was there and has been replaced (a card)."""

    status = 410
    code = "gone"
    title = "已经停用"


class EditedElsewhere(Refusal):
    """412: the caller decided on an old version. `current` carries the present representation."""

    status = 412
    code = "edited-elsewhere"
    title = "这件事刚刚有了新变化"


class TooLarge(Refusal):
    """413: more bytes than we take."""

    status = 413
    code = "too-large"
    title = "内容太大了"


class UnsupportedMedia(Refusal):
    """415: a content type or encoding we do not read."""

    status = 415
    code = "unsupported-media"
    title = "这种格式读不了"


class Invalid(Refusal):
    """422: readable, but some fields need correcting. Codes: validation, text-invalid, idempotency-key-reused."""

    status = 422
    code = "validation"
    title = "有内容需要修改"

    def __init__(self, detail: str = "", *, errors: Sequence[FieldError] = (), **kwargs: Any) -> None:
        if errors:
            kwargs.setdefault("title", f"有 {len(errors)} 处需要修改")
        super().__init__(detail or "请改好后再提交，已填的内容没有丢。", errors=errors, **kwargs)

    @classmethod
    def at(cls, pointer: str, message: str, *, code: str = "invalid") -> "Invalid":
        """One wrong field."""
        return cls(errors=[FieldError(pointer, code, message)])


class PreconditionRequired(Refusal):
    """428: a step needs ``If-Match`` with the version the caller decided on."""

    status = 428
    code = "precondition-required"
    title = "请先刷新再操作"


class RateLimited(Refusal):
    """429: too often. `retry_after` is when it is worth trying again."""

    status = 429
    code = "rate-limited"
    title = "操作太频繁了"

    def __init__(self, detail: str, *, retry_after: timedelta, **kwargs: Any) -> None:
        seconds = max(1, int(retry_after.total_seconds()))
        super().__init__(detail, headers={"Retry-After": str(seconds)}, **kwargs)


class Unavailable(Refusal):
    """503: something we depend on does not answer. Nothing was changed."""

    status = 503
    code = "dependency-down"
    title = "暂时连不上"


class StorageFull(Refusal):
    """507: there is no room to keep it. Nothing was changed."""

    status = 507
    code = "storage-full"
    title = "暂时存不下新内容"

    def __init__(self) -> None:
        super().__init__(
            "存放照片的地方快满了，这一份没有收下，您之前办好的都还在。我们正在处理，请过一会儿再传；"
            "着急的话，请打电话给您的管家。"
        )


# The registry of problem types: stable, documented in docs/problems.md, one line each.
REGISTRY: Mapping[str, int] = {
    "json-invalid": 400,
    "json-too-deep": 400,
    "json-duplicate-key": 400,
    "form-unreadable": 400,
    "query-invalid": 400,
    "idempotency-key-missing": 400,
    "unauthenticated": 401,
    "reauth-required": 401,
    "otp-needed": 401,
    "sign-in-unfinished": 401,
    "forbidden": 403,
    "reason-required": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "not-acceptable": 406,
    "already-claimed": 409,
    "lease-lost": 409,
    "consent-missing": 409,
    "delegation-needed": 409,
    "guardian-needed": 409,
    "state-conflict": 409,
    "idempotency-in-progress": 409,
    "gone": 410,
    "edited-elsewhere": 412,
    "too-large": 413,
    "unsupported-media": 415,
    "validation": 422,
    "text-invalid": 422,
    "idempotency-key-reused": 422,
    "precondition-required": 428,
    "rate-limited": 429,
    "internal": 500,
    "dependency-down": 503,
    "overloaded": 503,
    "storage-full": 507,
}
