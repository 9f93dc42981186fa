"""``python -m butler.dev run | servers | sql | exec COMMAND…``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from butler.dev import run as commands
from butler.dev.instance import DEFAULT
from butler.dev.processes import StartError


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and do what it says. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m butler.dev", description="Development supervisor.")
    parser.add_argument("--instance", type=Path, default=Path(os.environ.get("BUTLER_INSTANCE") or DEFAULT))
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("run", help="servers, schema, demonstration data, web, worker, scheduler")
    verb.add_argument("--with-parent", action="store_true", help="end when the calling process ends")
    verb.add_argument("--host", default="127.0.0.1")
    verb.add_argument("--port", type=int, default=commands.WEB_PORT)
    verb = verbs.add_parser("servers", help="only PostgreSQL and Valkey; prints their addresses")
    verb.add_argument("--with-parent", action="store_true", help="end when the calling process ends")
    verb = verbs.add_parser("sql", help="psql, as superuser")
    verb.add_argument("rest", nargs="*")
    verb = verbs.add_parser("exec", help="a command with the application's environment (after --)")
    verb.add_argument("rest", nargs="+")
    given = parser.parse_args(arguments)

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    instance = given.instance.resolve()
    try:
        match given.verb:
            case "run":
                return commands.run(instance, host=given.host, port=given.port, with_parent=given.with_parent)
            case "servers":
                return commands.serve(instance, with_parent=given.with_parent)
            case "sql":
                return commands.execute_sql(instance, given.rest)
            case _:
                return commands.execute(instance, given.rest)
    except StartError as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
