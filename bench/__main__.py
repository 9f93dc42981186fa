"""``make bench``: the table, and ``build/bench.json``. One part: ``make bench ARGS=writing``.

Each line of the table takes ``--seconds`` at most, when it is warm: on a busy machine less is asked, and it says how
much. Ctrl-C (or SIGTERM) ends it at once and prints what has been measured so far.
"""

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table
from sqlalchemy import text

from bench import country, crowds, rows, searching
from bench.rows import Result
from bench.scene import THREADS, Scene, scene
from butler.dev.servers import embedded
from butler.kit.database import db

PARTS = ("reading", "writing", "crowds")
COUNTRY = "country"  # minutes, by itself
SEARCH = "search"  # needs no server
OUT = Path("build/bench.json")
LIBRARIES = ("flask", "granian", "sqlalchemy", "psycopg", "flask-smorest", "marshmallow", "orjson")


def main() -> None:
    """Measure the parts that were asked for and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)} (all if none is given), or {COUNTRY}, or {SEARCH}"
    )
    parser.add_argument("--seconds", type=float, default=40, metavar="S", help="most for one line (%(default)s)")
    asked = parser.parse_args()
    parts = asked.parts or list(PARTS)
    if parts == [SEARCH]:
        searching.measure()
        return
    if parts == [COUNTRY]:
        with embedded(durable=True) as urls:
            country.measure(urls, None)
        return
    if unknown := set(parts) - set(PARTS):
        parser.error(f"unknown part: {', '.join(sorted(unknown))}")
    begun = perf_counter()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    results: list[Result] = []
    console, interrupted, postgres = Console(stderr=True), False, "?"
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("starting the servers, making the town", total=None)
        try:
            with scene() as stage:
                with stage.app.app_context():
                    postgres = db.session.scalar(text("SHOW server_version"))
                    db.session.remove()
                for one in _measure(stage, parts, asked.seconds, progress, bar):
                    results.append(one)
                    console.print(f"{one.name}: {one.ratio:.2f}", highlight=False)
        except KeyboardInterrupt:
            interrupted = True
    seconds = perf_counter() - begun
    about = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "versions": {"python": platform.python_version(), "postgresql": postgres}
        | {name: version(name) for name in LIBRARIES},
        "server": f"granian, 1 worker, {THREADS} blocking threads, loopback, keep-alive",
        "seed": "none: the same requests in the same order every time",
        "seconds": round(seconds),
        "interrupted": interrupted,
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({**about, "rows": [asdict(one) for one in results]}, ensure_ascii=False, indent=1))
    _print(results, about)
    if interrupted or any(one.good is False for one in results):
        sys.exit(1)


def _measure(stage: Scene, parts: list[str], seconds: float, progress: Progress, bar: TaskID) -> Iterator[Result]:
    if "crowds" in parts:  # first: a database is copied while nobody is connected to it
        progress.update(bar, total=rows.ROUNDS + 4, description="queues and claims of many")
        for measure in (crowds.queue_pages, crowds.fight):
            yield measure(stage, lambda: progress.advance(bar))
    if set(parts) == {"crowds"}:
        return
    with stage.app.app_context():
        paths, writing, matter = rows.paths_to_read(), rows.writing(), rows.matter()
        db.session.remove()
    application = stage.serve("application", "wsgi:app")
    bodies = stage.directory / "bodies"
    tags = rows.prepare_bodies(application, paths, bodies)
    progress.update(bar, description="waiting until everything is loaded")
    rows.settle(application)
    baseline = stage.serve("baseline", "bench.baseline:app", {"BENCH_BODIES": str(bodies), "BENCH_MATTER": matter})
    works = [
        *(rows.reading(tags) if "reading" in parts else ()),
        *(writing if "writing" in parts else ()),
    ]
    progress.reset(bar, total=len(works) * rows.ROUNDS)
    for number, work in enumerate(works):
        progress.update(bar, completed=number * rows.ROUNDS, description=work.name)
        yield rows.compare(work, application, baseline, seconds, lambda: progress.advance(bar))


def _print(results: list[Result], about: dict) -> None:
    table = Table("work", "measured against", "ratio", "asked", "ours /s · p50 · p95 · cpu ms", "theirs", "cpu", "N")
    for one in results:
        asked = f"≥ {one.least}" if one.least is not None else f"≤ {one.most}" if one.most is not None else "–"
        spread = f" ({one.spread[0]:.2f}–{one.spread[1]:.2f})" if one.spread else ""
        mark = {True: "✓", False: "✗", None: " "}[one.good]
        table.add_row(
            one.name, one.against, f"{one.ratio:.2f}{spread} {mark}", asked,
            *(_side(one.figures.get(side)) for side in ("application", "baseline")),
            str(one.figures.get("cpu_ratio", "")), str(one.figures.get("n", "")),
        )  # fmt: skip
    console = Console(width=None if sys.stdout.isatty() else 170)
    console.print(table)
    for name, words in about.items():
        console.print(f"{name}: {words}", highlight=False)


def _side(figures: dict | None) -> str:
    if figures is None:
        return ""
    return f"{figures['per_second']:,} · {figures['p50_ms']} · {figures['p95_ms']} · {figures['cpu_ms']}"


if __name__ == "__main__":
    main()
