"""Importing the country's administrative divisions: any number of districts, or all of it, in flat memory.

First everything is checked, then everything is written, in the caller's one transaction. The rows go through a temporary
table, so that neither this process nor the checks hold the country in memory.
"""

from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sqlalchemy import text

from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict
from butler.kit.progress import Tell
from butler.org.divisions import FILES, DivisionFile, read_divisions
from butler.org.rules import DESK_SUFFIX
from butler.org.states import Level
from butler.org.tables import SHOWN, Problems, Unreadable, count_lines

CHUNK = 10_000  # rows written by one statement
_LOCK = 4_106_330  # an advisory lock of our own: two imports at once would wait for each other's rows


_FILE_OF = {file.level: file for file in FILES}


@dataclass(frozen=True)
class LevelCount:
    """How many units of a level the files add, rename and leave as they are."""

    level: Level
    new: int
    changed: int
    same: int


def import_divisions(*, directory: Path, dry_run: bool = False, tell: Tell | None = None) -> tuple[LevelCount, ...]:
    """Bring the units named by the five files into the tree, each with its desk; return the counts level by level.

    New codes become units valid from today, other names are taken over, codes that the files do not have are left alone.
    The same files again change nothing. With `dry_run` everything is checked and counted and nothing written. Raises
    `tables.ImportRefused` with every problem, and Conflict while another import runs.
    """
    tell = tell or (lambda what, done, total: None)
    connection = db.session.connection()
    connection.execute(text("SET LOCAL statement_timeout = 0"))  # minutes for a whole country, and on purpose
    if not connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}):
        raise Conflict("另一次行政区划导入正在进行，请等它结束后再试。这次什么也没有改。")
    _check(directory, tell)
    counts = _compare()
    if not dry_run:
        _write_new(counts, tell)
        if any(count.changed for count in counts):
            _rename()
        db.session.expire_all()  # written behind the session's back
    connection.execute(text("DROP TABLE incoming"))
    return counts


def _check(directory: Path, tell: Tell) -> None:
    """Read all files into the temporary table and note what is wrong. Raises ImportRefused."""
    connection = db.session.connection()
    connection.execute(
        text(
            'CREATE TEMP TABLE incoming (code text COLLATE "C" NOT NULL, parent text COLLATE "C", name text NOT NULL, '
            "level text NOT NULL, line int NOT NULL)"
        )
    )
    problems = Problems()
    for file in FILES:
        _copy(directory / file.name, file, problems, tell)
    connection.execute(text("CREATE INDEX ON incoming (code)"))
    connection.execute(text("CREATE INDEX ON incoming (level, line)"))
    connection.execute(text("ANALYZE incoming"))
    _note_twins(problems)
    _note_orphans(problems)
    problems.refuse_any()


def _copy(path: Path, file: DivisionFile, problems: Problems, tell: Tell) -> None:
    """Copy the rows of one file that can be read, and note the others."""
    total = count_lines(path)
    raw = db.session.connection().connection.driver_connection
    assert raw is not None
    with (
        raw.cursor() as cursor,
        cursor.copy("COPY incoming (code, parent, name, level, line) FROM STDIN") as copy,
        suppress(Unreadable),  # noted; an error that reached the copy would end the whole transaction
    ):
        for row in read_divisions(path, file, problems):
            parent = row.code[: file.parent_length] or None
            copy.write_row((row.code, parent, row.name, file.level.value, row.line))
            if row.line % CHUNK == 0:
                tell(f"检查 {file.name}", row.line, total)


def _note_twins(problems: Problems) -> None:
    """Codes that stand in a file twice."""
    rows = db.session.execute(
        text(
            "SELECT level, line, first, count(*) OVER () AS total FROM ("
            "  SELECT level, line, code, min(line) OVER (PARTITION BY code) AS first FROM incoming"
            "  WHERE code IN (SELECT code FROM incoming GROUP BY code HAVING count(*) > 1)"
            ") AS twins WHERE line > first ORDER BY length(code), line LIMIT :shown"
        ),
        {"shown": SHOWN},
    ).all()
    for row in rows:
        problems.add(_FILE_OF[row.level].name, row.line, "code", f"编码与第 {row.first} 行重复。")
    problems.total += rows[0].total - len(rows) if rows else 0


