"""Many cases and many butlers: does a queue cost the same in a large town, and does anybody get what another has?

Each question has a database of its own, copied from the town's.
"""

from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from sqlalchemy import create_engine, text

from bench.client import load, request
from bench.rows import ROUNDS, Requests, Result, claiming
from bench.scene import Caller, Scene, butlers, colleagues
from butler.kit.envelopes import new_key, wrap

FEW, MANY = 10_000, 300_000
WAITING = 1_200  # of them, in both: a hundred for each butler; the others are closed
PAGES = 40  # in a stretch
CLAIMERS, CASES = 200, 100


def queue_pages(stage: Scene, tick: Callable[[], None]) -> Result:
    """The first page of a butler's queue with few cases and with many, by turns."""
    with stage.app.app_context():
        takers = butlers()
    servers = []
    for name, size in (("few", FEW), ("many", MANY)):
        url = stage.copy_database(name)
        _fill(url, FILL, {"size": size, "waiting": WAITING})
        servers.append(stage.serve(name, "wsgi:app", {"DATABASE_URL": url}))
        tick()
    times: dict[str, list[float]] = {"few": [], "many": []}
    for turn in range(ROUNDS + 1):
        for server in servers if turn % 2 else servers[::-1]:
            asked = load(server.port, _queues(takers), connections=1, most=PAGES, seconds=60)
            assert set(asked.statuses) == {200}, asked.statuses
            if turn:  # the first one warms up
                times[server.name] += asked.latencies
        tick()
    stage.stop("few", "many")
    p95 = {name: sorted(each)[int(len(each) * 0.95)] * 1000 for name, each in times.items()}
    return Result(
        f"queue page, p95 of {MANY:,} cases",
        f"itself with {FEW:,}",
        p95["many"] / p95["few"],
        most=1.3,
        figures={
            "n": len(times["few"]),
            "p95_ms": {name: round(one, 2) for name, one in p95.items()},
            "p50_ms": {name: round(median(each) * 1000, 2) for name, each in times.items()},
        },
    )


def fight(stage: Scene, tick: Callable[[], None]) -> Result:
    """Butlers of one desk press the button together, each once, for half as many cases."""
    with stage.app.app_context():
        crowd = colleagues(CLAIMERS)
    url = stage.copy_database("fight")
    _fill(url, FILL_ONE_DESK, {"size": CASES, "person": crowd[0].person_id})
    _fill_keys(stage, url)
    server = stage.serve("fight", "wsgi:app", {"DATABASE_URL": url})
    done = load(server.port, _once(crowd), connections=CLAIMERS, most=CLAIMERS, seconds=60)
    stage.stop("fight")
    claimed, doubles = _fill(url, COUNT_OWNERS, {})
    tick()
    assert dict(done.statuses) == {200: CASES, 204: CLAIMERS - CASES}, done.statuses
    assert claimed == CASES
    return Result(
        f"{CLAIMERS} butlers claim {CASES} cases",
        "cases with two owners",
        float(doubles),
        most=0,
        figures={"n": CLAIMERS, "seconds": round(done.seconds, 2)},
    )


def _queues(takers: list[Caller]) -> Requests:
    def of_connection(_: int) -> Iterator[bytes]:
        while True:
            for taker in takers:
                yield request("GET", "/api/v1/queue", {"Authorization": taker.authorization})

    return of_connection


def _once(crowd: list[Caller]) -> Requests:
    """Each connection is one butler, who asks once."""
    return lambda number: claiming([crowd[number]])(0)


def _fill_keys(stage: Scene, url: str) -> None:
    """A key for each case: whoever is told of it is told under the key."""
    engine = create_engine(url)
    with stage.app.app_context(), engine.begin() as connection:
        ids = connection.scalars(text("SELECT id FROM cases")).all()
        connection.execute(
            text("INSERT INTO case_keys (case_id, wrapped) VALUES (:case_id, :wrapped)"),
            [{"case_id": case_id, "wrapped": wrap(case_id, new_key())} for case_id in ids],
        )
    engine.dispose()


def _fill(url: str, statement: str, values: dict[str, Any]) -> Any:
    """Run one statement on a database, as its owner's role allows; its first row, if it gives any."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"options": "-c butler.system=bench"})
    with engine.connect() as connection:
        done = connection.execute(text(statement), values)
        row = done.one() if done.returns_rows else None
        connection.execute(text("ANALYZE cases"))
    engine.dispose()
    return row


_COLUMNS = """
INSERT INTO cases (number, district, kind, urgency, urgency_rank, stage, state, version, matter_name,
    asker_id, beneficiary_id, recorder_id, unit_id, unit_path, building_id, desk_id, accountable_desk_id,
    lease_epoch, due_why, due_at, next_alarm_at, created_at, last_seq, head_hash, outcome, closed_at, closed_level)"""

_PLACES = """
SELECT row_number() OVER (ORDER BY households.id) - 1 AS place, count(*) OVER () AS places, person_id, building_id,
    units.id AS unit_id, units.path, substr(units.code, 1, 6) AS district, desk_id
FROM residences JOIN households ON households.id = household_id JOIN building_grids USING (building_id)
JOIN units ON units.id = grid_id JOIN desk_buildings USING (building_id)"""

FILL = f"""
WITH places AS MATERIALIZED ({_PLACES}) {_COLUMNS}
SELECT 'bench-' || n, district, 'consult', 'normal', 1, CASE WHEN open THEN 'waiting' ELSE 'closed' END,
    CASE WHEN open THEN 'asked' ELSE 'answered' END, 1, '咨询', person_id, person_id, person_id,
    unit_id, path, building_id, desk_id, desk_id, 0, '', due_at, due_at, now() - n * interval '1 min', 0, '\\x00',
    CASE WHEN NOT open THEN 'confirmed' END, CASE WHEN NOT open THEN now() END, CASE WHEN NOT open THEN 'grid' END
FROM generate_series(1, :size) AS n, LATERAL (
    SELECT n <= :waiting AS open, CASE WHEN n <= :waiting THEN now() + n * interval '1 s' END AS due_at
) AS each
JOIN places ON place = n % places"""

FILL_ONE_DESK = f"""
{_COLUMNS}
SELECT 'bench-' || n, substr(units.code, 1, 6), 'consult', 'normal', 1, 'waiting', 'asked', 1, '咨询',
    :person, :person, :person, units.id, units.path, NULL, desk_id, desk_id, 0, '', now() + n * interval '1 s',
    now() + n * interval '1 s', now(), 0, '\\x00', NULL, NULL, NULL
FROM generate_series(1, :size) AS n, appointments JOIN units ON units.id = unit_id WHERE person_id = :person"""

COUNT_OWNERS = """
SELECT count(*), count(*) FILTER (WHERE owners > 1)
FROM (SELECT count(*) AS owners FROM case_steps WHERE step = 'claim' GROUP BY case_id) AS claims"""
