"""A whole visit over HTTP, as a resident, a butler and a grid worker would make it. Knows only the public contract."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

WORD = "老人优待证"
PATIENCE = 30.0  # seconds to wait for what the scheduler does


class VisitFailed(Exception):
    """The application did not do what it promises; the text says what."""


@dataclass
class Client:
    """Somebody with a phone: a token, and unsafe requests that may be repeated because each has its key."""

    http: httpx.Client
    token: str | None = None

    def get(self, path: str, **query: Any) -> Any:
        """The JSON behind an address."""
        return self._answer(self.http.get(f"/api/v1{path}", params=query, headers=self._headers()))

    def post(self, path: str, body: Any = None, *, version: int | None = None, expect: int | None = None) -> Any:
        """Do something once. `version` goes into If-Match."""
        headers = self._headers() | {"Idempotency-Key": uuid.uuid4().hex}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self._answer(self.http.post(f"/api/v1{path}", json=body or {}, headers=headers), expect)

    def step(self, case: dict[str, Any], step: str, **body: Any) -> dict[str, Any]:
        """Take a step on a case as it was last seen; gives the case after it."""
        after: dict[str, Any] = self.post(f"/cases/{case['number']}/steps/{step}", body, version=case["version"])
        return after

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @staticmethod
    def _answer(response: httpx.Response, expect: int | None = None) -> Any:
        if response.status_code >= 400 or (expect is not None and response.status_code != expect):
            request = f"{response.request.method} {response.request.url.path}"
            raise VisitFailed(f"{request} 回答了 {response.status_code}：{response.text[:300]}")
        return response.json() if response.content else None


@dataclass
class Visit:
    """One visit to a demo town. `told` collects what happened, for the summary."""

    base_url: str
    handbill: dict[str, Any]
    let_time_pass: Callable[[str], None]
    told: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.base_url, timeout=30, trust_env=False)
        self.card = self.handbill["cards"][0]

    def steps(self) -> Iterator[str]:
        """Do everything, one thing at a time; yields what was just done."""
        yield self._scan()
        yield self._find()
        resident = self._sign_in_resident()
        yield self._tell("登录", "短信验证码登录")
        case = self._file(resident, mode="off_hours")
        yield self._tell("申请", f"{case['number']}，{' → '.join(hop['desk'] for hop in case['path'])}")
        butler = self._butler_of(case)
        case = self._claim(butler, case)
        yield self._tell("接单", case["status"])
        for step, body in (
            ("authorise", {}),
            ("receive_originals", {"items": [{"name": "近期免冠照片", "copies": 2, "condition": "完好"}]}),
            ("submit", {"window": "街道便民服务中心2号窗口", "receipt_number": "演示-001"}),
            ("record_result", {"result": "granted", "note": "卡片已制好"}),
            ("return_originals", {}),
            ("resolve", {}),
        ):
            case = butler.step(case, step, **body)
            yield self._tell("办理", case["status"])
        case = resident.step(resident.get(f"/cases/{case['number']}"), "confirm")
        case = resident.step(case, "rate", grade=5, tags=["态度好"], note="很方便")
        lines = resident.get(f"/cases/{case['number']}/timeline")["items"]
        self._require(case["stage"] == "closed" and case["outcome"] == "confirmed", "办件没有按确认结束")
        yield self._tell("确认评价", f"{len(lines)} 行经过，{case['status']}")
        late = self._file(resident, mode="daytime")
        yield self._tell("第二件", f"{late['number']}，没有人接")
        self.let_time_pass(late["number"])
        yield self._tell("超时", "让时间过去")
        seen = self._escalated_to_grid(late)
        yield self._tell("上报", f"网格员看到了：{seen['status']}")
        self._require_notices(late)
        yield self._tell("通知", "网格员收到了提醒")
        yield self._tell("家人代办", self._ask_for_mother())

    def _scan(self) -> str:
        page = self.http.get(f"/c/{self.card['token']}")
        self._require(page.status_code == 200 and "帮我办事" in page.text, "扫名片没有打开管家的页面")
        card = Client(self.http).get(f"/cards/{self.card['token']}")
        return self._tell("扫码", f"{self.card['building']}，{card['butler']['surname']}管家")

    def _find(self) -> str:
        found = Client(self.http).get("/search", q=WORD)
        self._require(found["answered"], f"搜“{WORD}”没有找到")
        self.matter = found["items"][0]
        return self._tell("搜索", f"“{WORD}” → {self.matter['name']}")

    def _sign_in_resident(self) -> Client:
        return self._sign_in_by_code(
            next(one["phone"] for one in self.handbill["residents"] if one["building"] == self.card["building"])
        )

    def _ask_for_mother(self) -> str:
        """The daughter asks for her mother by the authority she was given, and takes it back: nothing stays open."""
        named = {word: one for one in self.handbill["residents"] for word in ("母亲", "女儿") if word in one["name"]}
        self._require(len(named) == 2, "演示的名单里没有母亲和替她办事的女儿")
        daughter = self._sign_in_by_code(named["女儿"]["phone"])
        given = next(one for one in daughter.get("/delegations")["items"] if one["basis"] == "granted")
        card = next(one for one in self.handbill["cards"] if one["building"] == named["母亲"]["building"])
        wish = {
            "kind": "consult",
            "card_token": card["token"],
            "summary": "替妈妈问：优待证怎么办？（演示）",
            "beneficiary": {"delegation": given["id"]},
        }
        case = daughter.post("/cases", wish, expect=201)
        under = daughter.get(f"/delegations/{given['id']}/cases")["items"]
        self._require(case["number"] in [one["number"] for one in under], "替母亲提的申请不在授权下面")
        daughter.step(case, "cancel")
        return f"女儿凭授权替{case['beneficiary']['name']}提了{case['number']}，又撤了"

    def _sign_in_by_code(self, phone: str) -> Client:
        Client(self.http).post("/auth/codes", {"phone": phone})
        code = self._wait("验证码没有送到", lambda: self._code_for(phone))
        signed = Client(self.http).post("/auth/sessions", {"phone": phone, "code": code})
        return Client(self.http, signed["token"])

    def _code_for(self, phone: str) -> str | None:
        items = self.http.get("/demo/inbox.json").json()["items"]
        return next((item["code"] for item in items if item["to"] == phone and item["code"]), None)

    def _file(self, resident: Client, *, mode: str) -> dict[str, Any]:
        wish = {
            "kind": "errand",
            "matter_code": self.matter["code"],
            "mode": mode,
            "card_token": self.card["token"],
            "summary": "请帮我办一张卡",
            "consents": ["hand_over@1"],
        }
        if mode == "off_hours":
            slots = resident.get("/slots", card_token=self.card["token"])["items"]
            free = [slot for slot in slots if slot["free"]]
            self._require(bool(free), "没有可以预约的时段")
            wish["slot_id"] = free[0]["id"]
        case: dict[str, Any] = resident.post("/cases", wish, expect=201)
        self._require(case["path"][-1]["kind"] == "butler", "申请没有到管家手里")
        return case

    def _butler_of(self, case: dict[str, Any]) -> Client:
        for one in self._staff("butler"):
            client = self._sign_in(one)
            if any(post["desk_id"] == case["desk"]["id"] for post in client.get("/me")["posts"]):
                return client
        raise VisitFailed("没有找到这张名片的管家")

    def _claim(self, butler: Client, case: dict[str, Any]) -> dict[str, Any]:
        for _ in range(50):  # others may have asked before us
            claimed = butler.post("/queue/claim-next")
            if claimed is None:
                break
            if claimed["number"] == case["number"]:
                return dict(claimed)
        raise VisitFailed("管家没有接到这件申请")

    def _escalated_to_grid(self, late: dict[str, Any]) -> dict[str, Any]:
        grid = next(hop for hop in late["path"] if hop["level"] == "grid")
        worker = next(one for one in self._staff("grid_worker") if one["unit_code"] == grid["unit_code"])
        self.grid_worker = self._sign_in(worker)

        def escalated() -> dict[str, Any] | None:
            items = self.grid_worker.get("/escalations", limit=50)["items"]
            return next((item for item in items if item["number"] == late["number"]), None)

        return dict(self._wait("网格员没有看到超时的办件", escalated))

    def _require_notices(self, late: dict[str, Any]) -> None:
        def told() -> bool | None:
            items = self.http.get("/demo/inbox.json").json()["items"]
            return any(late["number"] in item["text"] for item in items) or None

        self._wait("超时的提醒没有送到", told)

    def _sign_in(self, one: dict[str, str]) -> Client:
        signed = Client(self.http).post("/auth/login", {"username": one["username"], "password": one["password"]})
        return Client(self.http, signed["token"])

    def _staff(self, role: str) -> list[dict[str, str]]:
        return [one for one in self.handbill["staff"] if one["role"] == role]

    def _wait(self, otherwise: str, ask: Callable[[], Any]) -> Any:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = ask()
            if answer is not None:
                return answer
            time.sleep(0.2)
        raise VisitFailed(otherwise)

    def _require(self, true: bool, otherwise: str) -> None:
        if not true:
            raise VisitFailed(otherwise)

    def _tell(self, what: str, words: str) -> str:
        self.told.append((what, words))
        return what


STEPS = 17
"""How many things a visit does, for the progress bar; a test counts them."""
