"""Commands: ``flask butler …``. Each does one thing a person does, inside one unit of work."""

import json
import sys
from itertools import chain
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_migrate import upgrade

from butler import schedule
from butler.cards.commands import commands as cards
from butler.cases.commands import draw, show
from butler.cases.queries import checking
from butler.catalogue import editions
from butler.catalogue.actions import keep_shipped_versions
from butler.catalogue.commands import commands as catalogue
from butler.demo.commands import commands as demo
from butler.demo.handbill import write_handbill
from butler.demo.town import seed
from butler.doctor import examine, findings
from butler.fieldbook import draw_fields
from butler.files import checking as files_checking
from butler.files.commands import files
from butler.identity.actions.reindexing import count_by_key, reindex
from butler.identity.commands import commands as staff
from butler.identity.commands import draw as draw_permissions
from butler.kit import outbox, rekeying
from butler.kit.commands import keys, say_progress, tell_opened
from butler.kit.database import unit_of_work
from butler.kit.sealing import ring
from butler.ledger.commands import ledger
from butler.looks import checking as looks_checking
from butler.notifications import checking as notices_checking
from butler.org.commands import calendar, org
from butler.privacy.commands import honey, looks
from butler.rights.commands import privacy_report, retention

butler = AppGroup("butler", help="管家通：物业管家 + 政务服务。")
for group in (org, calendar, catalogue, cards, staff, demo, keys, files, looks, honey, retention, ledger):
    butler.add_command(group)
for command in (privacy_report, draw, draw_permissions, show):
    butler.add_command(command)


def install(app: Flask) -> None:
    """Hang the commands on the application."""
    app.cli.add_command(butler)


@butler.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/fields.md"), show_default=True)
def fields(out: Path) -> None:
    """从代码写出每一项怎么填：意思、限制、不对时说什么。例：flask butler fields"""
    out.write_text(draw_fields(current_app), encoding="utf-8")
    click.echo(f"已写好：{out}", err=True)


@butler.command()
def prepare() -> None:
    """准备好一台机器：升级数据库，建好搜索的索引；演示模式下建好演示街道。重复运行没有害处。"""
    upgrade(directory=str(Path(current_app.root_path).parent / "migrations"))
    settings = current_app.extensions["settings"]
    with unit_of_work():
        keep_shipped_versions()
    if settings.demo:
        with unit_of_work():
            seed()
            write_handbill(settings)
    editions.current().index()  # kept in the instance: the web processes read it instead of making it


@butler.command()
def check() -> None:
    """检查整个数据库：经过和查看记录是否连贯、时限和提醒、原件和委托、照片和材料的文件。有问题时列出并以 1 结束。"""
    with unit_of_work():
        found = [
            *checking.violations(),
            *notices_checking.violations(),
            *looks_checking.violations(),
            *files_checking.violations(),
        ]
    for line in found:
        click.echo(line)
    click.echo("没有发现问题。" if not found else f"发现 {len(found)} 处问题。", err=True)
    sys.exit(1 if found else 0)


@keys.command("rotate")
@click.option("--dry-run", is_flag=True, help="只数，不改")
def rotate_keys(dry_run: bool) -> None:
    """用第一把钥匙重新加密、重新编索引（BUTLER_KEYS、BUTLER_INDEX_KEY）。边办事边做；随时可以停，再运行就接着做。"""
    told = {name: many for name, many in rekeying.rotate(say_progress, dry_run=dry_run).items() if many}
    for name, many in told.items():
        click.echo(f"{name}: {many}")
    word = "行要重新加密" if dry_run else "行已重新加密"
    click.echo(f"共 {sum(told.values())} {word}，现在用的钥匙是 {ring().first.id}。", err=True)
    found = reindex(say_progress, dry_run=dry_run)
    if found.people:
        click.echo(f"people (index): {found.people}")
    if found.wiped:
        click.echo(f"people (old index): {found.wiped}")
    click.echo(f"找人的索引：现在用的钥匙是第 {ring().index_keys[0].number} 号。", err=True)
    if found.cards_left:
        click.echo(f"{found.cards_left} 位核验过的居民，证件号只能用旧钥匙比对；再看一次证件就换过来。", err=True)


@keys.command("check")
@click.option("--all", "every", is_flag=True, help="照片和材料的文件也全部打开；不写就随机抽一些")
def check_keys(every: bool) -> None:
    """打开每一份密文：每一列各用哪把钥匙、有没有打不开的。文件抽查，--all 全查。有打不开的就列出并以 1 结束。"""
    bad = tell_opened(chain(rekeying.check(), files_checking.open_all(None if every else files_checking.SAMPLE)))
    for name, counts in count_by_key().items():
        made = "，".join(
            f"第 {number} 号 {many}" if number else f"别的钥匙 {many}" for number, many in counts.items() if many
        )
        click.echo(f"people.{name}: {made or '没有'}")
    click.echo("全部打得开。" if not bad else f"{bad} 份打不开。", err=True)
    sys.exit(1 if bad else 0)


@butler.command()
def doctor() -> None:
    """看看这台机器能不能给居民用：密钥、数据库、Valkey、磁盘、时间、节假日。有必须先改的，以 1 结束。什么都不改。"""
    with unit_of_work():
        found = list(findings(examine(current_app.extensions["settings"])))
    for finding in found:
        click.echo(("必须改：" if finding.is_error else "建议改：") + finding.said)
    click.echo("没有发现问题。" if not found else f"发现 {len(found)} 处。", err=True)
    sys.exit(any(finding.is_error for finding in found))


@butler.command()
def worker() -> None:
    """处理队列：把通知、验证码送出去。停止：Ctrl-C。"""
    schedule.run_worker(current_app._get_current_object())  # type: ignore[attr-defined]


@butler.command("schedule")
def poller() -> None:
    """每 5 秒看一次：到时间的提醒、没送出的消息。可以同时运行几个。停止：Ctrl-C。"""
    schedule.run_poller(current_app._get_current_object())  # type: ignore[attr-defined]


@butler.command()
@click.option("--retry", is_flag=True, help="把送不出去的消息重新排队")
@click.option("--dry-run", is_flag=True, help="只看，不改")
def dead(retry: bool, dry_run: bool) -> None:
    """列出送不出去的消息。例：flask butler dead --retry"""
    with unit_of_work():
        letters = outbox.dead_letters()
        for letter in letters:
            click.echo(json.dumps({"id": letter.id, "topic": letter.topic, "error": letter.last_error}))
            if retry and not dry_run:
                outbox.revive(letter.id)
    click.echo(f"共 {len(letters)} 条" + ("，已重新排队" if retry and not dry_run else ""), err=True)
