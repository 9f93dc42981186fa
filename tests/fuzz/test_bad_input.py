"""P9: bad input of every kind into every place that takes input. The long run: ``make fuzz``."""

import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from flask.testing import FlaskClient

from butler.kit.database import ButlerFlask
from factories import Town
from figures import Show
from fuzz import corpus
from fuzz.watching import EACH, ROUNDS, Watcher, filled, operations, step_fields
from surfing import Browser

GOOD: dict[str, Any] = {
    "kind": "errand", "matter_code": "M012", "mode": "daytime", "summary": "帮我办一下", "urgency": "normal", "phone": "10010600100",
    "code": "000000", "username": "nobody", "password": "not the right one", "note": "好", "words": "好", "reason": "地址写错了要核对",
    "consents": [], "answers": {}, "size": "large", "score": 5, "items": [{"name": "照片", "copies": 1, "condition": "完好"}],
    "until": "2026-12-01T09:00:00+08:00", "date": "2026-11-24",
}  # fmt: skip


@pytest.fixture(params=range(ROUNDS))
def watcher(
    request: pytest.FixtureRequest, app: ButlerFlask, client: FlaskClient, town: Town, at: Callable[[str], None]
) -> Watcher:
    """Everybody in place on a Monday morning."""
    at("2026-11-23 09:00")
    return Watcher(app, client, town, request.param)


