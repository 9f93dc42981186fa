"""``make run``, except that what a file ``down-NAME`` in the instance names stays down: ``held.py INSTANCE PORT``."""

import sys
import time
from pathlib import Path

from butler.dev import run
from butler.dev.processes import Supervisor

instance, port = Path(sys.argv[1]), int(sys.argv[2])


class Held(Supervisor):
    """Starts again what died, but not what is being held down."""

    def tick(self, seconds: float = 0.1) -> None:
        for name, child in self.children.items():
            if child.restart_at is not None and (instance / f"down-{name}").exists():
                child.restart_at = time.monotonic() + 0.3
        super().tick(seconds)


run.Supervisor = Held  # type: ignore[misc]

if __name__ == "__main__":
    sys.exit(run.run(instance, port=port, with_parent=True))
