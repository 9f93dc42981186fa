"""T9, T18: personal data lies sealed wherever it is kept, and keys change while everything runs."""

import os
import secrets
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis
from sqlalchemy import select

from apart import application_apart, bearer
from butler.app import create_app
from butler.cases.models import Case
from butler.dev.servers import Urls
from butler.identity.models import Person
from butler.kit import clock, rekeying
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.kit.numbers import new_secret
from butler.kit.sealing import Ring, read_ring
from butler.settings import Settings
from factories import file_errand, load_calendar, make_town
from figures import Show
from running import Running
from surfing import Browser

CHANGES = 3  # of the key, one after the other
FILED_BEFORE = 150
PHONE, OTHER_PHONE = "10076543217", "10076543218"
PAGE = 1 << 22


class Load:
    """People who file, read, claim and write on one application until told to stop."""

    def __init__(self, app: ButlerFlask, residents: list[dict[str, str]], butler: dict[str, str]) -> None:
        self.deeds, self.wrong, self.filed = 0, list[str](), dict[str, str]()
        self._app, self._stop = app, threading.Event()
        lives = [(self._reside, each) for each in residents] + [(self._serve, butler)]
        self._threads = [threading.Thread(target=self._live, args=life) for life in lives]
        self.rounds = dict.fromkeys(range(len(lives)), 0)

    def start(self) -> None:
        """Let them live."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let them finish what they are doing."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for_everybody(self) -> None:
        """Until each has begun and ended something new: as after a restart, nobody holds a key of before."""
        before, until = dict(self.rounds), time.monotonic() + 60
        while any(self.rounds[one] < before[one] + 2 for one in before):
            assert time.monotonic() < until, self.wrong
            time.sleep(0.01)

    def _live(self, life: Any, caller: dict[str, str]) -> None:
        client = self._app.test_client()
        place = next(n for n, thread in enumerate(self._threads) if thread is threading.current_thread())
        while not self._stop.is_set():
            try:
                life(client, caller)
            except Exception as error:  # a thread must not die unheard
                self.wrong.append(repr(error))
            self.rounds[place] += 1

    def _ask(self, client: Any, method: str, path: str, caller: dict[str, str], **sent: Any) -> Any:
        headers = caller | {"Idempotency-Key": uuid.uuid4().hex} | sent.pop("headers", {})
        answer = client.open(f"/api/v1{path}", method=method, headers=headers, **sent)
        if answer.status_code >= 400:
            self.wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        self.deeds += 1
        return answer.json if answer.data else None

    def _reside(self, client: Any, caller: dict[str, str]) -> None:
        words = f"请帮我问一下 {secrets.token_hex(4)}"
        wish = {"kind": "consult", "unit_code": "330106002051", "summary": words}
        number = self._ask(client, "POST", "/cases", caller, json=wish)["number"]
        self.filed[number] = words
        read = self._ask(client, "GET", f"/cases/{number}", caller)
        if (read["summary"], len(read["asker"]["phone"])) != (words, 11):
            self.wrong.append(f"{number}: reads otherwise")
        self._ask(client, "GET", "/me", caller)

    def _serve(self, client: Any, caller: dict[str, str]) -> None:
        case = self._ask(client, "POST", "/queue/claim-next", caller, json={})
        if case is not None:
            step = f"/cases/{case['number']}/steps/note"
            headers = {"If-Match": f'"{case["version"]}"'}
            self._ask(client, "POST", step, caller, json={"note": "在看"}, headers=headers)


@pytest.mark.proof
def test_keys_change_beside_live_load(urls: Urls, settings: Settings, show: Show) -> None:
    index = new_secret()
    keys = [f"key{number}:{new_secret()}" for number in range(CHANGES + 1)]

    def ring(*some: str) -> Ring:
        return read_ring(",".join(some), index, secret_key="", production=True)

    begun = replace(settings, keys=keys[0], index_key=index)
    with application_apart(urls, begun, "rotation", connections=8) as app:
        beside = create_app(app.extensions["settings"])  # another process of the same installation
        beside.extensions["kick"] = None
        with app.app_context():
            with unit_of_work():
                load_calendar()
                street = make_town().here
                residents = [bearer(one.person_id) for one in street.residents for _ in range(2)]
                butler = bearer(street.community_staff.person_id)
            for _ in range(FILED_BEFORE):
                with unit_of_work():
                    file_errand(street.residents[0], street)
            names = dict(db.session.execute(select(Person.id, Person.name)).all())
            db.session.remove()
        loads = [Load(app, residents[:2], butler), Load(beside, residents[2:], butler)]
        for load in loads:
            load.start()
        sealed_anew, values, old = 0, 0, keys[0]
        try:
            for new in keys[1:]:
                for order in ((old, new), (new, old)):  # first all can open the new one, then all seal with it
                    for one, load in zip((app, beside), loads, strict=True):
                        one.extensions["ring"] = ring(*order)
                        load.wait_for_everybody()
                        if order[0] == new:
                            with app.app_context():
                                sealed_anew += sum(rekeying.rotate().values())
                                db.session.remove()
                for one in (app, beside):
                    one.extensions["ring"] = ring(new)  # the old key is gone for good
                old = new
        finally:
            for load in loads:
                load.stop()
        with app.app_context():
            found = list(rekeying.check())
            values = sum(sum(one.by_key.values()) for one in found)
            unreadable = [f"{one.place} {row}" for one in found for row in one.unreadable]
            used = {key for one in found for key in one.by_key} - {"of the case"}
            kept = {case.number: case.summary for case in db.session.scalars(select(Case))}
            same_names = dict(db.session.execute(select(Person.id, Person.name)).all())
            db.session.remove()
        with beside.app_context():
            db.session.remove()
            db.engine.dispose()
    filed = {number: words for load in loads for number, words in load.filed.items()}
    lost = [number for number, words in filed.items() if kept.get(number) != words]
    assert [load.wrong for load in loads] == [[], []]
    assert (unreadable, lost, used) == ([], [], {f"key{CHANGES}"})
    assert len(kept) == FILED_BEFORE + len(filed)
    assert same_names == names
    assert sealed_anew > CHANGES * FILED_BEFORE
    show(
        "T9",
        "keys change while people work",
        changes_of_key=CHANGES,
        rows_sealed_anew=sealed_anew,
        values_opened_afterwards=values,
        deeds_meanwhile=sum(load.deeds for load in loads),
        unreadable=0,
        lost=0,
    )


class Canaries:
    """Things nobody else says."""

    def __init__(self) -> None:
        self.said = {"phone": PHONE, "other phone": OTHER_PHONE, "name": "淼鑫焱垚测", "other name": "骉犇羴猋测"}

    def say(self, what: str) -> str:
        """Words for one field."""
        return self.said.setdefault(what, f"雀{secrets.token_hex(8)}鸣")

    def forms(self) -> Iterator[tuple[str, bytes]]:
        """Each as it may lie somewhere: as it is, as JSON writes it, as the hexadecimal of a dump."""
        for what, words in self.said.items():
            plain = words.encode()
            escaped = words.encode("ascii", "backslashreplace")
            for form in {plain, escaped, plain.hex().encode(), words.encode("utf-16-le")}:
                yield what, form

    def found_in(self, heap: bytes) -> list[str]:
        """Which of them are in it."""
        return [what for what, form in self.forms() if form in heap]


@pytest.mark.proof
def test_nothing_personal_lies_in_the_open(whole: Running, show: Show) -> None:
    canaries = Canaries()
    number = journey(whole, canaries)
    whole.ask("SELECT pg_switch_wal()")  # all of it has been written out

    tables = [name for (name,) in whole.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]
    hits, rows = [], 0
    for table in tables:
        for (row,) in whole.ask(f"SELECT one::text FROM {table} AS one"):
            rows += 1
            hits += [f"{table}: {what}" for what in canaries.found_in(row.encode())]
    assert set(db.metadata.tables) <= set(tables)
    assert number in str(whole.ask("SELECT one::text FROM cases AS one"))  # so that this finds what is there

    things = list(in_valkey(whole))
    hits += [f"valkey: {what}" for thing in things for what in canaries.found_in(thing)]
    bytes_read, control = 0, False
    for path in files_of(whole.instance):
        for part in parts_of(path):
            bytes_read += len(part)
            control = control or number.encode() in part
            hits += [f"{path.name}: {what}" for what in canaries.found_in(part)]

    assert control  # the number of the case is written there, so the place is right
    assert hits == []
    show(
        "T18",
        "nothing personal lies in the open",
        canaries=len(canaries.said),
        tables=len(tables),
        rows=rows,
        valkey_values=len(things),
        megabytes_of_files_and_logs=round(bytes_read / 1e6),
        hits=0,
    )


def journey(app: Running, canaries: Canaries) -> str:
    """A resident signs in, asks for somebody else, the butler does it, they rate it: words wherever there can be some.
    The number of the case."""
    say, card = canaries.say, app.handbill["cards"][0]["token"]
    butler = next(one for one in app.handbill["staff"] if one["role"] == "butler")
    with app.client(30) as http:
        http.post("/api/v1/auth/codes", json={"phone": PHONE}).raise_for_status()
        resident = signed_in(http, "/auth/sessions", code=code_of(http, PHONE), phone=PHONE, name=say("name"))
        http.post("/api/v1/auth/login", json={"username": say("mistyped"), "password": say("password")})
        login = {"username": butler["username"], "password": butler["password"]}
        staff = signed_in(http, "/auth/login", **login)
        wish = {
            "kind": "errand", "mode": "daytime", "matter_code": "M012", "card_token": card,
            "consents": ["hand_over@1", "papers@1"],
            "summary": say("summary"), "answers": {"M012-Q1": "杭州户籍"},  # of the matter's own; sealed with the summary
        }  # fmt: skip
        http.post("/api/v1/auth/codes", json={"phone": OTHER_PHONE}).raise_for_status()
        code = code_of(http, OTHER_PHONE)
        other = signed_in(http, "/auth/sessions", code=code, phone=OTHER_PHONE, name=say("other name"))
        until = soon()[:10]
        asked = {"name": say("called"), "phone": OTHER_PHONE, "acts": ["ask", "decide"], "until": until}
        delegation = post(http, resident, "/delegations", asked)["id"]
        post(http, other, f"/delegations/{delegation}/agree", {"acts": ["ask", "decide"]})
        wish["beneficiary"] = {"delegation": delegation}
        case = post(http, resident, "/cases", wish)
        number = str(case["number"])
        while post(http, staff, "/queue/claim-next", {})["number"] != number:
            pass  # others of the demo town waited before
        paper = {"name": say("paper"), "copies": 1, "condition": say("condition")}
        for who, step, sent in (
            (resident, "note", {"note": say("note of the resident")}),
            (staff, "note", {"note": say("note")}),
            (staff, "pause", {"reason": "waiting_for_resident", "until": soon(), "note": say("pause")}),
            (staff, "resume", {"note": say("resume")}),
            (staff, "authorise", {}),
            (staff, "receive_originals", {"items": [paper]}),
            (staff, "submit", {"window": say("window"), "receipt_number": say("receipt")}),
            (staff, "record_result", {"result": "granted"}),
            (staff, "return_originals", {}),
            (staff, "resolve", {"note": say("result")}),
            (resident, "dispute", {"note": say("dispute")}),
            (staff, "resolve", {"note": say("second result")}),
            (resident, "confirm", {"note": say("confirmation")}),
            (resident, "rate", {"grade": 5, "note": say("rating")}),
        ):
            version = get(http, who, f"/cases/{number}")["version"]
            post(http, who, f"/cases/{number}/steps/{step}", sent, version=version)
        question = {"kind": "consult", "card_token": card, "summary": say("question")}
        asked = post(http, resident, "/cases", question)
        while post(http, staff, "/queue/claim-next", {})["number"] != asked["number"]:
            pass
        version = get(http, staff, f"/cases/{asked['number']}")["version"]
        post(http, staff, f"/cases/{asked['number']}/steps/refer_up", {"note": say("referral")}, version=version)
        told = http.get(f"/api/v1/cases/{number}/timeline", headers=resident).raise_for_status().text
        assert say("dispute") in told  # who may read it does
        until = time.monotonic() + 60
        while app.ask("SELECT 1 FROM outbox WHERE sent_at IS NULL AND dead_at IS NULL LIMIT 1"):
            assert time.monotonic() < until  # whatever was on its way has left
            time.sleep(0.1)
        # One code a minute to one telephone: let the minute be over.
        app.ask("UPDATE one_time_codes SET created_at = created_at - interval '61 seconds' RETURNING id")
        words_of_staff(app, http, resident, number, canaries, used=code)
    return number


def words_of_staff(
    app: Running, http: httpx.Client, resident: dict[str, str], number: str, canaries: Canaries, *, used: str
) -> None:
    """What people at work write about looking, about lists and about one another, and what a resident asks about it."""
    say = canaries.say
    as_role = {
        one["role"]: {name: one[name] for name in ("username", "password")} for one in app.handbill["staff"][::-1]
    }
    bearers = {role: signed_in(http, "/auth/login", **login) for role, login in as_role.items()}
    for role, kind in (("butler", {}), ("street_staff", {"break_glass": True})):
        wish = {"fields": ["phone"], "reason": "contact", "words": say(f"reason of the {role}")} | kind
        post(http, bearers[role], f"/cases/{number}/reveal", wish)
    post(http, bearers["butler"], "/looks/reasons", {"words": say("reason to look at more")})
    unit = next(one["unit_code"] for one in app.handbill["staff"] if one["role"] == "administrator")
    join = {
        "name": say("name of a colleague"),
        "role": "privacy_officer",
        "unit_code": unit,
        "why": say("why of a deed"),
    }
    post(http, bearers["administrator"], "/staff/invitations", join)
    held = app.flask("butler", "retention", "hold", number, "--reason", say("order of a court"))
    assert held.returncode == 0, held.stderr

    read = http.get(f"/api/v1/cases/{number}/access-log", headers=resident).raise_for_status().text
    assert say("reason of the butler") in read  # who may read it does
    with app.client(30) as home:
        browser = Browser(Wire(home)).open("/sign-in").press("获取验证码", phone=OTHER_PHONE)
        browser.press("登录", code=code_of(home, OTHER_PHONE, used=used)).open(f"/my/cases/{number}/looks")
        browser.open(next(where for words, where in browser.page.links.items() if words.startswith("我觉得不对")))
        browser.press("请隐私专员去问", words=say("doubt"))
        assert "已经请隐私专员去问" in browser.text
    with app.client(30) as office:
        browser = Browser(Wire(office)).open("/sign-in/staff").press("登录工作台", **as_role["street_staff"])
        days = {"first_day": clock.today().isoformat(), "last_day": clock.today().isoformat()}
        browser.open("/desk/exports").press("申请导出", **days, reason="check", words=say("reason of a list"))
        assert say("reason of a list") in browser.text
    with app.client(30) as office:
        browser = Browser(Wire(office)).open("/sign-in/staff").press("登录工作台", **as_role["privacy_officer"])
        found = [
            where for where in browser.open("/privacy/findings").page.links.values() if "/privacy/findings/" in where
        ]
        for where in found:
            if say("doubt") in browser.open(where).text:
                browser.press("记下核对结果", verdict="explained", words=say("verdict"))
        assert say("verdict") in browser.text


class Wire:
    """What `surfing.Browser` asks of a client, over HTTP."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def get(self, path: str, **_: Any) -> "Shown":
        """Go to an address."""
        return Shown(self.http.get(path, follow_redirects=True))

    def post(self, path: str, *, data: dict[str, list[str]], **_: Any) -> "Shown":
        """Send a form."""
        return Shown(self.http.post(path, data=data, follow_redirects=True))


