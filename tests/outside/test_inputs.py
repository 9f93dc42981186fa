"""What people send: only schemas read it (ASVS 2.2.1), and no expression that meets it takes longer than the text is
long (1.3.12): by structure and by answers, never by a clock."""

import ast
import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import marshmallow as ma
import pytest
from flask.testing import FlaskClient
from outside.patterns import faults

import butler
import services_catalog
from apart import bearer
from butler.cases.schemas import STEP_INPUTS
from butler.custody.rules import _ABOUT_IT, NEVER_KEPT
from butler.kit.database import ButlerFlask
from butler.web import fields
from factories import Town
from fuzz.watching import Watcher, filled, operations, step_fields

ROOT = Path(__file__).parents[2]
RAW = {
    "args",
    "form",
    "json",
    "get_json",
    "values",
    "data",
    "get_data",
    "files",
    "stream",
    "input_stream",
    "query_string",
}
"""Of `flask.request`: where a view could take what was sent past every schema."""
READERS = {"read_form", "read_query", "read_body", "read_json"}
SEEN_TO = {
    # the readers themselves, and what they rest on
    "butler/web/payload.py": 99, "butler/web/uploads.py": 1, "butler/web/once.py": 4, "butler/web/forgery.py": 1,
    "butler/web/etag.py": 1,  # a version, by its own pattern
    "butler/web/guard.py": 1,  # whether there is a query at all
    # a form shown again as it was typed, escaped; the values have been refused by a schema
    "butler/web/forms.py": 3, "butler/web/faces.py": 2, "butler/cases/pages/stepping.py": 1,
    "butler/cases/pages/asking.py": 5, "butler/cases/pages/drafts.py": 1,
    # one word out of a list, or left alone: text sizes, a digest, the way back (`local_path`), what has just been done
    "butler/web/layout.py": 4, "butler/identity/pages/signing_in.py": 2,
    "butler/cases/pages/searching.py": 2, "butler/cards/report_pages.py": 1,
    "butler/cases/pages/verifying.py": 1,  # shown again in the form
    "butler/cases/pages/renumbering.py": 1,  # by the schema of whom one meets
    "butler/identity/on_the_way.py": 7,  # a password by its length, a code as it was sent; the rest goes on as it was typed
    "butler/identity/limits.py": 2,  # the word `emergency`, which opens a lane and nothing else
    "butler/web/reports.py": 2,  # the largest body, strict JSON, then only directives we know
    "butler/catalogue/pages.py": 4,  # a token by its pattern; answers by the options of the situation
}  # fmt: skip
"""How often a file may look at what was sent without a schema, and what it does with it. A new look needs a line here."""
NOT_OF_PEOPLE = {"services_catalog.parsing:_FRONT_MATTER"}
"""Guides of ours: matched once, from the beginning; what follows the lazy part cannot fail a second time."""
SEARCHING = ("search", "sub", "subn", "findall", "finditer", "split")

