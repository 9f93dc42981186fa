"""Importing divisions: all or nothing, once, and every mistake named."""

import csv
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from butler.kit.database import ButlerFlask, db
from butler.kit.errors import Conflict
from butler.org import queries
from butler.org.actions import add_butler_desk, add_grid, importing
from butler.org.models import Desk, Unit
from butler.org.tables import LARGEST_FILE, LONGEST_LINE, SHOWN, ImportRefused

WEST_LAKE = Path(__file__).parent / "divisions-330106"
ALL_NEW = {
    "province": (1, 0, 0), "city": (1, 0, 0), "district": (1, 0, 0), "street": (12, 0, 0), "community": (222, 0, 0),
}  # fmt: skip
ALL_SAME = {level: (0, 0, new) for level, (new, _, _) in ALL_NEW.items()}


@time_machine.travel("2026-11-25T01:00:00+08:00", tick=False)
def test_import_west_lake_makes_units_with_desks(load) -> None:
    assert load() == ALL_NEW

    beishan = queries.unit_by_code("330106002")
    assert (beishan.level, beishan.name, beishan.path) == ("street", "北山街道", "33.3301.330106.330106002")
    assert (beishan.valid_from, beishan.valid_to) == (date(2026, 11, 25), None)
    assert queries.unit_by_code("33").parent_id is None
    assert db.session.get_one(Unit, beishan.parent_id).code == "330106"
    assert queries.desk_of(beishan).name == "北山街道服务台"
    desks = db.session.execute(select(Desk.kind, func.count()).group_by(Desk.kind)).all()
    assert sorted(map(tuple, desks)) == [
        ("city", 1), ("community", 222), ("district", 1), ("province", 1), ("street", 12),
    ]  # fmt: skip


def test_import_shipped_demo_files_are_the_tested_ones() -> None:
    shipped = Path(__file__).parents[2] / "butler" / "demo" / "divisions-330106"

    assert {path.name: path.read_bytes() for path in shipped.iterdir()} == {
        path.name: path.read_bytes() for path in WEST_LAKE.iterdir()
    }


def test_import_again_changes_nothing(load, snapshot) -> None:
    load()
    before = snapshot()

    assert load() == ALL_SAME
    assert snapshot() == before


def test_import_in_small_chunks_is_the_same(load, snapshot, monkeypatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 7)
    told = []

    assert load(tell=lambda *said: told.append(said)) == ALL_NEW
    assert load() == ALL_SAME
    assert told[-1] == ("写入", 237, 237)
    assert all(done <= total for _, done, total in told)


def test_import_dry_run_counts_and_changes_nothing(load, snapshot) -> None:
    before = snapshot()

    assert load(dry_run=True) == ALL_NEW
    assert snapshot() == before


def test_import_new_name_renames_unit_and_its_desk(load, directory) -> None:
    load()
    custom = queries.desk_of(queries.unit_by_code("330106004"))
    custom.name = "西溪街道便民中心"
    butler = add_butler_desk(unit=queries.unit_by_code("330106002051"), name="上保社区服务台")
    replace(directory / "streets.csv", "北山街道", "新北山街道")
    replace(directory / "streets.csv", "西溪街道", "新西溪街道")
    replace(directory / "villages.csv", "上保社区", "新上保社区")

    assert load(directory) == ALL_SAME | {"street": (0, 2, 10), "community": (0, 1, 221)}
    assert queries.unit_by_code("330106002").name == "新北山街道"
    assert queries.desk_of(queries.unit_by_code("330106002")).name == "新北山街道服务台"
    assert queries.desk_of(queries.unit_by_code("330106004")).name == "西溪街道便民中心"
    assert queries.desk_of(queries.unit_by_code("330106002051")).name == "新上保社区服务台"
    assert butler.name == "上保社区服务台"
    assert load(directory) == ALL_SAME


