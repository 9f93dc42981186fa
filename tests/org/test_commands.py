"""Importing on the command line."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from butler.kit.database import ButlerFlask, db
from butler.kit.progress import progress_bar
from butler.kit.worktime_data import SHIPPED_NOTICES
from butler.org import commands
from butler.org.models import CalendarDay, Unit

WEST_LAKE = Path(__file__).parent / "divisions-330106"


@pytest.fixture
def run(app: ButlerFlask, session: object):
    """`flask butler …` with these words."""

    def run(*words: object) -> Result:
        return app.test_cli_runner().invoke(args=["butler", *map(str, words)])

    return run


def test_import_org_says_what_was_done(run) -> None:
    result = run("org", "import", WEST_LAKE)

    assert (result.exit_code, result.stderr) == (0, "")
    assert cells(result.stdout) == [
        ["级别", "新增", "修改", "不变"],
        ["省级", "1", "0", "0"],
        ["市级", "1", "0", "0"],
        ["区县", "1", "0", "0"],
        ["街道乡镇", "12", "0", "0"],
        ["社区村", "222", "0", "0"],
        ["合计", "237", "0", "0"],
    ]
    assert result.stdout.endswith("已导入。\n")
    assert db.session.scalar(select(func.count()).select_from(Unit)) == 237


def test_import_org_dry_run_for_machines(run) -> None:
    result = run("org", "import", WEST_LAKE, "--dry-run", "--json")

    assert result.exit_code == 0
    assert orjson.loads(result.stdout) == {
        "dry_run": True,
        "levels": [
            {"level": level, "new": new, "changed": 0, "same": 0}
            for level, new in (("province", 1), ("city", 1), ("district", 1), ("street", 12), ("community", 222))
        ],
    }
    assert db.session.scalar(select(func.count()).select_from(Unit)) == 0


def test_import_org_refused_lists_the_mistakes(run, directory: Path) -> None:
    spoil(directory)

    result = run("org", "import", directory)

    assert result.exit_code == 1
    assert cells(result.stdout) == [
        ["文件", "行", "列", "问题"],
        ["streets.csv", "3", "name", "名称是空的。"],
    ]
    assert result.stderr == "文件里有 1 处要改，这次什么也没有导入，原来的数据没有变。请改好后再导入一次。\n"


def test_import_org_refused_for_machines(run, directory: Path) -> None:
    spoil(directory)

    result = run("org", "import", directory, "--json")

    assert (result.exit_code, result.stderr) == (1, "")
    assert orjson.loads(result.stdout) == {
        "errors": [{"file": "streets.csv", "line": 3, "column": "name", "message": "名称是空的。"}],
        "errors_total": 1,
    }


def test_import_org_more_mistakes_than_shown(run, directory: Path) -> None:
    villages = directory / "villages.csv"
    lines = villages.read_text(encoding="utf-8").splitlines()
    villages.write_text("\n".join([*lines, *lines[1:]]), encoding="utf-8")

    result = run("org", "import", directory)

    assert result.exit_code == 1
    assert len(cells(result.stdout)) == 101
    assert result.stdout.endswith("只列出前 100 处。\n")
    assert "文件里有 222 处要改" in result.stderr


def test_import_org_stopped_by_hand_changes_nothing(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "import_divisions", interrupted)

    result = run("org", "import", WEST_LAKE)

    assert (result.exit_code, result.stderr) == (1, "已停止。这次什么也没有改，可以重新运行。\n")


def test_import_org_on_a_terminal_shows_how_far_it_is(
    run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress_bar("检查") as tell:
        tell("写入", 312, 1000)
    assert capsys.readouterr().err == ""

    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress_bar("检查") as tell:
        tell("写入", 312, 1000)

    shown = capsys.readouterr().err
    assert "已完成 312/1,000" in shown
    assert "31%" in shown


def test_import_calendar_says_what_was_done(run) -> None:
    result = run("calendar", "import", SHIPPED_NOTICES)

    assert (result.exit_code, result.stderr) == (0, "")
    heading, *years = cells(result.stdout)
    assert heading == ["年份", "新增", "修改", "去掉", "不变"]
    assert [row[0] for row in years] == ["2025年", "2026年"]
    assert sum(int(row[1]) for row in years) == db.session.scalar(select(func.count()).select_from(CalendarDay))


def test_import_calendar_dry_run_for_machines(run) -> None:
    result = run("calendar", "import", SHIPPED_NOTICES, "--dry-run", "--json")

    answer = orjson.loads(result.stdout)
    assert (result.exit_code, answer["dry_run"], [year["year"] for year in answer["years"]]) == (0, True, [2025, 2026])
    assert db.session.scalar(select(func.count()).select_from(CalendarDay)) == 0


def test_import_calendar_refused(run, tmp_path: Path) -> None:
    path = tmp_path / "2027.csv"
    path.write_text("date,kind,name,source\n2027-10-02,off,国庆节,通知\n", encoding="utf-8")

    result = run("calendar", "import", path)

    assert result.exit_code == 1
    assert cells(result.stdout)[1][:3] == ["2027.csv", "2", "kind"]


@pytest.mark.parametrize(
    "words",
    [
        ["org", "import"],
        ["org", "import", "/no/such/folder"],
        ["org", "import", str(SHIPPED_NOTICES)],
        ["org", "import", str(WEST_LAKE), "--loud"],
        ["calendar", "import", str(WEST_LAKE)],
        ["calendar", "import"],
        ["org", "export"],
    ],
)
def test_wrong_use_exits_with_2(words: list[str], run) -> None:
    assert run(*words).exit_code == 2


@pytest.mark.parametrize("words", [["org"], ["org", "import"], ["calendar"], ["calendar", "import"]])
def test_help_is_there(words: list[str]) -> None:
    group = {"org": commands.org, "calendar": commands.calendar}[words[0]]

    result = CliRunner().invoke(group, [*words[1:], "--help"])

    assert result.exit_code == 0
    assert words[1:] == [] or f"例：flask butler {' '.join(words)}" in result.output


def spoil(directory: Path) -> None:
    streets = directory / "streets.csv"
    streets.write_text(streets.read_text(encoding="utf-8").replace("西溪街道", ""), encoding="utf-8")


def cells(printed: str) -> list[list[str]]:
    """The cells of a printed table."""
    rows = [line.replace("┃", "│").strip().strip("│").split("│") for line in printed.splitlines() if line[:1] in "┃│"]
    return [[cell.strip() for cell in row] for row in rows]
