"""What people and programs send, read strictly: JSON, forms, query strings.

Whatever cannot be read is a `Malformed` (400), whatever can be read but is not allowed an `Invalid` (422) that points
at each field. Nothing that was sent is ever repeated in an answer about an error.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NoReturn
from urllib.parse import unquote_to_bytes

import marshmallow as ma
from flask import Request, g, request
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict

from butler.kit.errors import FieldError, Invalid, Malformed, TooLarge, UnsupportedMedia
from butler.web.fields import Ident

DEEPEST = 32  # levels of a JSON body
MOST_ERRORS = 20  # in one answer
PROOF = frozenset({"_password", "_code", "_send"})  # that it is oneself, on the way of another form; never kept
HIDDEN = frozenset({"csrf_token", "_key", "_version", "_end"}) | PROOF  # of any form; not part of what it asks for
LARGEST_JSON = 512 * 1024  # bytes; nobody here has more to say in one request

_SUSPICIOUS_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")  # the only way for these into a text that was UTF-8
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL and UTF-8 refuse them
_SAYABLE_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,40}", re.ASCII)
_PLACE = re.compile(r"0|[1-9][0-9]{0,2}", re.ASCII)  # of a row in a form
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


def parse_json(body: bytes) -> Any:
    """The value of a JSON text (RFC 8259), read without any of Python's leniency.

    Raises Malformed: json-invalid (not UTF-8, a byte order mark, NaN, Infinity, 1e999, numbers of thousands of digits),
    json-too-deep, json-duplicate-key; and Invalid text-invalid for NUL and lone surrogates, with their pointers.
    """
    try:
        text = body.decode("utf-8")
        if text.startswith("\ufeff") or "\x00" in text:
            raise ValueError("a byte order mark, or UTF-16")
        value = json.loads(text, object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise Malformed("发来的内容不是正确的 JSON（要用 UTF-8，不带 BOM，数字不能是 NaN 或无穷大）。") from error
    _check_depth(value)
    if _SUSPICIOUS_ESCAPE.search(text):
        wrong = [
            FieldError(pointer, "text-invalid", "里面有不能保存的特殊符号，请删掉或重新输入一遍。")
            for pointer in _unstorable(value, "")
        ]
        if wrong:
            raise _invalid(wrong)
    return value


def read_json(req: Request) -> Any:
    """The JSON body of a request; an empty body counts as `{}`. Read once, kept for the request.

    Raises TooLarge, UnsupportedMedia for another content type or charset, and what `parse_json` raises.
    """
    if "json" not in g:
        body = req.get_data(cache=True)
        if len(body) > LARGEST_JSON:
            raise TooLarge(f"一次最多发送 {LARGEST_JSON // 1024} KB 的 JSON，什么都没有改动。")
        if body:
            charset = req.mimetype_params.get("charset", "utf-8").lower()
            if req.mimetype != "application/json" or charset not in ("utf-8", "utf8"):
                raise UnsupportedMedia("请用 JSON 格式发送（Content-Type: application/json，UTF-8 编码）。")
        g.json = parse_json(body) if body else {}
    return g.json


class StrictParser(FlaskParser):
    """webargs for our blueprints: strict JSON, clean single-valued query strings, refusals instead of aborts."""

    def load_json(self, req: Request, _: ma.Schema) -> Any:
        return read_json(req)

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        return _read_values(schema, req.args, code="query-invalid")

    def handle_error(self, error: ma.ValidationError, req: Request, schema: ma.Schema, **_: Any) -> NoReturn:  # noqa: ARG002
        (messages,) = error.messages.values()  # type: ignore[union-attr]  # {location: messages}
        raise _invalid(list(_field_errors(messages, schema, ""))) from error


def read_query(schema: ma.Schema) -> dict[str, Any]:
    """The query string of a page through a schema; names it does not know are left alone (WeChat adds its own).

    Raises Malformed (query-invalid) for a single value given twice and Invalid for values that are not allowed.
    """
    return _load(schema, _read_values(schema, request.args, code="query-invalid"), unknown=ma.EXCLUDE)


def read_body(schema: ma.Schema) -> dict[str, Any]:
    """The JSON body through a schema that is only known once the view runs (the steps of a case)."""
    return _load(schema, read_json(request))


def read_form(schema: ma.Schema) -> dict[str, Any]:
    """What somebody filled in, through the same schema as the API.

    A nested field is named with a dot (`beneficiary.name`), a list repeats its name, a list of rows numbers them
    (`items.0.name`) and leaves out the blank ones. A field left empty counts as not given, unless it is text (an id is
    none). Raises Invalid with pointers (`/beneficiary/name`), also for unknown names, and Malformed (form-unreadable)
    for a single value given twice.
    """
    values = _read_values(schema, request.form, code="form-unreadable")
    strangers = [name for name in request.form if name not in HIDDEN and not _knows(schema, name.split("."))]
    return _load(schema, values, strangers)


def rows_of(sent: MultiDict[str, str], name: str) -> list[int]:
    """The places of the rows of a list (`items.0.name`) in which something was filled in, in order."""
    start = f"{name}."
    places = {
        key.removeprefix(start).partition(".")[0]
        for key, text in sent.items(multi=True)
        if key.startswith(start) and text.strip()
    }
    return sorted(int(place) for place in places if _PLACE.fullmatch(place))


def check_form(req: Request) -> None:
    """Raise when the body of a page's form cannot have arrived whole.

    UnsupportedMedia for another content type; Malformed (form-unreadable) when it is not UTF-8 or does not end in the
    hidden field `_end=1`: an upload that was cut would otherwise look like an empty form.
    """
    if req.mimetype not in (_FORM, _MULTIPART):
        raise UnsupportedMedia("请用页面上的表格提交。")
    if req.mimetype == _FORM:
        _decoded(req.get_data(cache=True, parse_form_data=False), "form-unreadable")
    if req.form.getlist("_end") != ["1"]:
        raise Malformed(
            "上传中断，请再试一次。我们没有收到完整的内容，什么都没有改动。",
            code="form-unreadable",
            title="内容没有传完",
        )
    if req.mimetype == _MULTIPART and any("\ufffd" in name + text for name, text in req.form.items(multi=True)):
        raise Malformed("有些字读不出来。请退回上一页，再提交一次。", code="form-unreadable")


def check_query(req: Request) -> None:
    """Raise Malformed (query-invalid) when a query string is not UTF-8 or holds NUL."""
    query = req.query_string
    if query and (b"%" in query or not query.isascii()):
        _decoded(query, "query-invalid")


def check_encoding(req: Request) -> None:
    """Raise UnsupportedMedia for a compressed body: a small one can be a very large one.

    Malformed for one in chunks: without a length it would be read as empty, and so is what arrives when chunks are cut
    or wrong; whoever sent it hears that, and the line is closed (ASVS 4.2.1). A proxy that buffers sends a length.
    """
    if "Transfer-Encoding" in req.headers:
        raise Malformed(
            "请连同内容的长度一起发送（Content-Length），不要分块发送（Transfer-Encoding）。什么都没有改动。",
            code="form-unreadable",
            headers={"Connection": "close"},
        )
    if req.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMedia("内容请不要压缩后再发送（Content-Encoding）。")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("发来的内容里，同一个名字出现了两次，不知道以哪个为准。", code="json-duplicate-key")
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number without end")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _too_deep() -> Malformed:
    return Malformed(f"发来的内容一层套一层，太深了（最多 {DEEPEST} 层）。", code="json-too-deep")


def _check_depth(value: Any) -> None:
    """Raise Malformed (json-too-deep); level by level, so that a wide body costs little."""
    level, depth = [value], 0
    while level := [inner for inner in level if isinstance(inner, (dict, list))]:
        depth += 1
        if depth > DEEPEST:
            raise _too_deep()
        level = [inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer)]


def _unstorable(value: Any, pointer: str) -> Iterator[str]:
    """Pointers to the texts (and the places of the names) that cannot be stored."""
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            yield pointer
    elif isinstance(value, (dict, list)):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(name, str) and _UNSTORABLE.search(name):
                yield pointer
            else:
                yield from _unstorable(inner, f"{pointer}/{_escaped(name)}")


def _decoded(encoded: bytes, code: str) -> None:
    try:
        clear = b"\x00" not in unquote_to_bytes(encoded).decode("utf-8").encode("utf-8")
    except UnicodeDecodeError:
        clear = False
    if not clear:
        raise Malformed("有些字读不出来（要用 UTF-8 编码）。请退回上一页，再试一次。", code=code)


def _read_values(schema: ma.Schema, sent: MultiDict[str, str], *, code: str, prefix: str = "") -> dict[str, Any]:
    """Turn the texts of a form or query string into what the JSON form would hold, as far as the schema knows them."""
    values: dict[str, Any] = {}
    for attribute, field in schema.load_fields.items():
        plain = field.data_key or attribute
        name = prefix + plain
        if isinstance(field, ma.fields.Nested):
            inner = _read_values(field.schema, sent, code=code, prefix=f"{name}.")
            if inner:
                values[plain] = inner
        elif isinstance(field, ma.fields.Dict):
            of = field.value_field
            inner = {key[len(name) + 1 :]: _typed(of, sent[key]) for key in sent if key.startswith(f"{name}.")}
            if inner:
                values[plain] = inner
        elif isinstance(field, ma.fields.List) and isinstance(field.inner, ma.fields.Nested):
            row = field.inner.schema
            places = rows_of(sent, name)
            if places:
                values[plain] = [_read_values(row, sent, code=code, prefix=f"{name}.{place}.") for place in places]
        elif isinstance(field, ma.fields.List):
            if name in sent:
                values[plain] = [_typed(field.inner, text) for text in sent.getlist(name) if text]
        else:
            given = sent.getlist(name)
            if len(given) > 1:
                raise Malformed("同一项出现了两次，不知道以哪个为准。请退回上一页，再试一次。", code=code)
            may_be_empty = isinstance(field, ma.fields.String) and not isinstance(field, Ident)
            if given and (given[0] or may_be_empty):
                values[plain] = _typed(field, given[0])
            elif isinstance(field, ma.fields.Boolean) and field.required:
                values[plain] = False  # a box that is not ticked is not sent
    return values


def _typed(field: Any, text: str) -> Any:
    return field.from_text(text) if hasattr(field, "from_text") else text


def _knows(schema: ma.Schema, path: list[str]) -> bool:
    field = next((f for name, f in schema.load_fields.items() if (f.data_key or name) == path[0]), None)
    if isinstance(field, ma.fields.Nested):
        return len(path) > 1 and _knows(field.schema, path[1:])
    if isinstance(field, ma.fields.Dict):
        return len(path) > 1
    if isinstance(field, ma.fields.List) and isinstance(field.inner, ma.fields.Nested):
        return len(path) > 2 and bool(_PLACE.fullmatch(path[1])) and _knows(field.inner.schema, path[2:])
    return field is not None and len(path) == 1


def _load(
    schema: ma.Schema,
    values: Mapping[str, Any],
    strangers: list[str] | None = None,
    *,
    unknown: Literal["raise", "exclude"] = ma.RAISE,
) -> dict[str, Any]:
    wrong = [FieldError(_stranger(name), "unknown", "没有这一项，请刷新页面再填。") for name in strangers or []]
    try:
        loaded: dict[str, Any] = schema.load(values, unknown=unknown)
    except ma.ValidationError as error:
        wrong += _field_errors(error.messages, schema, "")
        raise _invalid(wrong) from error
    if wrong:
        raise _invalid(wrong)
    return loaded


def _stranger(name: str) -> str:
    """A pointer to a name we do not know: repeated only when it is short and harmless."""
    return f"/{name.replace('.', '/')}" if _SAYABLE_NAME.fullmatch(name) else ""


def _field_errors(messages: Any, field: Any, pointer: str) -> Iterator[FieldError]:
    """marshmallow's tree of messages as a flat list with JSON pointers."""
    if isinstance(messages, dict):
        if isinstance(field, ma.fields.Nested):
            field = field.schema
        for name, inner in messages.items():
            if name == ma.exceptions.SCHEMA:
                yield from _field_errors(inner, None, pointer)
            elif isinstance(field, ma.fields.Dict):
                said = inner.get("value") or inner.get("key")
                yield from _field_errors(said, field.value_field, pointer + _stranger(str(name)))
            elif isinstance(field, ma.fields.List):
                yield from _field_errors(inner, field.inner, f"{pointer}/{name}")
            else:
                known = {f.data_key or n: f for n, f in field.load_fields.items()} if field is not None else {}
                inside = f"/{_escaped(name)}" if name in known else _stranger(str(name))
                yield from _field_errors(inner, known.get(name), pointer + inside)
    else:
        title = field.metadata.get("title") if isinstance(field, ma.fields.Field) else None
        for said in messages if isinstance(messages, list) else [messages]:
            message = f"{title}：{said}" if title else str(said)
            yield FieldError(pointer, getattr(said, "code", "invalid"), message)


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _invalid(wrong: list[FieldError]) -> Invalid:
    """All that is wrong: how many in the title, the first twenty in full."""
    code = "text-invalid" if all(error.code == "text-invalid" for error in wrong) else "validation"
    return Invalid(errors=wrong[:MOST_ERRORS], code=code, title=f"有 {len(wrong)} 处需要修改")
