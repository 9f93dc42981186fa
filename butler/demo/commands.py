"""Commands of the demo town."""

import json
import sys
import time

import click
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from butler.cases.queries import checking
from butler.demo import lateness, town
from butler.demo.handbill import write_handbill
from butler.demo.visit import STEPS, Visit, VisitFailed
from butler.kit.database import unit_of_work

commands = AppGroup("demo", help="演示街道：建好它，或走一遍全程。只在演示模式下可用。")


@commands.command()
@click.option("--dry-run", is_flag=True, help="建好以后不保存")
def seed(dry_run: bool) -> None:
    """建好演示街道（北山街道）。已经建好的不会再建。例：flask butler demo seed --dry-run"""
    _only_in_demo()
    try:
        with unit_of_work():
            built = town.seed()
            if dry_run:
                raise _NotKept
            path = write_handbill(current_app.extensions["settings"])
    except _NotKept:
        click.echo("试运行：" + ("可以建好，没有保存。" if built else "已经建好，没有改动。"))
        return
    click.echo(("演示街道建好了。" if built else "演示街道早就建好了，没有改动。") + f"登录方式在 {path}")


@commands.command()
@click.option("--base-url", help="服务地址，默认用 demo.json 里的")
@click.option("--json", "as_json", is_flag=True, help="结果用 JSON 输出")
def drive(base_url: str | None, as_json: bool) -> None:
    """对着正在运行的服务走一遍全程：扫码、搜索、错峰代办、接单、办理、确认评价；另一件放到超时，看它到网格员那里。

    例：flask butler demo drive
    """
    _only_in_demo()
    settings = current_app.extensions["settings"]
    file = settings.instance / "demo.json"
    if not file.exists():
        click.echo(f"没有找到 {file}。请先运行 make run。", err=True)
        sys.exit(1)
    handbill = json.loads(file.read_text(encoding="utf-8"))
    visit = Visit(base_url or handbill["base_url"], handbill, _let_time_pass)
    begun = time.monotonic()
    failed = _go(visit)
    seconds = time.monotonic() - begun
    with unit_of_work():
        broken = list(checking.violations())
    if as_json:
        told = [{"what": what, "words": words} for what, words in visit.told]
        click.echo(json.dumps({"seconds": round(seconds, 1), "failed": failed, "violations": broken, "told": told}))
    else:
        _summary(visit, seconds, failed, broken)
    sys.exit(1 if failed or broken else 0)


def _go(visit: Visit) -> str | None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("走一遍全程", total=STEPS)
        try:
            for done in visit.steps():
                progress.update(task, advance=1, description=done)
        except VisitFailed as failure:
            return str(failure)
    return None


def _summary(visit: Visit, seconds: float, failed: str | None, broken: list[str]) -> None:
    table = Table("步骤", "结果")
    for what, words in visit.told:
        table.add_row(what, words)
    console = Console()
    console.print(table)
    for line in broken:
        console.print(f"不变量被破坏：{line}")
    if failed:
        console.print(f"没有走完：{failed}")
    elif not broken:
        console.print(f"全程走完，{len(visit.told)} 步，{seconds:.1f} 秒；检查没有发现问题。")


def _let_time_pass(number: str) -> None:
    with unit_of_work():
        lateness.let_time_pass(number)


def _only_in_demo() -> None:
    if not current_app.extensions["settings"].demo:
        click.echo("不是演示模式（BUTLER_DEMO），什么也没有做。", err=True)
        sys.exit(1)


class _NotKept(Exception):
    """A dry run ends by rolling back."""
