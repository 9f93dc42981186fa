"""P1, P2, P5, P9: kill anything at any moment, and what somebody was told is done is there once, and told once.

`BUTLER_PROOF_RUNS` kills (20), moments by `BUTLER_PROOF_SEED`.
"""

import os
import random
import time
from collections import Counter

import pytest

from crowd import Crowd
from figures import Show
from running import WORDS, Running

KILLS = int(os.environ.get("BUTLER_PROOF_RUNS", "20"))
SEED = int(os.environ.get("BUTLER_PROOF_SEED", "20261122"))
RESIDENTS, BUTLERS = 6, 4
PATIENCE = 4.0  # seconds after a kill until the next, mostly cut short because all is well again


@pytest.mark.proof
def test_kill_anything_at_any_moment(whole: Running, show: Show) -> None:
    app, dice = whole, random.Random(SEED)
    begun = time.monotonic()
    with Crowd(app, residents=RESIDENTS, butlers=BUTLERS, seed=SEED) as crowd:
        killed = kill_in_turn(app, dice, begun)
        app.wait_until_ready()
        time.sleep(dice.uniform(1, 2))
    seconds = time.monotonic() - begun

    assert crowd.complaints == []
    lost, doubled = crowd.lost_and_doubled()
    show(
        "P1",
        "kill -9 of web, worker, scheduler, Valkey and PostgreSQL: what was acknowledged is there, once",
        kills=len(killed),
        of=dict(Counter(killed)),
        seed=SEED,
        callers=len(crowd.callers),
        seconds=round(seconds),
        acknowledged=len(crowd.told),
        cases=sum(done.step == "filed" for done in crowd.told),
        lost=len(lost),
        duplicated=len(doubled),
        errors_shown=crowd.errors.total(),
        errors_that_had_committed=sum(caller.had_committed for caller in crowd.callers),
    )
    print(dict(crowd.errors))
    assert (lost, doubled) == ([], [])
    seconds = wait_for_notices(app)
    sent = notices_sent(app)
    show("P5", "no notice lost or shown twice", notices=sent, lost=0, shown_twice=0, last_after_seconds=round(seconds))
    checked = app.flask("butler", "check")
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr


def kill_in_turn(app: Running, dice: random.Random, begun: float) -> list[str]:
    """Kill one after the other, in a new order each round; mostly when all is well again, often before."""
    killed: list[str] = []
    while len(killed) < KILLS:
        for name in dice.sample(sorted(WORDS), len(WORDS)):
            if len(killed) == KILLS:
                break
            patience = time.monotonic() + dice.choice([0, *[PATIENCE] * 3])
            while time.monotonic() < patience and not app.says_it_is_ready():
                time.sleep(0.05)
            time.sleep(dice.uniform(0.2, 1.8))
            victim = "its worker process" if name == "web" and dice.random() < 0.5 else ""
            if not (victim and kill_web_worker(app)):
                app.kill(name)
            killed.append(name)
            print(f"{time.monotonic() - begun:6.1f} s  kill -9 {name} {victim}", flush=True)
    return killed


def kill_web_worker(app: Running) -> bool:
    """Kill the process that serves people, not the one that minds it."""
    children = app.wait_for("web").children()
    for child in children[:1]:
        child.kill()
    return bool(children)


def wait_for_notices(app: Running, seconds: float = 90) -> float:
    """Seconds until everything has left, the last of which may wait for the claim of a killed process to end."""
    begun = time.monotonic()
    while app.ask("SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT 1"):
        assert time.monotonic() < begun + seconds, app.ask("SELECT * FROM outbox WHERE sent_at IS NULL")
        time.sleep(0.2)
    return time.monotonic() - begun


def notices_sent(app: Running) -> int:
    """How many notices there are. Each is in the outbox and in the demo inbox, once; each step somebody else took was
    told to who asked, and each confirmation to who did the work."""
    notices = [name for (name,) in app.ask("SELECT dedupe_id FROM notices ORDER BY 1")]
    carried = [name for (name,) in app.ask("SELECT dedupe_id FROM outbox WHERE topic = 'notice' ORDER BY 1")]
    shown = [
        name for (name,) in app.ask("SELECT dedupe_id FROM demo_messages WHERE dedupe_id LIKE 'case:%%' ORDER BY 1")
    ]
    expected = {name for (name,) in app.ask(EXPECTED)}
    assert notices == carried == shown
    assert expected - set(shown) == set()
    return len(shown)


EXPECTED = """
    SELECT format('case:%%s:%%s:%%s', case_id, seq, CASE step WHEN 'confirm' THEN resolver_id ELSE asker_id END)
    FROM case_steps JOIN cases ON cases.id = case_id
    WHERE step IN ('claim', 'authorise', 'receive_originals', 'submit', 'record_result', 'return_originals',
                   'answer', 'resolve', 'confirm')
"""
