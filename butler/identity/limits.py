"""How often one caller may call: a few lanes with numbers, counted in Valkey, or in this process while Valkey is away.

A caller is the person who is signed in, else the network address (a /64 of IPv6). Each lane counts by itself, so that
a flood of searches stops nobody's request, and an emergency has a lane of its own that nothing else can fill. Money
(text messages) and passwords are counted in PostgreSQL instead: those counters must outlive a restart (`identity`).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from flask import Flask, Response, current_app, g, request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter, RateLimiter

from butler.identity.actions.hashing import keyed_hash
from butler.identity.rules import network_of
from butler.kit import clock
from butler.kit.errors import RateLimited
from butler.web.guard import API_PREFIX

log = structlog.get_logger(__name__)

_API = API_PREFIX + "v1"
_LEFT_ALONE = 5.0  # seconds without asking a Valkey that did not answer
_UNCOUNTED = frozenset({"web.static", "health.healthz", "health.readyz"})


@dataclass(frozen=True)
class Lane:
    """`per_person` and `per_address` in the notation of the library `limits`; `rules` are addresses of the URL map.

    Many residents share one address (an estate's network, WeChat's proxies), so an address may do far more than a person.
    """

    name: str
    per_person: str
    per_address: str
    rules: frozenset[str] = field(default=frozenset())


READING = Lane("reading", "600/minute", "3000/minute")
WRITING = Lane("writing", "120/minute", "600/minute")
SEARCHING = Lane("searching", "90/minute", "900/minute", frozenset({"/matters", f"{_API}/search"}))
FILING = Lane("filing", "20/10 minutes", "200/10 minutes", frozenset({"/cases", f"{_API}/cases"}))
EMERGENCY = Lane("emergency", "20/10 minutes", "200/10 minutes")
GUESSING = Lane(
    "guessing", "60/10 minutes", "60/10 minutes", frozenset({"/c/<token>", "/C/<token>", f"{_API}/cards/<token>"})
)
"""Cards that are not there: only a 404 counts, so that people who scan real cards never meet this limit."""

LANES = (READING, WRITING, SEARCHING, FILING, EMERGENCY, GUESSING)
_BY_RULE: Mapping[str, Lane] = {rule: lane for lane in (SEARCHING, FILING) for rule in lane.rules}


def install(app: Flask) -> None:
    """Count every request once it is known who asks. `settings.limit_factor` multiplies the numbers; 0 counts nothing."""
    settings = app.extensions["settings"]
    if settings.limit_factor <= 0:
        return
    shared = storage_from_string(
        settings.redis_url, wrap_exceptions=True, socket_timeout=0.5, socket_connect_timeout=0.5, key_prefix="limits"
    )
    app.extensions["limits"] = _Counters(
        shared=FixedWindowRateLimiter(shared), own=FixedWindowRateLimiter(MemoryStorage()), factor=settings.limit_factor
    )
    app.before_request(_count)
    app.after_request(_count_miss)


def lane_of(rule: str, method: str) -> Lane:
    """The lane in which a request to this address is counted."""
    reads = method in ("GET", "HEAD", "OPTIONS")
    lane = _BY_RULE.get(rule, READING if reads else WRITING)
    return READING if lane is FILING and reads else lane


@dataclass
class _Counters:
    shared: RateLimiter
    own: RateLimiter
    factor: float
    away_until: float = 0.0  # on the monotonic clock: a server that does not answer is not asked at every request

    def hit(self, lane: Lane) -> timedelta | None:
        """Count one; how long to wait when it was one too many."""
        return self._ask("hit", lane)

    def full(self, lane: Lane) -> timedelta | None:
        """How long to wait when the lane is full; counts nothing."""
        return self._ask("test", lane)

    def _ask(self, what: str, lane: Lane) -> timedelta | None:
        item, caller = self._item(lane), _caller()
        limiters = (self.own,) if time.monotonic() < self.away_until else (self.shared, self.own)
        for limiter in limiters:
            try:
                if getattr(limiter, what)(item, lane.name, caller):
                    return None
                ends = limiter.get_window_stats(item, lane.name, caller).reset_time
                return timedelta(seconds=min(ends - clock.now().timestamp(), item.get_expiry()))
            except StorageError:
                self.away_until = time.monotonic() + _LEFT_ALONE
                log.warning("limits.storage_away")  # meanwhile this process counts for itself
        raise AssertionError("the counters of this process are always there")

    def _item(self, lane: Lane) -> RateLimitItem:
        item = parse(lane.per_person if g.get("actor") else lane.per_address)
        return type(item)(max(1, round(item.amount * self.factor)), item.multiples, item.namespace)


def _count() -> None:
    rule = request.url_rule
    if rule is None or request.endpoint in _UNCOUNTED:
        return
    counters: _Counters = current_app.extensions["limits"]
    if rule.rule in GUESSING.rules and (wait := counters.full(GUESSING)):
        raise _too_often(wait)
    lane = lane_of(rule.rule, request.method)
    wait = counters.hit(lane)
    if wait and lane is FILING and _is_emergency():
        wait = counters.hit(EMERGENCY)
    if wait:
        raise _too_often(wait)


def _count_miss(response: Response) -> Response:
    if response.status_code == 404 and request.url_rule is not None and request.url_rule.rule in GUESSING.rules:
        current_app.extensions["limits"].hit(GUESSING)
    return response


def _is_emergency() -> bool:
    """Read leniently: whether it is one is decided by the view; here it only opens the other lane."""
    sent = request.get_json(silent=True) if request.path.startswith(API_PREFIX) else request.form
    return isinstance(sent, Mapping) and sent.get("urgency") == "emergency"


def _caller() -> str:
    actor = g.get("actor")
    return f"p{actor.person_id}" if actor else keyed_hash("address", network_of(request.remote_addr))


def _too_often(wait: timedelta) -> RateLimited:
    return RateLimited(
        "您操作得太快了，请过一会儿再试，之前办的都没有丢。"
        "有急事请直接打管家或物业的电话；有生命危险请打110、119或120。",
        retry_after=wait,
    )
