"""P18: PostgreSQL is gone for ten seconds under load: an honest 503 for everybody, and nothing needs a restart after."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx
import psycopg
import pytest

from figures import Show
from running import Running

AWAY = 10.0  # seconds
BACK_WITHIN = 5.0
SLOWEST = 10.0  # seconds anybody waits for the honest answer
PROCESSES = ("web", "worker", "scheduler")


@dataclass
class Answer:
    """What somebody got, and when (seconds of a monotonic clock)."""

    path: str
    begun: float
    ended: float
    status: int
    kind: str
    body: str

    @property
    def honest(self) -> bool:
        """A problem document for programs, a page for people, both saying that it is us and that nothing is lost."""
        if self.path.startswith("/api/"):
            return self.kind == "application/problem+json" and '"dependency-down"' in self.body
        return self.kind.startswith("text/html") and "暂时连不上" in self.body


@dataclass
class Visitors:
    """People who look at something all the time, each at one address."""

    answers: list[Answer] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @contextmanager
    def looking(self, app: Running, token: str) -> Iterator[None]:
        """For the length of the block."""
        stop = threading.Event()
        card = app.handbill["cards"][0]["token"]
        paths = (f"/c/{card}", "/api/v1/cases", f"/api/v1/cards/{card}", "/api/v1/cases?as=asker", "/sign-in", "/")
        threads = [threading.Thread(target=self._look, args=(app, token, path, stop)) for path in paths]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def all_see_something_since(self, moment: float) -> bool:
        """Whether every address has been answered properly since."""
        well = {answer.path for answer in self.answers if answer.begun > moment and answer.status == 200}
        return well == {answer.path for answer in self.answers}

    def _look(self, app: Running, token: str, path: str, stop: threading.Event) -> None:
        headers = {"Authorization": f"Bearer {token}"} if path.startswith("/api/") else {"Accept": "text/html"}
        with app.client(seconds=2 * SLOWEST) as http:
            while not stop.is_set():
                begun = time.monotonic()
                try:
                    answer = http.get(path, headers=headers)
                except httpx.TransportError as error:
                    self.failures.append(f"{path}: {error!r}")
                else:
                    kind = answer.headers["Content-Type"]
                    self.answers.append(Answer(path, begun, time.monotonic(), answer.status_code, kind, answer.text))
                stop.wait(0.05)


@pytest.mark.proof
def test_while_the_database_is_away_everybody_is_told_and_then_all_is_well(whole: Running, show: Show) -> None:
    app, visitors = whole, Visitors()
    (token,) = app.sign_in_residents(1)
    app.wait_until_ready()
    pids = [app.wait_for(name).pid for name in PROCESSES]
    with visitors.looking(app, token):
        time.sleep(1)
        with app.without("postgres"):
            gone = time.monotonic()
            time.sleep(AWAY)
        back = wait_until_it_answers(app)
        while not visitors.all_see_something_since(back):
            assert time.monotonic() < back + BACK_WITHIN
            time.sleep(0.1)
        time.sleep(1)

    assert visitors.failures == []
    assert {answer.status for answer in visitors.answers} == {200, 503}
    refused = [answer for answer in visitors.answers if answer.status == 503]
    assert [answer for answer in refused if not answer.honest] == []
    slowest = max(answer.ended - answer.begun for answer in visitors.answers)
    assert slowest <= SLOWEST
    well_again = max(answer.ended for answer in refused) - back
    assert well_again <= BACK_WITHIN
    delivered = seconds_to_a_delivered_notice(app, token)
    assert delivered <= 15
    assert [app.wait_for(name).pid for name in PROCESSES] == pids  # nothing had to be started again
    show(
        "P18",
        "PostgreSQL killed and away under load: honest 503, back without a restart",
        away_seconds=round(back - gone, 1),
        answers=len(visitors.answers),
        refused=len(refused),
        dishonest=0,
        slowest_answer_seconds=round(slowest, 1),
        well_again_after_seconds=round(max(0.0, well_again), 1),
        notice_after_seconds=round(delivered, 1),
    )


@pytest.mark.proof
def test_every_connection_cut_at_once_is_made_anew(whole: Running, show: Show) -> None:
    app, visitors = whole, Visitors()
    (token,) = app.sign_in_residents(1)
    app.wait_until_ready()
    pids = [app.wait_for(name).pid for name in PROCESSES]
    cut = 0
    with visitors.looking(app, token):
        for _ in range(10):
            time.sleep(0.3)
            query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'butler_app'"
            cut += app.ask(query)[0][0]
        last = time.monotonic()
        time.sleep(2)

    assert visitors.failures == []
    refused = [answer for answer in visitors.answers if answer.status != 200]
    assert [(answer.status, answer.body) for answer in refused if not (answer.status == 503 and answer.honest)] == []
    assert [answer for answer in refused if answer.begun > last + 1] == []
    assert visitors.all_see_something_since(last)
    assert seconds_to_a_delivered_notice(app, token) <= 15
    assert [app.wait_for(name).pid for name in PROCESSES] == pids
    show("P18", "every connection cut, ten times", cut=cut, answers=len(visitors.answers), refused=len(refused))


def wait_until_it_answers(app: Running) -> float:
    """The moment at which PostgreSQL takes connections again."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with suppress(psycopg.OperationalError):
            app.ask("SELECT 1")
            return time.monotonic()
        time.sleep(0.05)
    raise AssertionError("PostgreSQL does not come back")


def seconds_to_a_delivered_notice(app: Running, token: str) -> float:
    """File a question, and wait until the butler's notice has been delivered."""
    card = app.handbill["cards"][0]["token"]
    wish = {"kind": "consult", "card_token": card, "summary": "优待证怎么办？"}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"away-{time.monotonic_ns()}"}
    begun = time.monotonic()
    with app.client() as http:
        number = http.post("/api/v1/cases", json=wish, headers=headers).raise_for_status().json()["number"]
    while not app.ask(_DELIVERED, number=number):
        assert time.monotonic() < begun + 30
        time.sleep(0.1)
    return time.monotonic() - begun


_DELIVERED = """
SELECT 1 FROM demo_messages JOIN notices USING (dedupe_id) JOIN cases ON cases.id = case_id WHERE number = %(number)s"""
