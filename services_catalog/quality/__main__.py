"""`python -m services_catalog.quality [--missed]` prints how good the search is."""

import statistics
import sys
import time
from collections.abc import Iterable

from ..indexing import build_index
from ..loading import load
from ..search import Index
from . import FOREIGN, HELD_BACK, Result, by_kind, measure, read_queries


def main(arguments: list[str]) -> int:
    """Print the table; with `--missed` also what was missed, of the public set and the tuning halves only."""
    index = build_index(load())
    queries = read_queries()
    results = measure(index, queries)
    print(f"{'set':<13}{'kind':<12}{'n':>5}{'hit@1':>8}{'hit@3':>8}{'MRR':>8}{'refused':>9}")
    for part, kind, one in by_kind(results):
        shares = "".join("       -" if share is None else f"{share:8.3f}" for share in (one.hit1, one.hit3, one.mrr))
        wide = sum(char > "ÿ" for char in kind)
        print(f"{part:<13}{kind:<{12 - wide}}{one.count:>5}{shares}{one.refused:9.3f}")
    times = []
    for query in queries[:300]:
        begun = time.perf_counter()
        index.search(query.text)
        times.append((time.perf_counter() - begun) * 1000)
    print(f"median {statistics.median(times):.1f} ms, longest {max(times):.1f} ms, {len(times)} queries")
    if "--missed" in arguments:
        _print_missed(index, results)
    return 0


def _print_missed(index: Index, results: Iterable[Result]) -> None:
    for result in results:
        right = result.answered == bool(result.query.codes) and (result.rank == 1 or not result.query.codes)
        if result.query.part not in HELD_BACK and not right:
            first = [hit.code for hit in index.search(result.query.text, 3).items]
            wanted = ";".join(result.query.codes) or FOREIGN
            print(f"{result.query.part}  {result.query.text}  {wanted}  {'' if result.answered else '没有回答'}{first}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
