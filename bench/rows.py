"""The rows of the table: what is measured, against what, and how much is enough (design §9)."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any
from urllib.request import Request, urlopen

import orjson
from sqlalchemy import text

from bench.client import Load, load, request
from bench.scene import Caller, Server, butlers, residents
from butler.catalogue import queries as catalogue_queries
from butler.kit.database import db

ROUNDS = 8  # at most: a stretch of each side, by turns, so that whatever else the machine does hits both
WARM = 400  # answers before the first one that counts
WARM_SHARE = 0.25  # of the time for a line, on each side, at most: before that statements are still being prepared
IDLE = 0.1  # seconds of processor time in one second
MATTER = "M016"

Requests = Callable[[int], Iterator[bytes]]
"""Gives the requests of the n-th connection."""


@dataclass(frozen=True)
class Work:
    """Something to do on both sides."""

    name: str
    least: float | None
    """The ratio it should reach; None where it is only of interest."""
    requests: Requests
    status: int
    each: int  # answers in a stretch
    connections: int = 1
    ends: int | None = None  # the status that says that nothing is left to do


@dataclass
class Result:
    """One line of the table."""

    name: str
    against: str
    ratio: float
    least: float | None = None
    most: float | None = None
    spread: tuple[float, float] | None = None
    """The lower and the upper quartile of the ratio."""
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def good(self) -> bool | None:
        """Whether it is enough; None where nothing is asked."""
        if self.least is not None:
            return self.ratio >= self.least
        return None if self.most is None else self.ratio <= self.most


def compare(
    work: Work, application: Server, baseline: Server, seconds: float, tick: Callable[[], None] = lambda: None
) -> Result:
    """Do the work on both sides by turns and compare the rates, round by round.

    Takes about `seconds` at most, and half of it more to warm up: stretches are cut, and rounds left out, on a machine
    that has no time.
    """
    sides = (application, baseline)
    for server in sides:
        warm = WARM if work.status in (200, 304) and work.each > WARM else work.each // 3
        _stretch(work, server, warm, seconds * WARM_SHARE)
    ends = perf_counter() + seconds
    loads: dict[str, list[Load]] = {server.name: [] for server in sides}
    cpu = Counter[str]()
    for turn in range(ROUNDS):
        if turn > 2 and perf_counter() > ends:
            break
        done: dict[str, Load] = {}
        for server in sides if turn % 2 else sides[::-1]:
            before = server.cpu_seconds()
            done[server.name] = _stretch(work, server, work.each, seconds / (2 * ROUNDS))
            cpu[server.name] += server.cpu_seconds() - before
        if any(work.ends in one.statuses for one in done.values()):
            break  # this round does not count
        for name, one in done.items():
            loads[name].append(one)
        tick()
    ratios = sorted(ours.rate / theirs.rate for ours, theirs in zip(*loads.values(), strict=True))
    figures: dict[str, Any] = {"rounds": len(ratios), "connections": work.connections}
    answers: dict[str, int] = {}
    for server in sides:
        latencies = sorted(one for each in loads[server.name] for one in each.latencies)
        answers[server.name] = len(latencies)
        figures[server.name] = {
            "per_second": round(median(one.rate for one in loads[server.name])),
            "p50_ms": round(latencies[len(latencies) // 2] * 1000, 2),
            "p95_ms": round(latencies[int(len(latencies) * 0.95)] * 1000, 2),
            "cpu_ms": round(cpu[server.name] / len(latencies) * 1000, 3),
            "bytes": loads[server.name][0].bytes // len(loads[server.name][0].latencies),
        }
    figures["n"] = f"{len(ratios)} × {min(answers.values()) // len(ratios)}"
    figures["cpu_ratio"] = round(figures[baseline.name]["cpu_ms"] / figures[application.name]["cpu_ms"], 2)
    return Result(
        work.name,
        "bare Flask" if work.status == 304 or work.name.startswith("read") else "bare Flask + SQL by hand",
        median(ratios),
        least=work.least,
        spread=(ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]),
        figures=figures,
    )


def settle(server: Server, *, most: float = 60) -> None:
    """Wait until a server does nothing any more: what it loads beside its first request is no part of any other."""
    ends, before = perf_counter() + most, server.cpu_seconds()
    while perf_counter() < ends:
        sleep(1)
        after = server.cpu_seconds()
        if after - before < IDLE:
            return
        before = after


def _stretch(work: Work, server: Server, answers: int, seconds: float) -> Load:
    done = load(server.port, work.requests, connections=work.connections, most=answers, seconds=seconds)
    if set(done.statuses) - {work.status, work.ends}:
        raise RuntimeError(f"{work.name}: {server.name} answered {dict(done.statuses)}, not {work.status}")
    return done


def prepare_bodies(application: Server, paths: list[str], directory: Path) -> dict[str, str]:
    """Keep the bytes the application gives under each path, for the baseline; returns the tags."""
    directory.mkdir()
    index = {}
    for number, path in enumerate(paths):
        with urlopen(Request(f"http://127.0.0.1:{application.port}{path}", headers={"Host": "localhost"})) as answer:
            (directory / str(number)).write_bytes(answer.read())
            index[path] = (str(number), answer.headers["ETag"])
    (directory / "index.json").write_bytes(orjson.dumps(index))
    return {path: tag for path, (_, tag) in index.items()}


def paths_to_read() -> list[str]:
    """A matter, the catalogue, a card."""
    token = db.session.scalar(text("SELECT token FROM cards ORDER BY id LIMIT 1"))
    return [f"/api/v1/matters/{MATTER}", "/api/v1/catalogue", f"/api/v1/cards/{token}"]


def matter() -> str:
    """Revision and name of the matter that is asked for, as a case keeps them."""
    found = catalogue_queries.matter(MATTER)
    return f"{found.revision} {found.name}"


def reading(tags: dict[str, str]) -> list[Work]:
    """Public answers, whole and unchanged."""
    matter, catalogue, card = tags
    return [
        Work("read a matter", 0.85, _same(request("GET", matter)), 200, 1500),
        Work("read the catalogue", 0.85, _same(request("GET", catalogue)), 200, 500),
        Work("read a card", 0.85, _same(request("GET", card)), 200, 1500),
        Work(
            "read a matter again (304)", 0.85, _same(request("GET", matter, {"If-None-Match": tags[matter]})), 304, 1500
        ),
        Work("read a card, asking the database", None, _fresh(card), 200, 300),
    ]


def writing() -> list[Work]:
    """Filing, then claiming what was filed."""
    askers, takers = residents(), butlers()
    return [
        Work("file a case", 0.5, filing(askers), 201, 120),
        Work("claim next", 0.5, claiming(takers), 200, 100, ends=204),
    ]


def filing(askers: list[Caller]) -> Requests:
    """Errands of many residents, each for their own building."""

    turns = count()

    def of_connection(_: int) -> Iterator[bytes]:
        for turn in turns:
            asker = askers[turn % len(askers)]
            wish = {
                "kind": "errand", "mode": "daytime", "matter_code": MATTER, "building_id": str(asker.building_id),
                "summary": "请帮我办异地就医备案，下个月要去上海看病。", "consents": ["hand_over@1"],
            }  # fmt: skip
            yield request("POST", "/api/v1/cases", _headers(asker), orjson.dumps(wish))

    return of_connection


def claiming(takers: list[Caller]) -> Requests:
    """Butlers who take the next case of their desk."""

    turns = count()

    def of_connection(_: int) -> Iterator[bytes]:
        for turn in turns:
            yield request("POST", "/api/v1/queue/claim-next", _headers(takers[turn % len(takers)]), b"{}")

    return of_connection


_keys = count(1)


def _headers(caller: Caller) -> dict[str, str]:
    return {
        "Authorization": caller.authorization,
        "Content-Type": "application/json",
        "Idempotency-Key": f"bench-{next(_keys):012d}",
    }


def _same(wanted: bytes) -> Requests:
    def of_connection(_: int) -> Iterator[bytes]:
        while True:
            yield wanted

    return of_connection


def _fresh(path: str) -> Requests:
    """A query string nobody kept an answer for."""
    return lambda number: (request("GET", f"{path}?n={number}-{turn}") for turn in count())
