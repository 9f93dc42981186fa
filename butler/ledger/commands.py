"""Commands about the heads of days: seal, send, print, and prove them against what is kept outside the house."""

import base64
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click
import orjson
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import Progress

from butler.kit.database import unit_of_work
from butler.ledger import actions, jobs, proving, queries, sheets
from butler.ledger.deliveries import sign
from butler.ledger.heads import in_groups, read_root
from butler.ledger.models import LedgerDay

ledger = AppGroup("ledger", help="今日记录指纹：每天的记录合成一串字，送到外面、打印存档，以后可以核对。")

_DAY = click.DateTime(formats=["%Y-%m-%d"])
INTERRUPTED = 130


@ledger.command()
@click.option("--from", "first", type=_DAY, help="从哪一天起；不写就从头")
@click.option("--to", "last", type=_DAY, help="到哪一天为止；不写就到最近封存的一天")
@click.option(
    "--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="对方保管的文件，一行一封"
)
@click.option("--root", "root_text", help="纸上或对方报来的指纹（64 位，空格不要紧），是 --to 那一天的")
def verify(first: datetime | None, last: datetime | None, against: Path | None, root_text: str | None) -> None:
    """从每一行重新算出每天的指纹，和封存的比；给出 --against 或 --root，再和外面保管的比。

    不一样就说出是哪一天、什么不一样，并以 1 结束。可以随时用 Ctrl-C 停下。

    只跟数据库自己比，防不住数据库的主人把记录和指纹一起改写；和外面的比，才防得住。
    例：flask butler ledger verify --against letters.jsonl
    """
    root = _read_root(root_text) if root_text else None
    kept = proving.Kept({}, [], 0)
    if against is not None:
        kept = proving.read_kept(against.read_bytes(), current_app.extensions["settings"].signers())
    begin, end = first.date() if first else None, last.date() if last else None
    with unit_of_work():
        days = [one.day for one in queries.days_between(begin, end)]
        missing = proving.missing_days(kept, queries.days_between(begin, end), begin, end)
    if not days or (root is not None and end not in (None, days[-1])):
        raise click.ClickException("这几天还没有记录指纹，没有可以比的。第一次在有记录后的第二天凌晨两点以后算出来。")
    found = proving.Comparison(outside=kept.heads, faults=[*kept.faults, *missing])
    _take_all(found, days)
    if root is not None:
        found.take_root(root)
    for fault in found.faults:
        click.echo(fault)
    if found.expired:
        click.echo(f"其中 {found.expired} 天的查看记录已经过了保存期，用的是当时封存的值。", err=True)
    if kept.unproven:
        click.echo(f"其中 {kept.unproven} 封是用我们已经不认识的钥匙签的，只比了数字，没有验签名。", err=True)
    told = f"核对了 {found.days} 天，{days[0]} 到 {days[-1]}，其中 {found.compared} 天和外面保管的比过。"
    if not found.compared:
        told += "没有和外面的比：数据库的主人要是把记录和指纹一起改写，这样是看不出来的。"
    click.echo(told + ("没有发现问题。" if not found.faults else f"发现 {len(found.faults)} 处不一样。"), err=True)
    sys.exit(1 if found.faults else 0)


def _take_all(found: proving.Comparison, days: Sequence[date]) -> None:
    done: date | None = None
    try:
        with Progress(console=Console(stderr=True)) as progress:
            bar = progress.add_task("核对", total=len(days))
            for day in days:
                with unit_of_work():
                    found.take(queries.find_day(day))
                done = day
                progress.advance(bar)
    except KeyboardInterrupt:
        for fault in found.faults:
            click.echo(fault)
        reached = f"已经核对到 {done}，接着做：--from {done}" if done else "还没有核对完一天"
        click.echo(f"停下了，{reached}。什么都没有改动。", err=True)
        sys.exit(INTERRUPTED)


def _read_root(text: str) -> bytes:
    try:
        return read_root(text)
    except ValueError as error:
        raise click.BadParameter("指纹是 64 位，由 0–9 和 A–F 组成；空格和横线不要紧。请对照纸上再输一遍。") from error


@ledger.command()
def seal() -> None:
    """算出每个过完的日子的指纹，排队送给第二方。schedule 每天夜里自己会做。"""
    click.echo(f"封存了 {jobs.seal_days()} 天。")


@ledger.command()
@click.option("--dry-run", is_flag=True, help="只列出，不送")
def send(dry_run: bool) -> None:
    """把对方还没有确认收到的指纹重新排队，由 schedule 送出。"""
    settings = current_app.extensions["settings"]
    with unit_of_work():
        waiting = queries.unsent(settings)
        many = 0 if dry_run else actions.queue_unsent(settings)
    for day, party in waiting:
        click.echo(f"{day} {party}")
    click.echo(f"还没有收到回执的：{len(waiting)} 份" + ("" if dry_run else f"，新排队 {many} 份") + "。", err=True)


@ledger.command()
@click.option("--from", "first", type=_DAY, help="从哪一天起")
def letters(first: datetime | None) -> None:
    """把每天签了名的信打印出来，一行一封；第二方可以这样补上缺的。例：flask butler ledger letters > letters.jsonl"""
    settings = current_app.extensions["settings"]
    if not settings.signers():
        raise click.ClickException(
            "没有设置 BUTLER_LEDGER_KEY，不能签名。先运行：flask butler ledger new-key --id 2026"
        )
    with unit_of_work():
        for one in queries.days_between(first.date() if first else None, None):
            letter = sign(queries.head_of(one), settings.base_url, settings.signers()[0])
            click.echo(orjson.dumps(letter).decode())


@ledger.command("print")
@click.option("--day", type=_DAY, help="哪一天；不写是最近封存的一天")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="PDF 写到哪里")
def print_sheet(day: datetime | None, out: Path) -> None:
    """打印一天的指纹，交给第二个人存档。例：flask butler ledger print --out 今日记录指纹.pdf"""
    with unit_of_work():
        found = queries.find_day(day.date()) if day else queries.last_day()
        if found is None:
            raise click.ClickException("还没有记录指纹。第一次在有记录后的第二天凌晨两点以后算出来。")
        out.write_bytes(sheets.sheet_pdf(_face(found)))
        click.echo(f"{found.day} {in_groups(found.root)}")


def _face(found: LedgerDay) -> sheets.Sheet:
    settings = current_app.extensions["settings"]
    return sheets.Sheet(queries.head_of(found), found.sealed_at, settings.base_url, is_demo=settings.demo)


@ledger.command("new-key")
@click.option("--id", "name", required=True, help="钥匙的名字；例：2026")
def new_key(name: str) -> None:
    """生成一把新的签名钥匙，只打印，不保存。"""
    secret = base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
    click.echo(f"BUTLER_LEDGER_KEY={name}:{secret}")
    click.echo("换钥匙时新的放在最前面，旧的留在后面，用逗号隔开；再把新的公钥交给第二方。", err=True)


@ledger.command("public-key")
def public_key() -> None:
    """打印公钥，交给第二方：用它可以验证信是我们发的。"""
    for signer in current_app.extensions["settings"].signers():
        click.echo(f"{signer.id}\n{signer.public()}", nl=False)
