"""A supervisor over stand-ins: ``python standin.py INSTANCE PORT [unguarded] [parent] [noisy]``.

``unguarded`` turns off the kernel's help, as on a system without it: killed, it leaves everything behind.
``noisy`` adds a process that never stops talking. The worker starts a job in a session of its own, as RQ does.
"""

import sys
from dataclasses import replace
from pathlib import Path

from butler.dev import processes
from butler.dev.run import Plan, run

PYTHON = sys.executable
SLEEP = "import time; time.sleep(600)"
NOISE = "while True: print('x' * 100)"
JOB = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEP!r}], start_new_session=True)"
PLAN = Plan(
    prepare=(PYTHON, "-c", "import os; print('DATABASE_URL=' + os.environ['DATABASE_URL'])"),
    web=(PYTHON, "-m", "http.server", "{port}", "--bind", "{host}"),
    ready_path="/",
    background={"worker": (PYTHON, "-c", JOB), "scheduler": (PYTHON, "-c", SLEEP)},
)

if __name__ == "__main__":
    instance, port, *words = sys.argv[1:]
    if "unguarded" in words:
        processes._libc = None
    plan = replace(PLAN, background={"noise": (PYTHON, "-c", NOISE)}) if "noisy" in words else PLAN
    sys.exit(run(Path(instance), port=int(port), plan=plan, with_parent="parent" in words))