def test_import_leaves_absent_codes_and_grids_alone(load, directory) -> None:
    load()
    add_grid(community=queries.unit_by_code("330106002051"), number=1, name="上保第一网格")
    remove_line(directory / "villages.csv", "330106002051")

    assert load(directory) == ALL_SAME | {"community": (0, 0, 221)}
    assert queries.unit_by_code("330106002051").valid_to is None
    assert queries.unit_by_code("330106002051001").name == "上保第一网格"


def test_import_second_district_joins_the_first(load, directory) -> None:
    load()
    rewrite(directory / "areas.csv", "code,name,cityCode,provinceCode", "330102,上城区,3301,33")
    rewrite(directory / "streets.csv", "code,name,areaCode,provinceCode,cityCode", "330102001,清波街道,330102,33,3301")
    rewrite(directory / "villages.csv", "code,name,streetCode,provinceCode,cityCode,areaCode")

    assert load(directory) == {
        "province": (0, 0, 1), "city": (0, 0, 1), "district": (1, 0, 0), "street": (1, 0, 0), "community": (0, 0, 0),
    }  # fmt: skip
    assert queries.unit_by_code("330102001").path == "33.3301.330102.330102001"


def test_import_byte_order_mark_crlf_quotes_and_blanks_are_accepted(load, directory) -> None:
    rows = (directory / "streets.csv").read_text(encoding="utf-8").splitlines()
    rows[1] = ' 330106002 ,"\u3000北山街道 ",330106,33,3301'
    (directory / "streets.csv").write_bytes("\r\n".join(["\ufeff" + rows[0], *rows[1:], "", ""]).encode())

    assert load(directory) == ALL_NEW
    assert queries.unit_by_code("330106002").name == "北山街道"


def test_import_further_columns_in_any_order_are_passed_over(load, directory) -> None:
    with (directory / "areas.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("备注", "provinceCode", "cityCode", "name", "code"), ("真的", "33", "3301", "西湖区", "330106")]
        )

    assert load(directory) == ALL_NEW


def test_import_rare_character_of_private_use_is_kept(load, directory) -> None:
    replace(directory / "villages.csv", "上保社区", "\ue170村村委会")

    load(directory)

    assert queries.unit_by_code("330106002051").name == "\ue170村村委会"


