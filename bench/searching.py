"""``make bench ARGS=search``: how long a search takes, with the shipped catalogue and with twenty thousand matters.

The twenty thousand are made of the words of the shipped ones, put together anew with a fixed seed; only their number and
their likeness to each other matter here, not what they say.
"""

import random
import statistics
from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

from rich.console import Console
from rich.table import Table

from services_catalog.indexing import build_index
from services_catalog.loading import load
from services_catalog.model import Catalogue
from services_catalog.quality import read_queries
from services_catalog.search import Index

MANY = 20_000
SEED = 2026
AT_MOST = {"shipped": 15.0, "many": 40.0}  # ms, median
_PIECE = 4  # characters taken over at once


def measure() -> None:
    """Build both indexes, search with the queries of the quality set, print the times."""
    queries = [query.text for query in read_queries()]
    shipped = load()
    table = Table("catalogue", "matters", "built in", "median", "95 %", "at most", title="search, one thread")
    for name, catalogue in (("shipped", shipped), ("many", many(shipped, MANY))):
        begun = perf_counter()
        index = build_index(catalogue)
        built = perf_counter() - begun
        times = sorted(_times(index, queries))
        table.add_row(
            name,
            f"{len(catalogue.matters):,}",
            f"{built:.1f} s",
            f"{statistics.median(times):.1f} ms",
            f"{times[int(len(times) * 0.95)]:.1f} ms",
            f"{AT_MOST[name]:.0f} ms (median)",
        )
    Console().print(table)


def many(shipped: Catalogue, count: int) -> Catalogue:
    """`count` matters with names and everyday names mixed from the shipped ones."""
    chosen = random.Random(SEED)
    matters = list(shipped.matters.values())
    pieces = [
        text[place : place + _PIECE]
        for matter in matters
        for text in (matter.name, *matter.colloquial)
        for place in range(0, len(text), _PIECE)
    ]

    def mixed() -> str:
        return "".join(chosen.choices(pieces, k=3))

    made = [
        replace(
            chosen.choice(matters),
            code=f"M{number:05}",
            name=mixed(),
            colloquial=(mixed(),),
            steps=(),
            situations=(),
            remarks="",
        )
        for number in range(count)
    ]
    return Catalogue({matter.code: matter for matter in made}, {}, {}, "", elsewhere=shipped.elsewhere)


def _times(index: Index, queries: Sequence[str]) -> list[float]:
    times = []
    for query in queries:
        begun = perf_counter()
        index.search(query)
        times.append((perf_counter() - begun) * 1000)
    return times
