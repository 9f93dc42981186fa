"""Files come in through a door of their own: bigger than anything else, few at a time, and only for who is signed in.

What is sent is read here, before the database is asked for anything: a telephone with a bad line holds a place in this
lane for a while and nothing else. It stays in memory; no paper of anybody is ever written to the disk in the clear.
"""

import time
from collections.abc import Callable
from io import BytesIO
from threading import BoundedSemaphore
from typing import IO, Any, TypeVar

from flask import Flask, Request, current_app, g, request, session
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from butler.kit.errors import Invalid, Malformed, TooLarge, Unavailable, UnsupportedMedia
from butler.web import payload
from butler.web.guard import API_PREFIX

View = TypeVar("View", bound=Callable[..., Any])

LARGEST = 10 * 1024 * 1024  # bytes of a file
FORM = 64 * 1024  # bytes of everything around it
AT_ONCE = 3  # in each process
SECONDS = 150  # until all of it has to be here: 10 MB at 0.6 Mbit/s
_MULTIPART = "multipart/form-data"
_TOO_LARGE = "一个文件最多 10 MB，这一份没有收下。照片请用手机的普通模式拍，PDF 请分成几份。"
_CUT = "上传中断，请再试一次。我们没有收到完整的内容，什么都没有改动。"


class _Hurried:
    """The body of an upload, for as long as it may take: nobody holds a place in the lane by sending a byte now and
    then."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.until = stream, time.monotonic() + SECONDS

    def read(self, size: int = -1) -> bytes:
        if time.monotonic() > self.until:
            raise BadRequest("too slow")
        found: bytes = self.stream.read(size)
        return found


class UploadRequest(Request):
    """A request whose files stay in memory."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return BytesIO()


def takes_file(view: View) -> View:
    """For views that take one file with a form around it; `sent_file` reads it. Goes below the guard."""
    view.takes_file = True  # type: ignore[attr-defined]
    return view


def install(app: Flask) -> None:
    """Make the door. Before anything that reads a form or the database."""
    app.request_class = UploadRequest
    app.extensions["uploads"] = BoundedSemaphore(AT_ONCE)
    app.before_request(_read)
    app.teardown_request(_leave)


def sent_file(asked: str = "请选一张照片或者一份 PDF。") -> tuple[str, bytes]:
    """The name (nothing but text) and the bytes of the one file of this form, in its field `file`. Raises Invalid
    (``/file``) when there is none (then `asked` is said) or more than one."""
    sent = list(request.files.items(multi=True))
    if not sent or (len(sent) == 1 and not sent[0][1].filename):
        raise Invalid.at("/file", asked, code="required")
    if len(sent) > 1 or sent[0][0] != "file":
        raise Invalid.at("/file", "一次传一个文件，请一张一张地传。", code="too-many")
    name, data = sent[0][1].filename or "", sent[0][1].stream.read()
    if len(data) > LARGEST:
        raise TooLarge(_TOO_LARGE)
    return name, data


def _read() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method != "POST" or not getattr(view, "takes_file", False) or not _somebody():
        return
    if request.mimetype != _MULTIPART:
        raise UnsupportedMedia("请用表格传文件（multipart/form-data）。")
    request.max_content_length = LARGEST + FORM
    if (request.content_length or 0) > LARGEST + FORM:
        raise TooLarge(_TOO_LARGE)  # before a byte of it is read
    if not current_app.extensions["uploads"].acquire(blocking=False):
        raise Unavailable(
            "现在传照片的人比较多，这一份没有收下，别的都还在。请过几秒再传一次。",
            code="overloaded",
            headers={"Retry-After": "5"},
        )
    g.upload = True
    request.environ["wsgi.input"] = _Hurried(request.environ["wsgi.input"])
    try:
        payload.check_form(request)
    except RequestEntityTooLarge as error:
        raise TooLarge(_TOO_LARGE) from error
    except BadRequest as error:
        raise Malformed(_CUT, code="form-unreadable", title="上传中断") from error


def _somebody() -> bool:
    """Whether the sender at least says who they are; what that is worth is decided after. Strangers get no big door."""
    if request.path.startswith(API_PREFIX):
        return request.authorization is not None
    return "sign_in" in session  # where `identity.session` keeps its token


def _leave(_: BaseException | None) -> None:
    if g.pop("upload", False):
        current_app.extensions["uploads"].release()