class Shown:
    """An answer as `surfing.Browser` reads it."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status_code, self.answer = answer.status_code, answer
        assert answer.is_success, (str(answer.url), answer.text)

    def get_data(self, *, as_text: bool) -> str:
        """The page."""
        return self.answer.text


def signed_in(http: httpx.Client, path: str, **sent: str) -> dict[str, str]:
    token = http.post(f"/api/v1{path}", json=sent).raise_for_status().json()["token"]
    return {"Authorization": f"Bearer {token}"}


def code_of(http: httpx.Client, phone: str, *, used: str = "") -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for item in http.get("/demo/inbox.json").json()["items"]:
            if item["to"] == phone and item["code"] not in (None, used):
                return str(item["code"])
        time.sleep(0.1)
    raise AssertionError("the code did not arrive")


def soon() -> str:
    return (clock.now() + timedelta(days=1)).isoformat(timespec="seconds")


def get(http: httpx.Client, who: dict[str, str], path: str) -> Any:
    return http.get(f"/api/v1{path}", headers=who).raise_for_status().json()


def post(http: httpx.Client, who: dict[str, str], path: str, sent: Any, *, version: int | None = None) -> Any:
    headers = who | {"Idempotency-Key": uuid.uuid4().hex} | ({} if version is None else {"If-Match": f'"{version}"'})
    answer = http.post(f"/api/v1{path}", json=sent, headers=headers)
    assert answer.is_success, (path, answer.text)
    return answer.json() if answer.content else {"number": None}


def in_valkey(app: Running) -> Iterator[bytes]:
    """Names and contents of everything there is: arguments of jobs, counts of limits."""
    with Redis.from_url(app.redis_url) as redis:
        for name in redis.scan_iter():
            yield bytes(name) + (redis.dump(name) or b"")
            kind = redis.type(name)
            if kind == b"hash":
                yield repr(redis.hgetall(name)).encode()
            elif kind == b"list":
                yield repr(redis.lrange(name, 0, -1)).encode()
            elif kind == b"string":
                yield bytes(redis.get(name) or b"")


def files_of(instance: Path) -> Iterator[Path]:
    """Everything it has written: database, write-ahead log, the log of Valkey, its own logs, files of cases."""
    for folder, _, names in os.walk(instance, followlinks=True):
        yield from (path for name in names if (path := Path(folder, name)).is_file())


def parts_of(path: Path) -> Iterator[bytes]:
    """A file bit by bit, each overlapping the one before."""
    before = b""
    try:
        with path.open("rb") as file:
            while part := file.read(PAGE):
                yield before + part
                before = part[-200:]
    except OSError:
        return  # gone meanwhile, as write-ahead segments go
