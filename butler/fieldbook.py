"""The page of fields: what may be sent to which address, drawn from the schemas that read it (ASVS 2.1.1).

A view of the API names its schema above itself; a view of a page hands it to a reader (`read_form`, `read_query`),
where it is found in the source of the view and of what it calls in its own module and in `pages`.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from flask import Flask

from butler.cases.pages.step_forms import schema_of
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Step
from butler.fieldwords import CHECKS, FIELDS, TOGETHER, TYPES
from butler.kit.errors import NotFound
from butler.web.fields import Said, Text, Whole, Word

READERS = {"read_form": "表格", "read_query": "地址", "read_body": "JSON"}
PLACES = {"json": "JSON", "query": "地址", "form": "表格"}
_TRIED: tuple[Any, ...] = ("", "?" * 2000, [], ["?"] * 200, [object()])
"""Values that checks refuse: what they say is what is said. Each is tried; those a check cannot read are passed over."""


@dataclass(frozen=True)
class Sent:
    """What one address takes: where it stands in the request, by which schema; for a step, which."""

    method: str
    path: str
    where: str
    schema: ma.Schema
    step: str = ""


def addresses(app: Flask) -> list[Sent]:
    """Every address that is sent fields, in the order of their paths."""
    found: dict[tuple[str, str, str, str, str], Sent] = {}
    for rule in app.url_map.iter_rules():
        for where, schema, step in _read_by(app.view_functions[rule.endpoint]):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                if (method == "GET") == (where == "地址"):
                    sent = Sent(method, rule.rule, where, schema, step)
                    found[rule.rule, method, where, step, title_of(schema)] = sent
    return [found[key] for key in sorted(found)]


def schemas(sent: Iterable[Sent]) -> dict[str, ma.Schema]:
    """Every schema by its title, those inside others too."""
    found: dict[str, ma.Schema] = {}

    def add(schema: ma.Schema) -> None:
        known = found.setdefault(title_of(schema), schema)
        if type(known) is not type(schema):
            raise ValueError(f"two schemas are called {title_of(schema)}")
        for field in schema.load_fields.values():
            inner = innermost(field)
            if isinstance(inner, ma.fields.Nested):
                add(inner.schema)

    for one in sent:
        add(one.schema)
    return dict(sorted(found.items()))


def title_of(schema: ma.Schema) -> str:
    """How the page calls a schema: by its package and name; what only pages read says so."""
    kind = type(schema)
    _, package, *within = kind.__module__.split(".")
    return ".".join([package, *(["pages"] if "pages" in within else []), kind.__name__])


def meaning_of(schema: ma.Schema, name: str) -> str | None:
    """What a field means in this schema."""
    said = [FIELDS.get(f"{kind.__name__}.{name}") for kind in type(schema).__mro__]
    return next((one for one in said if one), FIELDS.get(name))


def innermost(field: Any) -> Any:
    """The field itself, or what a list is of."""
    return innermost(field.inner) if isinstance(field, ma.fields.List) else field


def checks_of_all(schema: ma.Schema) -> Iterator[str]:
    """The names of the checks over several fields, `Schema.method`, as the class that has them is called."""
    for name in dir(type(schema)):
        hooks = getattr(getattr(type(schema), name), "__marshmallow_hook__", {})
        if "validates_schema" in hooks or ("post_load" in hooks and f"{_owner(schema, name)}.{name}" in TOGETHER):
            yield f"{_owner(schema, name)}.{name}"


def draw_fields(app: Flask) -> str:
    """The whole page."""
    sent = addresses(app)
    of = schemas(sent)
    lines = [_HEAD.format(addresses=len({(one.method, one.path) for one in sent}), schemas=len(of))]
    lines += _table(("种类", "写法"), ((said, pattern) for said, pattern in TYPES.values()))
    lines += ["", "## 哪个地址收什么", ""]
    lines += _table(
        ("地址", "在哪里", "哪一步", "表"),
        ((f"`{one.method} {one.path}`", one.where, one.step, _link(title_of(one.schema))) for one in sent),
    )
    for title, schema in of.items():
        lines += ["", f"## {title}", ""]
        rows = [_row(schema, field.data_key or name, field) for name, field in schema.load_fields.items()]
        lines += _table(("名字", "意思", "种类和限制", "要不要填", "不对时说"), rows) if rows else ["不收任何一项。"]
        together = [f"- {TOGETHER.get(check)}{_said_in(schema, check)}" for check in checks_of_all(schema)]
        lines += ["", "几项一起看：", "", *together] if together else []
    return "\n".join(lines).rstrip() + "\n"


_HEAD = """# 每一项怎么填

由 `flask butler fields` 从代码写出；测试比对两者。一共 {addresses} 个地址、{schemas} 张表。API 和网页表格用的是同一套规则。

没有列出的名字一律不收（“没有这一项，请去掉。”；网页地址里多出来的名字不理会）。必填而没有填的说“这一项要填。”。网页表格另外带着
`csrf_token`（防伪造）、`_key`（同一份只提交一次）、`_version`（看的是哪一版）和 `_end`（内容传完了），都由网页自己填；
要再确认一次身份时，还有 `_password`（密码）、`_code`（短信验证码）和 `_send`（重发验证码）。
上传的文件是表格里的 `file`，[多大、哪些格式](deploy.md)另有规定。

