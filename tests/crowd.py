"""A crowd of residents and butlers over HTTP, each with a ledger of everything it was told is done.

Whatever goes wrong, a caller sends the same request with the same key again, as a phone in a lift would, until the answer
is clear. Nobody stops in the middle of a request, so at the end the ledgers say exactly what must be there.
"""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from running import Running

MATTER = "M012"  # 老年人公共交通优待卡办理
PATIENCE = 120.0  # seconds until a caller gives up and the proof has failed
AGAIN = {409: "idempotency-in-progress", 429: "rate-limited"}
ERRAND = ("authorise", "receive_originals", "submit", "record_result", "return_originals", "resolve")
BODIES: dict[str, dict[str, Any]] = {
    "receive_originals": {"items": [{"name": "近期免冠照片", "copies": 2}]},
    "submit": {"window": "街道便民服务中心2号窗口", "receipt_number": "演示-001"},
    "record_result": {"result": "granted"},
    "answer": {"note": "在街道便民服务中心办，带身份证。"},
    "rate": {"grade": 5},
}


@dataclass(frozen=True)
class Done:
    """Something somebody was told is done: a step on a case, and the key it was asked for with."""

    number: str
    step: str
    key: str


@dataclass
class Caller:
    """Somebody with a token. `told` is the ledger."""

    http: httpx.Client
    token: str
    told: list[Done] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    had_committed: int = 0  # requests that showed an error and had been carried out all the same
    complaints: list[str] = field(default_factory=list)  # answers nobody should ever get

    def get(self, path: str, **query: str) -> Any:
        """What is behind an address, asked until there is an answer."""
        return self._ask_until_clear("GET", path, query=query)[1]

    def post(self, path: str, body: dict[str, Any], *, step: str, version: int | None = None) -> Any:
        """Do something once, and write it down when the answer says that it is done."""
        key = uuid.uuid4().hex
        headers = {"Idempotency-Key": key} | ({} if version is None else {"If-Match": f'"{version}"'})
        status, case = self._ask_until_clear("POST", path, body=body, headers=headers)
        if status in (200, 201):
            self.told.append(Done(case["number"], step, key))
        return case

    def _ask_until_clear(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        sent = {"Authorization": f"Bearer {self.token}"} | (headers or {})
        until, troubled = time.monotonic() + PATIENCE, False
        while time.monotonic() < until:
            try:
                answer = self.http.request(method, f"/api/v1{path}", params=query, json=body, headers=sent)
            except httpx.TransportError as error:
                self.errors[type(error).__name__] += 1
            else:
                if answer.is_success:
                    self.had_committed += troubled and "Idempotency-Replayed" in answer.headers
                    return answer.status_code, answer.json() if answer.content else None
                code = self._code_of(answer)
                self.errors[f"{answer.status_code} {code}"] += 1
                if answer.status_code != 503 and AGAIN.get(answer.status_code) != code:
                    self.complaints.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
                    return answer.status_code, None
            troubled = True
            time.sleep(random.uniform(0.05, 0.4))
        self.complaints.append(f"{method} {path}: no clear answer within {PATIENCE:.0f} s")
        return 0, None

    @staticmethod
    def _code_of(answer: httpx.Response) -> str:
        if answer.headers.get("Content-Type") != "application/problem+json":
            return "not a problem document"
        return str(answer.json()["code"])


class Crowd:
    """Residents who ask, butlers who work, all at once, until told to stop."""

    def __init__(self, app: Running, *, residents: int, butlers: int, seed: int) -> None:
        self._app, self._before = app, _steps(app)
        self._stop = threading.Event()
        self._card = app.handbill["cards"][0]
        self.residents = [Caller(app.client(), token) for token in app.sign_in_residents(residents)]
        self.butlers = [Caller(app.client(), token) for token in app.sign_in_butlers(butlers)]
        self._threads = [
            threading.Thread(target=self._live, args=(live, caller, random.Random(f"{seed}-{place}")))
            for live, callers in ((self._ask, self.residents), (self._work, self.butlers))
            for place, caller in enumerate(callers)
        ]

    @property
    def callers(self) -> Sequence[Caller]:
        """Everybody."""
        return [*self.residents, *self.butlers]

    @property
    def told(self) -> Sequence[Done]:
        """All ledgers together."""
        return [done for caller in self.callers for done in caller.told]

    @property
    def errors(self) -> Counter[str]:
        """What went wrong and was tried again."""
        return sum((caller.errors for caller in self.callers), Counter[str]())

    @property
    def complaints(self) -> Sequence[str]:
        """Answers that nobody should ever get, whatever is broken."""
        return [complaint for caller in self.callers for complaint in caller.complaints]

    def lost_and_doubled(self) -> tuple[list[str], list[str]]:
        """What somebody was told is done and is not there; what is there more often than somebody was told."""
        filed = {done.key: done.number for done in self.told if done.step == "filed"}
        kept = {
            key: orjson.loads(orjson.loads(self._app.open("idempotency_keys.answer", answer))["body"])["number"]
            for key, answer in self._app.ask(_KEYS)
        }
        should = Counter((done.number, done.step) for done in self.told)
        present = _steps(self._app) - self._before
        lost = [number for key, number in filed.items() if kept.get(key) != number]
        lost += [f"{number} {step}" for number, step in should - present]
        return lost, [f"{number} {step}" for number, step in present - should]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Everybody finishes what they are at."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for caller in self.callers:
            caller.http.close()

    def _live(self, turn: Any, caller: Caller, dice: random.Random) -> None:
        try:
            while not self._stop.is_set():
                turn(caller, dice)
        except Exception as error:  # a thread must not die unheard
            caller.complaints.append(repr(error))

    def _ask(self, caller: Caller, dice: random.Random) -> None:
        """A resident asks for something, then looks whether something waits for their word."""
        wish: dict[str, Any] = {"kind": "consult", "card_token": self._card["token"], "summary": "优待证怎么办？"}
        if dice.random() < 0.7:
            wish |= {"kind": "errand", "mode": "daytime", "matter_code": MATTER, "consents": ["hand_over@1"]}
        caller.post("/cases", wish, step="filed")
        for case in caller.get("/cases", **{"as": "asker", "stage": "resolved"})["items"]:
            closed = self._step(caller, case, "confirm")
            if closed and dice.random() < 0.5:
                self._step(caller, closed, "rate")
        self._stop.wait(dice.uniform(0.05, 0.3))

    def _work(self, caller: Caller, dice: random.Random) -> None:
        """A butler takes the next case and works on it to the end, unless the day ends first."""
        case = caller.post("/queue/claim-next", {}, step="claim")
        if case is None:
            self._stop.wait(dice.uniform(0.1, 0.3))
            return
        for step in ERRAND if case["kind"] == "errand" else ("answer",):
            if self._stop.is_set() or case is None:
                return
            case = self._step(caller, case, step)

    @staticmethod
    def _step(caller: Caller, case: dict[str, Any], step: str) -> Any:
        path = f"/cases/{case['number']}/steps/{step}"
        return caller.post(path, BODIES.get(step, {}), step=step, version=case["version"])


def _steps(app: Running) -> Counter[tuple[str, str]]:
    """How often each step was taken on each case, by people."""
    query = "SELECT number, step FROM case_steps JOIN cases ON cases.id = case_id WHERE actor_id IS NOT NULL"
    return Counter(app.ask(query))  # type: ignore[arg-type]


_KEYS = "SELECT key, answer FROM idempotency_keys WHERE route = 'POST /api/v1/cases'"
