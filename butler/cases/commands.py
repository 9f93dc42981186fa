"""Commands about cases: look at one, check them all, draw the arrows."""

import json
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from butler.cases import wording
from butler.cases.drawing import draw_map
from butler.cases.models import Case
from butler.cases.queries import showing
from butler.kit import numbers
from butler.kit.database import db, unit_of_work


@click.command("case")
@click.argument("number")
@with_appcontext
def show(number: str) -> None:
    """看一件办件的经过（不含个人信息）。例：flask butler case 7K3M-2QWX-9A4F"""
    with unit_of_work():
        case = db.session.scalar(select(Case).where(Case.number == numbers.read_number(number)))
        if case is None:
            click.echo("没有这个单号。", err=True)
            sys.exit(1)
        for line in showing.timeline(case):
            said = {
                "seq": line.seq,
                "at": line.at.isoformat(),
                "step": line.step,
                "stage": line.stage,
                "state": line.state,
            }
            click.echo(json.dumps(said, ensure_ascii=False))


@click.command("diagram")
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/case-map.md"), show_default=True)
@click.option("--dry-run", is_flag=True, help="只打印，不写文件")
def draw(out: Path, dry_run: bool) -> None:
    """从状态表画出办件的流程图（Mermaid）。例：flask butler diagram --dry-run"""
    text = draw_map()
    if dry_run:
        click.echo(text)
        return
    out.write_text(text, encoding="utf-8")
    click.echo(f"已写入 {out}（{len(wording.STATES)} 个状态）", err=True)