def test_values_into_every_field_of_the_api(watcher: Watcher, show: Show) -> None:
    places = list(_fields(watcher))
    chance = random.Random(watcher.seed)
    everything = list(corpus.values())
    for _ in range(EACH * 2 // 5):
        method, path, fields, name = chance.choice(places)
        body = {each: GOOD[each] for each in fields if each in GOOD and chance.random() < 0.8}
        body[name] = chance.choice(everything)
        who = chance.choice(list(watcher.people))
        watcher.api(who, method, path, data=_json(body), content_type="application/json")
    watcher.close(show, f"bad input: values into {len(places)} fields")


def test_values_into_every_form(watcher: Watcher, show: Show) -> None:
    chance = random.Random(watcher.seed + 1)
    forms = _forms(watcher)
    words = corpus.words()
    for _ in range(EACH // 5):
        who, address, fields = chance.choice(forms)
        sent = {name: list(values) for name, values in fields.items()}
        names = [name for name in sent if name not in ("_end", "csrf_token")] or ["q"]
        for name in chance.sample(names, k=min(len(names), chance.choice((1, 1, 2)))):
            sent[name] = [chance.choice(words) for _ in range(chance.choice((1, 1, 1, 2)))]
        if chance.random() < 0.1:
            sent[_sayable(chance.choice(words)[:40]) or "x"] = ["1"]
        sent["_end"] = sent.pop("_end", ["1"])
        watcher.page(
            who, "POST", address, data={name: [_sayable(value) for value in values] for name, values in sent.items()}
        )
    watcher.close(show, f"bad input: {len(forms)} forms")


def test_queries_headers_and_paths(watcher: Watcher, show: Show) -> None:
    chance = random.Random(watcher.seed + 2)
    given = watcher.addresses()
    rules = [rule for rule in watcher.app.url_map.iter_rules() if rule.endpoint != "web.static"]
    words = [word for word in corpus.words() if len(word) < 4000]
    headers = ("If-Match", "If-None-Match", "Idempotency-Key", "Accept", "Content-Type", "Origin", "Referer", "X-Forwarded-For",
               "X-HTTP-Method-Override", "Range", "Expect", "Content-Encoding", "Authorization", "Cookie", "Accept-Language")  # fmt: skip
    for _ in range(EACH // 5):
        rule = chance.choice(rules)
        method = chance.choice(sorted(rule.methods or {"GET"}))
        path = filled(
            rule.rule, given if chance.random() < 0.6 else {name: _quoted(chance.choice(words)) for name in given}
        )
        query = {
            chance.choice(("q", "cursor", "limit", "desk", "next", "card", "stage", "as", "x")): _sayable(
                chance.choice(words)
            )
        }
        who = chance.choice(list(watcher.people))
        sent = {chance.choice(headers): _header(chance.choice(words))} if chance.random() < 0.5 else {}
        ask = watcher.api if path.startswith("/api/") else watcher.page
        ask(who, method, path, query_string=query if chance.random() < 0.7 else None, headers=sent)
    watcher.close(show, f"bad input: headers, queries and paths of {len(rules)} addresses")


BODIES = (
    b"", b"null", b"[]", b'"x"', b"7", b"true", b"{", b"[" * 100_000, b'{"a":' * 100_000, b'{"a":1,"a":2}', b"NaN", b'{"a":NaN}', b'{"a":1e999}',
    b"\xff\xfe", b'\xef\xbb\xbf{"a":1}', '{"a":1}'.encode("utf-16"), '{"a":"字"}'.encode("gbk"), b'{"a":"\\ud800"}', b'{"a":"\\u0000"}',
    b'{"a":' + b"9" * 5000 + b"}", b"a=1&b=2", b"a=%FF", b"--x\r\n", b"x" * 600_000, b"{}" * 1000, b'{"a":1}//', b"\x00" * 100, b'{"\\u0000":1}',
)  # fmt: skip
KINDS = ("application/json", "application/json; charset=gbk", "text/plain", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x",
         "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-16", "", "x" * 300, "application/csp-report")  # fmt: skip


def test_bodies_of_every_kind(watcher: Watcher, show: Show) -> None:
    chance = random.Random(watcher.seed + 3)
    given = watcher.addresses()
    rules = [(rule, method) for rule in watcher.app.url_map.iter_rules() for method in rule.methods or () if method in ("POST", "PUT", "DELETE", "PATCH")]  # fmt: skip
    for _ in range(EACH // 5):
        rule, method = chance.choice(rules)
        path = filled(rule.rule, given)
        ask = watcher.api if path.startswith("/api/") else watcher.page
        ask(
            chance.choice(list(watcher.people)),
            method,
            path,
            data=chance.choice(BODIES),
            content_type=chance.choice(KINDS),
        )
    watcher.close(show, f"bad input: bodies to {len(rules)} addresses")


def _fields(watcher: Watcher) -> list[tuple[str, str, list[str], str]]:
    spec = watcher.client.get("/api/v1/openapi.json").json
    given = watcher.addresses()
    found = []
    for method, path, fields in operations(spec):
        rule = path.replace("{", "<").replace("}", ">")
        if rule.endswith("/steps/<step>"):
            for step, names in step_fields().items():
                found += [(method, filled(rule, {**given, "step": step}), names, name) for name in names or ["x"]]
        else:
            found += [(method, filled(rule, given), fields, name) for name in fields or ["x"]]
    return found


def _forms(watcher: Watcher) -> list[tuple[str, str, dict[str, list[str]]]]:
    """Every form of every page that somebody can open without more than they have."""
    given = watcher.addresses()
    found: dict[tuple[str, str], tuple[str, str, dict[str, list[str]]]] = {}
    for rule in watcher.app.url_map.iter_rules():
        path = filled(rule.rule, given)
        if "GET" not in (rule.methods or ()) or path.startswith(("/api/", "/static")) or "sign-out" in path:
            continue
        for who in watcher.people:
            if watcher.browsers[who].get(path, follow_redirects=True).mimetype != "text/html":
                continue
            for form in Browser(watcher.browsers[who]).open(path).page.forms:
                address = form.action or path
                if form.method.lower() == "post" and "sign-out" not in address:
                    found.setdefault((who, address), (who, address, {**form.choices, **form.fields}))
    return sorted(found.values(), key=lambda form: (form[0], form[1]))


def _json(body: dict[str, Any]) -> bytes:
    """orjson cannot say lone surrogates or enormous numbers, and that is what some of these are."""
    try:
        return orjson.dumps(body)
    except TypeError:
        return json.dumps(body).encode("utf-8", "surrogatepass")


def _sayable(word: str) -> str:
    return word.encode("utf-8", "replace").decode()


def _quoted(word: str) -> str:
    return quote(_sayable(word)[:300], safe="") or "x"


def _header(word: str) -> str:
    return "".join(
        letter for letter in _sayable(word)[:2000].encode("utf-8").decode("latin-1") if letter not in "\r\n\0"
    )
