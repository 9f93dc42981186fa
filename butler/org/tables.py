"""Reading CSV files that people made in a spreadsheet: line by line, and saying where what is wrong."""

import codecs
import csv
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from butler.kit.errors import FieldError, Invalid

LARGEST_FILE = 100 * 1024 * 1024  # the whole country's communities are 38 MB
LONGEST_LINE = 4096  # bytes
LONGEST_NAME = 60  # the longest name of a community in the country has 33 characters
SHOWN = 100  # problems listed; all are counted
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # characters that nobody sees; private use (生僻字) is allowed


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """What is wrong at one place. `line` counts from 1, the heading; 0 is the file itself. `column` may be empty."""

    file: str
    line: int
    column: str
    message: str


@dataclass
class Problems:
    """The first `SHOWN` problems, the number of all, and the files of which some rows could not be read."""

    listed: list[Problem] = field(default_factory=list)
    total: int = 0
    incomplete: set[str] = field(default_factory=set)

    def add(self, file: str, line: int, column: str, message: str) -> None:
        """Note one problem; beyond `SHOWN` only count it."""
        self.total += 1
        if len(self.listed) < SHOWN:
            self.listed.append(Problem(file, line, column, message))

    def lose(self, file: str, line: int, column: str, message: str) -> None:
        """Note a problem because of which a row, or the rest of the file, is left out."""
        self.incomplete.add(file)
        self.add(file, line, column, message)

    def refuse_any(self) -> None:
        """Raises ImportRefused if anything was noted."""
        if self.total:
            raise ImportRefused(self)


class ImportRefused(Invalid):
    """422: the files need correcting; nothing was changed. `problems` are the first ones, `total` counts all."""

    def __init__(self, problems: Problems) -> None:
        self.problems = tuple(sorted(problems.listed))
        self.total = problems.total
        super().__init__(
            f"文件里有 {self.total} 处要改，这次什么也没有导入，原来的数据没有变。请改好后再导入一次。",
            title=f"有 {self.total} 处需要修改",
            errors=[FieldError(f"/{p.file}/{p.line}/{p.column}", "invalid", p.message) for p in self.problems],
        )


class Unreadable(Exception):
    """The rest of a file cannot be read. The problem has been noted."""


def count_lines(path: Path) -> int:
    """How many lines a file has, near enough for a progress bar; 0 when it cannot be read."""
    if not path.is_file():
        return 0
    try:
        with path.open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    except OSError:
        return 0


def read_rows(path: Path, columns: Sequence[str], problems: Problems) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The cells of `columns` (two or more), trimmed, of every row of a CSV file in UTF-8, with its line number.

    Other columns are passed over, so are empty lines. A row of the wrong width is noted and left out. Raises
    Unreadable, having noted why, when the file is missing, too large, not UTF-8, or has no such columns.
    """
    name = path.name
    if not path.is_file():
        raise _unreadable(problems, name, 0, "没有这个文件。")
    if path.stat().st_size > LARGEST_FILE:
        raise _unreadable(problems, name, 0, f"文件超过 {LARGEST_FILE // 1024**2} MB，太大了，请核对是不是选错了文件。")
    try:
        with path.open("rb") as file:
            rows = csv.reader(_decoded_lines(file, name, problems), strict=True)
            heading = [cell.strip() for cell in next(rows, [])]
            pick = itemgetter(*_positions(heading, columns, name, problems))
            width, line = len(heading), rows.line_num + 1
            for cells in rows:
                if len(cells) == width:
                    yield line, tuple(map(str.strip, pick(cells)))
                elif cells:
                    problems.lose(name, line, "", f"这一行有 {len(cells)} 格，表头是 {width} 格。")
                line = rows.line_num + 1
    except csv.Error as error:
        raise _unreadable(problems, name, rows.line_num, "从这一行起读不下去：引号没有成对，或格子太长。") from error
    except OSError as error:
        raise _unreadable(problems, name, 0, "文件打不开，请检查读取权限。") from error


def name_problem(name: str) -> str | None:
    """Why a trimmed name cannot be taken, as a sentence; None when it can."""
    if not name:
        return "名称是空的。"
    if len(name) > LONGEST_NAME:
        return f"名称超过 {LONGEST_NAME} 个字。"
    if not name.isprintable() and any(unicodedata.category(letter) in _UNSEEN for letter in name):
        return "名称里有看不见的控制字符，请删掉重新输入。"
    return None


def _decoded_lines(file: BinaryIO, name: str, problems: Problems) -> Iterator[str]:
    line = 0
    while raw := file.readline(LONGEST_LINE):
        line += 1
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            raise _unreadable(problems, name, line, "这一行太长，不像是表格里的一行。")
        if line == 1:
            if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise _unreadable(problems, name, line, _not_utf8("UTF-16（Unicode 文本）"))
            raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            yield raw.decode()
        except UnicodeDecodeError as error:
            raise _unreadable(problems, name, line, _not_utf8(_guessed_encoding(raw))) from error


def _guessed_encoding(raw: bytes) -> str:
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return "别的编码"
    return "GBK"


def _not_utf8(encoding: str) -> str:
    return f"文件不是 UTF-8 编码，看起来是 {encoding}。请在表格软件里另存为“CSV UTF-8”后再导入。"


def _positions(heading: list[str], columns: Sequence[str], name: str, problems: Problems) -> list[int]:
    if len(heading) == 1 and (";" in heading[0] or "\t" in heading[0]):
        raise _unreadable(problems, name, 1, "列与列之间要用英文逗号隔开，不能用分号或制表符。")
    wrong = False
    for column in columns:
        if heading.count(column) != 1:
            wrong = True
            problems.lose(name, 1, column, f"表头里{'有两个' if column in heading else '没有'}“{column}”这一列。")
    if wrong:
        raise Unreadable(name)
    return [heading.index(column) for column in columns]


def _unreadable(problems: Problems, name: str, line: int, message: str) -> Unreadable:
    problems.lose(name, line, "", message)
    return Unreadable(name)
