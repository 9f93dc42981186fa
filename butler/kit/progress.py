"""How far a long command is, for whoever waits at a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

Tell = Callable[[str, int, int], object]
"""What is being done, how many are done, of how many."""


@contextmanager
def progress_bar(name: str) -> Iterator[Tell]:
    """A bar on standard error, when that is a terminal: “写入  已完成 312/1,000  31%  约剩 00:40”."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("已完成 {task.completed:,.0f}/{task.total:,.0f}"),
        TaskProgressColumn(),
        TextColumn("约剩"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name)
        yield lambda what, done, total: progress.update(task, description=what, completed=done, total=total)