## 种类
"""


def _row(schema: ma.Schema, name: str, field: Any) -> tuple[str, ...]:
    kind = "必填" if field.required else "可以不填"
    if field.allow_none:
        kind += "，可以是 null"
    said = dict.fromkeys(_refusals(field))
    return f"`{name}`", meaning_of(schema, name) or "", _limits(field), kind, "；".join(said)


def _limits(field: Any) -> str:
    if isinstance(field, ma.fields.List):
        most = next((check for check in field.validators if isinstance(check, ma.validate.Length)), None)
        return f"列表{_how_many(most)}，每一项是{_limits(field.inner)}" + _checked(field)
    words, _ = TYPES[_type_of(field)]
    if isinstance(field, Text):
        words += f"，最多 {field.max} 个字" + ("，可分行" if field.multiline else "")
    elif isinstance(field, Whole):
        words += f"，{field.min} 到 {field.max}"
    elif isinstance(field, Word):
        words += "：" + "、".join(f"`{word.value}`" for word in field.words)
    elif isinstance(field, ma.fields.Nested):
        words += f"：{_link(title_of(field.schema))}"
    elif isinstance(field, ma.fields.Dict):
        words += f"，名字是{_limits(field.key_field)}，值{_value(field.value_field)}"
    return words + _checked(field)


def _value(field: Any) -> str:
    return "由事项的问题决定" if type(field) is ma.fields.Raw else f"是{_limits(field)}"


def _type_of(field: Any) -> str:
    return next(kind.__name__ for kind in type(field).__mro__ if kind.__name__ in TYPES)


def _how_many(length: ma.validate.Length | None) -> str:
    if length is None:
        return ""
    return f"，{length.min or 0} 到 {length.max} 项"


def _checked(field: Any) -> str:
    return "".join(f"；{CHECKS.get(check.__name__)}" for check in field.validators if inspect.isfunction(check))


def _refusals(field: Any) -> Iterator[str]:
    """The sentences said when a value is not taken, limits filled in."""
    if field.required:
        yield str(field.error_messages["required"])
    inner = innermost(field)
    if inner is not field:
        yield str(field.error_messages["invalid"])
    for code, said in inner.error_messages.items():
        if code not in ("required", "null", "validator_failed") and isinstance(said, Said):  # the others are never said
            yield said.format(min=getattr(inner, "min", ""), max=getattr(inner, "max", ""))
    for check in (*field.validators, *(inner.validators if inner is not field else ())):
        for value in _TRIED:
            with suppress(TypeError, AttributeError):
                try:
                    check(value)
                except ma.ValidationError as refused:
                    yield from (str(one) for one in refused.messages)


def _said_in(schema: ma.Schema, check: str) -> str:
    """The sentences in a check of several fields, as they stand in its source."""
    check_of = getattr(type(schema), check.partition(".")[2])
    function = ast.parse(textwrap.dedent(inspect.getsource(check_of))).body[0]
    said = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.isascii()
        if node.value != check_of.__doc__
    ]
    return f"；不对时说：{'；'.join(said)}" if said else "。"


def _read_by(view: Callable[..., Any]) -> Iterator[tuple[str, ma.Schema, str]]:
    named = getattr(view, "_apidoc", {}).get("arguments") or {}
    for parameter in named.get("parameters", []):
        if isinstance(parameter.get("schema"), ma.Schema) and parameter.get("in") in PLACES:
            yield PLACES[parameter["in"]], parameter["schema"], ""
    for function in _called_by(inspect.unwrap(view)):
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
            name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in READERS and node.args:
                for schema, step in _schemas_of(ast.unparse(node.args[0]), function.__globals__):
                    yield READERS[name], schema, step


def _called_by(view: Callable[..., Any]) -> list[Callable[..., Any]]:
    """The view and every function of a page that it calls by name, as deep as it goes."""
    found = [view]
    for function in found:
        for name in function.__code__.co_names:
            inner = inspect.unwrap(function.__globals__.get(name))  # type: ignore[arg-type]
            near = inspect.isfunction(inner) and (
                inner.__module__ == function.__module__ or ".pages" in inner.__module__
            )
            if near and inner not in found:
                found.append(inner)
    return found


def _schemas_of(source: str, known: dict[str, Any]) -> Iterator[tuple[ma.Schema, str]]:
    """The schema an expression of our own source names; of one that depends on the step, that of every step."""
    if source.startswith("STEP_INPUTS["):
        yield from ((schema, step.value) for step, schema in STEP_INPUTS.items())
    elif source.startswith("schema_of("):
        for step in Step:
            with suppress(NotFound):
                yield schema_of(step), step.value
    else:
        yield known[source], ""


def _owner(schema: ma.Schema, method: str) -> str:
    return next(kind.__name__ for kind in type(schema).__mro__ if method in vars(kind))


def _link(title: str) -> str:
    return f"[{title}](#{title.lower().replace('.', '')})"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *cells)]
