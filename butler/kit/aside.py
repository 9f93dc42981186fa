"""Work that nobody should wait for, done in order by a thread beside the others."""

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread


class Aside:
    """Calls `work` with what it was given, all that has come together in one call. What is still waiting when the
    process ends is lost: only for work that somebody else makes up for. `work` does not raise."""

    def __init__(self, work: Callable[[Sequence[int]], object]) -> None:
        self._work = work
        self._waiting: SimpleQueue[Sequence[int]] = SimpleQueue()
        self._thread: Thread | None = None
        self._starting = Lock()

    def __call__(self, things: Sequence[int]) -> None:
        """Leave these to the thread."""
        self._waiting.put(things)
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = Thread(target=self._run, name="aside", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            things = list(self._waiting.get())
            while True:
                try:
                    things += self._waiting.get_nowait()
                except Empty:
                    break
            self._work(things)