BARE = (ma.fields.String, ma.fields.Raw, ma.fields.Field)
BIG = 100_000
HOSTILE = {
    "one letter": "a" * BIG, "digits": "1" * BIG, "blanks": " " * BIG + "x", "almost a day": "2026-11-2" * (BIG // 9),
    "dots": "a." * (BIG // 2), "marks": "「" * BIG, "combining": "e" + "\u0301" * BIG,
    "almost a telephone": "+86 " * (BIG // 4),
    "zeros before": "0" * BIG + "1", "brackets": "(" * BIG, "full width": "１" * BIG, "lines": "\r\n" * (BIG // 2),
}  # fmt: skip


def test_only_schemas_read_what_people_send() -> None:
    """Outside the files above nobody touches the request; inside, no more often than is accounted for."""
    looks: Counter[str] = Counter()
    for path in (ROOT / "butler").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        harmless = {id(node.func.value) for node in ast.walk(tree) if isinstance(node, ast.Call) and only_a_word(node)}
        looks[str(path.relative_to(ROOT))] += sum(
            isinstance(node, ast.Attribute)
            and node.attr in RAW
            and isinstance(node.value, ast.Name)
            and node.value.id in ("request", "req")
            and id(node) not in harmless
            for node in ast.walk(tree)
        )
    assert {name: count for name, count in looks.items() if count > SEEN_TO.get(name, 0)} == {}
    assert {name for name in SEEN_TO if not looks[name]} == set(), "nothing is listed that is not there"


def only_a_word(node: ast.Call) -> bool:
    """`request.args.get("done")`: which of our own sentences is shown, out of a list."""
    return (
        called(node) == "get"
        and isinstance(node.func, ast.Attribute)
        and getattr(node.func.value, "attr", "") == "args"
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value in ("done", "new")
    )


def test_every_address_that_is_sent_something_has_a_schema(app: ButlerFlask) -> None:
    """A view of the API names it above itself; a view of a page hands it to a reader; the rest takes nothing at all."""
    takes_nothing = set()
    for rule in app.url_map.iter_rules():
        if rule.methods is None or not rule.methods & {"POST", "PUT", "PATCH", "DELETE"}:
            continue
        view = app.view_functions[rule.endpoint]
        described = getattr(view, "_apidoc", {}).get("arguments") is not None
        if not (described or calls(view) & (READERS | {"sent_file"})):
            takes_nothing.add(rule.endpoint)
    takes_nothing.remove("reports.take")  # strict JSON of any shape, because browsers differ; it keeps words of a list
    assert {endpoint for endpoint in takes_nothing if touches(app.view_functions[endpoint])} == set()
    assert len(takes_nothing) < 40


def test_every_schema_refuses_what_it_does_not_know() -> None:
    for schema in schemas():
        loads = [field for field in schema.fields.values() if not field.dump_only]
        assert not loads or schema.unknown == ma.RAISE, schema
        of_matters = {"answers"} if "answers" in schema.fields else set()  # by the matter's own options, in the view
        bare = [name for name, field in schema.fields.items() if type(field) in BARE and not field.validators]
        assert set(bare) - of_matters == set(), f"{schema}: a field without a rule"


@pytest.mark.parametrize("matter", [None, "M012"])
def test_answers_are_those_of_a_matter_or_none(client: FlaskClient, town: Town, matter: str | None) -> None:
    """The one field without a rule of its own: what a matter does not ask cannot be answered, nor without a matter."""
    sent = {
        "kind": "consult",
        "card_token": town.here.card.token,
        "summary": "问一问",
        "answers": {"x": {"y": "z" * BIG}},
    }
    headers = bearer(town.here.residents[0].person_id) | {"Idempotency-Key": "k" * 20}

    answer = client.post("/api/v1/cases", json=sent | ({"matter_code": matter} if matter else {}), headers=headers)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"].startswith("/answers")


def test_every_pattern_is_linear() -> None:
    wrong, seen = [], 0
    for name, pattern, searched in patterns():
        seen += 1
        if name not in NOT_OF_PEOPLE:
            wrong += [f"{name} {pattern.pattern!r}: {fault}" for fault in faults(pattern, searched=searched)]
    assert seen > 60
    assert wrong == []


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+b", r"(a|a)*b", r"(a|ab)*c", r"\d+\d+x", r".*.*x", r"^(\w+\s?)*$", r"(a?){100}b", r"\s+$", r"x.*y", r"(a)\1*b"],
)  # fmt: skip
def test_a_pattern_that_is_not_linear_would_be_noticed(pattern: str) -> None:
    assert faults(re.compile(pattern), searched=True)


def test_hostile_text_in_every_field_of_every_schema(app: ButlerFlask) -> None:
    """A field that takes text refuses 100 kB of it, whatever it is."""
    taken, asked = [], 0
    with app.app_context():
        for schema in schemas():
            for name, field in schema.fields.items():
                if name == "answers":
                    continue  # above
                for inner in innermost(field):
                    for what, text in HOSTILE.items():
                        asked += 1
                        try:
                            inner.deserialize(text)
                        except ma.ValidationError:
                            continue
                        taken.append(f"{type(schema).__name__}.{name}: {what}")
    assert len(schemas()) > 60
    assert asked > 1000
    assert taken == []


def test_hostile_text_in_every_field_of_the_api(app: ButlerFlask, client: FlaskClient, town: Town) -> None:
    watcher = Watcher(app, client, town, 0)
    spec = client.get("/api/v1/openapi.json").json
    texts, sent = list(HOSTILE.values()), 0
    for method, path, names in operations(spec):
        rule = path.replace("{", "<").replace("}", ">")
        steps = step_fields().items() if rule.endswith("/steps/<step>") else [(None, names)]
        for step, of_step in steps:
            address = filled(rule, watcher.addresses() | ({"step": step} if step else {}))
            for place, name in enumerate(of_step):
                answer = watcher.api("butler", method, address, json={name: texts[(sent + place) % len(texts)]})
                assert 400 <= answer.status_code < 500, f"{method} {address} {name}"
            sent += len(of_step)
    watcher.settle()
    watcher.tally.check()
    assert sent > 90


@cache
def modules() -> tuple[ModuleType, ...]:
    names = [
        found.name
        for package in (butler, services_catalog)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    return tuple(importlib.import_module(name) for name in names if not name.endswith("__main__"))


@cache
def schemas() -> tuple[fields.Schema, ...]:
    """Every schema that reads what people send: each that is named where something is read, and those of the steps."""
    found: dict[str, fields.Schema] = {}
    for module in modules():
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and called(node) in READERS | {"arguments"}:
                expression = ast.Expression(node.args[0])
                try:
                    schema = eval(compile(expression, "<schema>", "eval"), vars(module))  # our own source
                except NameError:
                    continue  # known only when the view runs: the steps, below
                schema = schema() if isinstance(schema, type) else schema
                if isinstance(schema, fields.Schema):
                    found.setdefault(f"{type(schema).__name__} {sorted(schema.fields)}", schema)
    inner = [nested.schema for schema in found.values() for nested in within(schema)]
    return (*found.values(), *STEP_INPUTS.values(), *inner)


def within(schema: ma.Schema) -> Iterator[ma.fields.Nested]:
    """The nested schemas of a schema, as deep as they go."""
    for field in schema.fields.values():
        one = field.inner if isinstance(field, ma.fields.List) else field
        if isinstance(one, ma.fields.Nested):
            yield one
            yield from within(one.schema)


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def innermost(field: Any) -> Iterator[Any]:
    """The fields that hold a text: those of a list, of a mapping; nested schemas come by themselves."""
    if field.dump_only or isinstance(field, ma.fields.Nested):
        return
    if isinstance(field, ma.fields.List):
        yield from innermost(field.inner)
    elif isinstance(field, ma.fields.Dict):
        yield from innermost(field.value_field)
        yield from innermost(field.key_field)
    else:
        yield field


def patterns() -> Iterator[tuple[str, re.Pattern[Any], bool]]:
    """(where, the pattern, whether it is looked for anywhere): of every module, and of every call with the text in it."""
    for module in modules():
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and re.search(rf"^{name}\b.*= re\.compile", source, re.MULTILINE):
                yield f"{module.__name__}:{name}", value, any(f"{name}.{word}(" in source for word in SEARCHING)
        for node in ast.walk(ast.parse(source)):
            function = getattr(node, "func", None)
            if (
                isinstance(function, ast.Attribute)
                and isinstance(function.value, ast.Name)
                and function.value.id == "re"
            ):
                text = node.args[0] if isinstance(node, ast.Call) and node.args else None
                if isinstance(text, ast.Constant):
                    yield f"{module.__name__}:{node.lineno}", re.compile(text.value), function.attr in SEARCHING
    for thing in NEVER_KEPT:
        yield "butler.custody.rules", re.compile(f"(?:{thing.names}){_ABOUT_IT}"), True
        yield "butler.custody.rules", re.compile(thing.names), True


def calls(view: Any) -> set[str]:
    """The names a view, and what it is wrapped in, calls; one function of its own module deep."""
    found: set[str] = set()
    while view is not None:
        names = set(view.__code__.co_names)
        for name in names:
            inner = view.__globals__.get(name)
            if getattr(inner, "__module__", None) == view.__module__ and hasattr(inner, "__code__"):
                found |= set(inner.__code__.co_names)
        found |= names
        view = getattr(view, "__wrapped__", None)
    return found


def touches(view: Any) -> bool:
    """Whether the view itself looks at what was sent."""
    while hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    return bool(set(view.__code__.co_names) & RAW and "request" in view.__code__.co_names)
