"""P17: Valkey is gone; residents file, butlers work, and notices leave with the poller within fifteen seconds."""

import time

import pytest

from crowd import Crowd
from figures import Show
from running import Running

WORK = {"filed", "claim", "answer", "submit", "resolve"}
WITHIN = 15.0  # seconds
ENDS_WITHIN = 5.0


@pytest.mark.proof
def test_without_valkey_everything_works_and_notices_are_a_little_later(whole: Running, show: Show) -> None:
    app = whole
    app.wait_until_ready()
    crowd = Crowd(app, residents=3, butlers=2, seed=17)
    last_notice = app.ask("SELECT coalesce(max(id), 0) FROM notices")[0][0]
    with app.without("valkey"):
        begun = time.monotonic()
        with crowd:
            time.sleep(4)
            while not {done.step for done in crowd.told} >= WORK:
                assert time.monotonic() < begun + 60, (crowd.complaints, {done.step for done in crowd.told})
                time.sleep(0.5)
        seconds = time.monotonic() - begun
        with app.client() as http:
            ready = http.get("/readyz")
        late = wait_for_notices_since(app, last_notice)
        worker = app.wait_for("worker")
        worker.terminate()
        worker.wait(ENDS_WITHIN)  # asked to stop, it does not wait for Valkey to come back
        assert app.process("valkey") is None

    assert crowd.complaints == []
    assert dict(crowd.errors) == {}  # nobody saw an error at all
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert crowd.lost_and_doubled() == ([], [])
    assert late
    assert max(late) <= WITHIN
    show(
        "P17",
        "without Valkey residents file and butlers work",
        seconds=round(seconds),
        acknowledged=len(crowd.told),
        errors_shown=0,
        notices=len(late),
        latest_notice_after_seconds=round(max(late), 1),
    )


def wait_for_notices_since(app: Running, last_notice: int) -> list[float]:
    """Seconds from deed to delivery of each notice, when all have been delivered."""
    until = time.monotonic() + 2 * WITHIN
    while app.ask("SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT 1"):
        assert time.monotonic() < until, app.ask("SELECT topic, attempts, due_at FROM outbox WHERE sent_at IS NULL")
        time.sleep(0.2)
    query = """SELECT extract(epoch FROM sent_at - notices.created_at) FROM notices
               JOIN outbox USING (dedupe_id) WHERE notices.id > %(last)s"""
    return [float(seconds) for (seconds,) in app.ask(query, last=last_notice)]