def _note_orphans(problems: Problems) -> None:
    """Rows whose parent is not in the file above, unless that one has mistakes that hide parents."""
    sure = [file.level for above, file in pairwise(FILES) if above.name not in problems.incomplete]
    rows = db.session.execute(
        text(
            "SELECT level, line, count(*) OVER () AS total FROM incoming AS child"
            " WHERE level = ANY(:sure) AND NOT EXISTS"
            " (SELECT FROM incoming AS above WHERE above.code = child.parent)"
            " ORDER BY length(code), line LIMIT :shown"
        ),
        {"sure": sure, "shown": SHOWN},
    ).all()
    for row in rows:
        file = _FILE_OF[row.level]
        parent_file = FILES[FILES.index(file) - 1]
        problems.add(file.name, row.line, file.above[0], f"上级编码在 {parent_file.name} 里没有。")
    problems.total += rows[0].total - len(rows) if rows else 0


def _compare() -> tuple[LevelCount, ...]:
    rows = db.session.execute(
        text(
            "SELECT incoming.level, count(*) FILTER (WHERE units.id IS NULL) AS new, "
            "count(*) FILTER (WHERE units.name <> incoming.name) AS changed, "
            "count(*) FILTER (WHERE units.name = incoming.name) AS same "
            "FROM incoming LEFT JOIN units ON units.code = incoming.code GROUP BY incoming.level"
        )
    )
    found = {row.level: LevelCount(Level(row.level), row.new, row.changed, row.same) for row in rows}
    return tuple(found.get(file.level, LevelCount(file.level, 0, 0, 0)) for file in FILES)


def _write_new(counts: tuple[LevelCount, ...], tell: Tell) -> None:
    """Add the units that are new, from the top down, and the desk of each in the same statement."""
    connection = db.session.connection()
    total, done = sum(count.new for count in counts), 0
    for count in counts:
        if not count.new:
            continue
        last_line = connection.scalar(
            text("SELECT max(line) FROM incoming WHERE level = :level"), {"level": count.level}
        )
        for first_line in range(1, last_line + 1, CHUNK):
            written = connection.execute(
                text(
                    "WITH fresh AS ("
                    "  INSERT INTO units (level, code, name, parent_id, path, valid_from)"
                    "  SELECT incoming.level, incoming.code, incoming.name, above.id,"
                    "    coalesce(above.path || incoming.code, incoming.code::ltree), :today"
                    "  FROM incoming LEFT JOIN units AS above ON above.code = incoming.parent"
                    "  WHERE incoming.level = :level AND incoming.line >= :first_line AND incoming.line < :next_line"
                    "    AND NOT EXISTS (SELECT FROM units WHERE units.code = incoming.code)"
                    "  ORDER BY incoming.line RETURNING id, level, name"
                    ") INSERT INTO desks (unit_id, kind, name) SELECT id, level, name || :suffix FROM fresh"
                ),
                {
                    "level": count.level,
                    "first_line": first_line,
                    "next_line": first_line + CHUNK,
                    "today": clock.today(),
                    "suffix": DESK_SUFFIX,
                },
            )
            done += written.rowcount
            tell("写入", done, total)


def _rename() -> None:
    """Take over other names; a desk that still bears the name of its unit follows it."""
    connection = db.session.connection()
    connection.execute(
        text(
            "UPDATE desks SET name = incoming.name || :suffix FROM units JOIN incoming ON incoming.code = units.code "
            "WHERE desks.unit_id = units.id AND desks.kind <> 'butler' AND desks.name = units.name || :suffix "
            "AND units.name <> incoming.name"
        ),
        {"suffix": DESK_SUFFIX},
    )
    connection.execute(
        text(
            "UPDATE units SET name = incoming.name FROM incoming "
            "WHERE units.code = incoming.code AND units.name <> incoming.name"
        )
    )
