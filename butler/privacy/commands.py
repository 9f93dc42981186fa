"""Commands about looks: read the log against itself, seal it, look through it; add a decoy."""

import json
import sys
from datetime import datetime

import click
from flask.cli import AppGroup
from sqlalchemy import select

from butler.kit import clock
from butler.kit.database import db, unit_of_work
from butler.looks import checking
from butler.looks.models import LookRoot
from butler.privacy import actions
from butler.privacy.decoys import add_decoy

looks = AppGroup("looks", help="查看记录：谁看过谁的事。")
honey = AppGroup("honey", help="预设的线索：并不存在的居民，谁看谁触发警报。")

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@looks.command()
@click.option("--day", type=_DAY, help="只查这一天")
def verify(day: datetime | None) -> None:
    """查看记录有没有被改过、少过。有问题时列出并以 1 结束。例：flask butler looks verify"""
    with unit_of_work():
        found = list(checking.violations(day.date() if day else None))
    for line in found:
        click.echo(line)
    click.echo("查看记录是完整的。" if not found else f"发现 {len(found)} 处问题。", err=True)
    sys.exit(1 if found else 0)


@looks.command()
def seal() -> None:
    """封存已经过完的每一天，打印每天的封存值；请抄送给第二方保管。"""
    with unit_of_work():
        actions.seal()
        for sealed in db.session.scalars(select(LookRoot).order_by(LookRoot.day)):
            said = {"day": sealed.day.isoformat(), "rows": sealed.rows, "root": sealed.root.hex()}
            click.echo(json.dumps(said))


@looks.command()
@click.option("--day", type=_DAY, help="看哪一天，不写是今天")
def review(day: datetime | None) -> None:
    """找出一天里值得问一问的查看，写进“查看核对”。重复运行没有害处。"""
    with unit_of_work():
        new = actions.review(day.date() if day else clock.today())
    click.echo(f"新增 {new} 条要核对的。", err=True)


@honey.command()
@click.option("--unit", "unit_code", required=True, help="辖区代码，例如社区的 12 位代码")
@click.option("--name", help="姓名；不写就随机取一个")
def add(unit_code: str, name: str | None) -> None:
    """在一个辖区里放一个并不存在的居民。例：flask butler honey add --unit 330106002051"""
    with unit_of_work():
        case = add_decoy(unit_code=unit_code, name=name)
        click.echo(case.number)