MISTAKES: dict[str, tuple[Callable[[Path], object], list[tuple[str, int, str, str]]]] = {
    "missing file": (
        lambda files: (files / "cities.csv").unlink(),
        [("cities.csv", 0, "", "没有这个文件。")],
    ),
    "empty file": (
        lambda files: rewrite(files / "provinces.csv"),
        [
            ("provinces.csv", 1, "code", "表头里没有“code”这一列。"),
            ("provinces.csv", 1, "name", "表头里没有“name”这一列。"),
        ],
    ),
    "missing column": (
        lambda files: replace(files / "areas.csv", "cityCode", "city"),
        [("areas.csv", 1, "cityCode", "表头里没有“cityCode”这一列。")],
    ),
    "column twice": (
        lambda files: replace(files / "areas.csv", "code,name,cityCode,provinceCode", "code,name,cityCode,name"),
        [
            ("areas.csv", 1, "name", "表头里有两个“name”这一列。"),
            ("areas.csv", 1, "provinceCode", "表头里没有“provinceCode”这一列。"),
        ],
    ),
    "semicolons": (
        lambda files: replace(files / "provinces.csv", ",", ";"),
        [("provinces.csv", 1, "", "列与列之间要用英文逗号隔开，不能用分号或制表符。")],
    ),
    "GBK": (
        lambda files: recode(files / "streets.csv", "gbk"),
        [("streets.csv", 2, "", "文件不是 UTF-8 编码，看起来是 GBK。请在表格软件里另存为“CSV UTF-8”后再导入。")],
    ),
    "UTF-16": (
        lambda files: recode(files / "streets.csv", "utf-16"),
        [
            (
                "streets.csv",
                1,
                "",
                "文件不是 UTF-8 编码，看起来是 UTF-16（Unicode 文本）。请在表格软件里另存为“CSV UTF-8”后再导入。",
            )
        ],
    ),
    "spreadsheet": (
        lambda files: (files / "streets.csv").write_bytes(b"PK\x03\x04\xff\xff\x00\n"),
        [("streets.csv", 1, "", "文件不是 UTF-8 编码，看起来是 别的编码。请在表格软件里另存为“CSV UTF-8”后再导入。")],
    ),
    "open quote": (
        lambda files: replace(files / "streets.csv", "西溪街道", '"西溪街道'),
        [("streets.csv", 13, "", "从这一行起读不下去：引号没有成对，或格子太长。")],
    ),
    "endless line": (
        lambda files: replace(files / "streets.csv", "西溪街道", "西" * LONGEST_LINE),
        [("streets.csv", 3, "", "这一行太长，不像是表格里的一行。")],
    ),
    "wrong width": (
        lambda files: replace(files / "streets.csv", "西溪街道", "西溪,街道"),
        [("streets.csv", 3, "", "这一行有 6 格，表头是 5 格。")],
    ),
    "code too short": (
        lambda files: replace(files / "villages.csv", "330106002051,", "33010600205,"),
        [("villages.csv", 2, "code", "编码要是 12 位数字。")],
    ),
    "code in full-width digits": (
        lambda files: replace(files / "cities.csv", "3301,", "３３０１,"),
        [("cities.csv", 2, "code", "编码要是 4 位数字。")],
    ),
    "code spoilt by a spreadsheet": (
        lambda files: replace(files / "villages.csv", "330106002051,", "3.30106E+11,"),
        [("villages.csv", 2, "code", "编码要是 12 位数字。看起来被表格软件改成了科学计数，请把这一列设为文本。")],
    ),
    "wrong parent": (
        lambda files: replace(files / "streets.csv", "330106004,西溪街道,330106", "330106004,西溪街道,330102"),
        [("streets.csv", 3, "areaCode", "与编码的前 6 位不一致。")],
    ),
    "wrong city": (
        lambda files: replace(files / "streets.csv", "西溪街道,330106,33,3301", "西溪街道,330106,33,3302"),
        [("streets.csv", 3, "cityCode", "与编码的前 4 位不一致。")],
    ),
    "parent not there": (
        lambda files: rewrite(files / "cities.csv", "code,name,provinceCode", "3302,宁波市,33"),
        [("areas.csv", 2, "cityCode", "上级编码在 cities.csv 里没有。")],
    ),
    "code twice": (
        lambda files: append(files / "streets.csv", "330106002,北山街道,330106,33,3301"),
        [("streets.csv", 14, "code", "编码与第 2 行重复。")],
    ),
    "empty name": (
        lambda files: replace(files / "streets.csv", "西溪街道", "\u3000 "),
        [("streets.csv", 3, "name", "名称是空的。")],
    ),
    "endless name": (
        lambda files: replace(files / "streets.csv", "西溪街道", "西" * 61),
        [("streets.csv", 3, "name", "名称超过 60 个字。")],
    ),
    "NUL": (
        lambda files: replace(files / "streets.csv", "西溪街道", "西\0溪"),
        [("streets.csv", 3, "name", "名称里有看不见的控制字符，请删掉重新输入。")],
    ),
    "line break in a name": (
        lambda files: replace(files / "streets.csv", "西溪街道", '"西\n溪"'),
        [("streets.csv", 3, "name", "名称里有看不见的控制字符，请删掉重新输入。")],
    ),
    "turned writing": (
        lambda files: replace(files / "streets.csv", "西溪街道", "西\u202e溪"),
        [("streets.csv", 3, "name", "名称里有看不见的控制字符，请删掉重新输入。")],
    ),
    "too large": (
        lambda files: enlarge(files / "streets.csv"),
        [("streets.csv", 0, "", "文件超过 100 MB，太大了，请核对是不是选错了文件。")],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_import_mistake_is_named_and_changes_nothing(mistake, load, snapshot, directory) -> None:
    spoil, expected = MISTAKES[mistake]
    spoil(directory)
    before = snapshot()

    with pytest.raises(ImportRefused) as refused:
        load(directory)

    problems = [(p.file, p.line, p.column, p.message) for p in refused.value.problems]
    assert problems == expected
    assert refused.value.total == len(expected)
    assert [error.pointer for error in refused.value.errors] == [f"/{f}/{line}/{c}" for f, line, c, _ in expected]
    assert snapshot() == before


def test_import_every_mistake_of_every_file_in_one_go(load, directory) -> None:
    replace(directory / "provinces.csv", "浙江省", "")
    replace(directory / "streets.csv", "330106004,西溪街道", "330106004,")
    append(directory / "villages.csv", "330106999001,无处社区,330106999,33,3301,330106")
    append(directory / "villages.csv", "330106002051,上保社区,330106002,33,3301,330106")

    with pytest.raises(ImportRefused) as refused:
        load(directory)

    assert [(p.file, p.line, p.column) for p in refused.value.problems] == [
        ("provinces.csv", 2, "name"),
        ("streets.csv", 3, "name"),
        ("villages.csv", 224, "streetCode"),
        ("villages.csv", 225, "code"),
    ]


def test_import_more_mistakes_than_shown_are_counted(load, directory) -> None:
    for file in ("streets.csv", "villages.csv"):
        lines = (directory / file).read_text(encoding="utf-8").splitlines()
        (directory / file).write_text("\n".join([*lines, *lines[1:]]) + "\n", encoding="utf-8")

    with pytest.raises(ImportRefused) as refused:
        load(directory)

    assert (len(refused.value.problems), refused.value.total) == (SHOWN, 234)


def test_import_killed_half_way_changes_nothing_and_can_be_run_again(load, snapshot, monkeypatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 20)
    before = snapshot()

    def interrupt(what: str, done: int, total: int) -> None:
        if what == "写入" and done > 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(tell=interrupt)

    assert snapshot() == before
    assert load() == ALL_NEW


def test_import_killed_while_checking_can_be_run_again(load, monkeypatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 20)

    def interrupt(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(tell=interrupt)

    assert load() == ALL_NEW


def test_import_while_another_runs_is_refused(app: ButlerFlask, load) -> None:
    other = db.engine.engine.connect()
    with other.begin():
        other.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": importing._LOCK})

        with pytest.raises(Conflict, match="另一次行政区划导入正在进行"):
            load()
    other.close()

    assert load() == ALL_NEW


CELL = st.one_of(
    st.sampled_from(
        ["33", "3301", "330106", "330106002", "330106002051", "北山街道", "", '"', "a,b", "\0", "\r", "\n"]
    ),
    st.text(max_size=8),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from(["provinces.csv", "areas.csv", "streets.csv", "villages.csv"]),
    rows=st.lists(st.lists(CELL, max_size=7), max_size=4),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_import_any_rows_are_taken_or_refused(file, rows, quoting, load, snapshot, tmp_path) -> None:
    directory = fresh(tmp_path)
    with (directory / file).open("a", encoding="utf-8", errors="surrogatepass", newline="") as out:
        csv.writer(out, quoting=quoting, escapechar="\\").writerows(rows)
    before = snapshot()

    with suppress(ImportRefused):
        load(directory, dry_run=True)

    assert snapshot() == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_import_any_bytes_are_taken_or_refused(content, load, tmp_path) -> None:
    directory = fresh(tmp_path)
    (directory / "villages.csv").write_bytes(content)

    with pytest.raises(ImportRefused):
        load(directory, dry_run=True)


def fresh(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WEST_LAKE, tmp_path / "files", dirs_exist_ok=True))


def replace(file: Path, old: str, new: str) -> None:
    content = file.read_bytes().decode()
    assert old in content
    file.write_bytes(content.replace(old, new).encode())


def rewrite(file: Path, *lines: str) -> None:
    file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def append(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as out:
        out.write(line + "\n")


def remove_line(file: Path, start: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    rewrite(file, *(line for line in lines if not line.startswith(start + ",")))


def recode(file: Path, encoding: str) -> None:
    file.write_bytes(file.read_bytes().decode().encode(encoding))


def enlarge(file: Path) -> None:
    with file.open("ab") as out:
        out.truncate(LARGEST_FILE + 1)  # sparse
