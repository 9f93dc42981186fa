"""How good the search is, measured on queries whose matter is known.

`python -m services_catalog.quality` prints hit@1, hit@3, MRR and refusals by kind of query. `queries_public.csv` holds a
query a matter; `queries.csv` more, and questions no matter is about (`code` empty), in two halves: `tune` may be looked
at when weights and thresholds are chosen, `test` may not. `fresh.csv` was written later, from the names and everyday
names of the matters, before any ask was read, and frozen before it was first measured; a hash of the query says which
half of it may be looked at (`fresh-tune`) and which may not (`fresh-test`). `second.csv` was written and frozen in the
same way when all of that had been tuned, from the names alone, with hard foreign questions that share a word with a
matter.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..search import Index

HERE = Path(__file__).parent
FOREIGN = "不归这里"
HARD = "不归这里·难"  # it shares a word with a matter and asks for something else
HELD_BACK = ("test", "fresh-test", "second-test")  # never printed one by one, so that nobody tunes on them
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Query:
    """A query, the matters that would be right (none: nothing is), its kind, and the set it belongs to."""

    text: str
    codes: tuple[str, ...]
    kind: str
    part: str


@dataclass(frozen=True, slots=True)
class Result:
    """Where the right matter was found (1 = first, 0 = not among the first ten), and whether an answer was given."""

    query: Query
    rank: int
    answered: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Of queries with a matter: `hit1` and `hit3` shares, mean reciprocal rank, share wrongly refused. Of foreign ones:
    the share rightly refused. None where there were no such queries."""

    count: int
    hit1: float | None
    hit3: float | None
    mrr: float | None
    refused: float


def read_queries() -> list[Query]:
    """All queries at hand: the public ones, both halves of `queries.csv`, of `fresh.csv` and of `second.csv`."""
    queries = [
        Query(row["query"], tuple(row["codes"].split(";")), row["type"], "public")
        for row in _rows(HERE / "queries_public.csv")
    ]
    for row in _rows(HERE / "queries.csv"):
        codes = tuple(filter(None, row["code"].split(";")))
        queries.append(Query(row["query"], codes, row["kind"] if codes else FOREIGN, row["half"]))
    for name in ("fresh", "second"):
        for row in _rows(HERE / f"{name}.csv"):
            codes = tuple(filter(None, row["code"].split(";")))
            kind = row["kind"] if codes else HARD if row["kind"] == "hard" else FOREIGN
            half = "test" if _is_held_back(row["query"]) else "tune"
            queries.append(Query(row["query"], codes, kind, f"{name}-{half}"))
    return queries


def measure(index: Index, queries: Iterable[Query]) -> list[Result]:
    """Ask the index every query."""
    results = []
    for query in queries:
        answer = index.search(query.text, SHOWN)
        ranks = [place for place, hit in enumerate(answer.items, start=1) if hit.code in query.codes]
        results.append(Result(query, ranks[0] if ranks else 0, answer.answered))
    return results


def figures(results: Sequence[Result]) -> Figures:
    """The figures of some results."""
    known = [result for result in results if result.query.codes]
    refused = sum(not result.answered for result in results) / len(results) if results else 0.0
    if not known:
        return Figures(len(results), None, None, None, refused)
    return Figures(
        count=len(results),
        hit1=sum(result.rank == 1 for result in known) / len(known),
        hit3=sum(0 < result.rank <= 3 for result in known) / len(known),
        mrr=sum(1 / result.rank for result in known if result.rank) / len(known),
        refused=refused,
    )


def by_kind(results: Iterable[Result]) -> Iterator[tuple[str, str, Figures]]:
    """Figures of each set and each kind in it; kind 全部 is all of a set that have a matter."""
    parts: defaultdict[str, defaultdict[str, list[Result]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        parts[result.query.part][result.query.kind].append(result)
        if result.query.codes:
            parts[result.query.part]["全部"].append(result)
    for part, kinds in parts.items():
        for kind in sorted(kinds, key=lambda kind: (kind in (FOREIGN, HARD), kind == "全部", kind)):
            yield part, kind, figures(kinds[kind])


def _is_held_back(query: str) -> bool:
    return hashlib.sha256(query.encode()).digest()[0] % 2 == 1


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
