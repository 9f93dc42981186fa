"""Commands: ``flask butler …``. Each does one thing a person does, inside one unit of work."""

import json
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_migrate import upgrade

from butler import schedule
from butler.cards.commands import commands as cards
from butler.cases.commands import check, draw, show
from butler.catalogue.commands import commands as catalogue
from butler.demo.commands import commands as demo
from butler.demo.town import seed
from butler.kit import outbox
from butler.kit.database import unit_of_work
from butler.org.commands import calendar, org

butler = AppGroup("butler", help="管家通：物业管家 + 政务服务。")
for group in (org, calendar, catalogue, cards, demo):
    butler.add_command(group)
for command in (check, draw, show):
    butler.add_command(command)


def install(app: Flask) -> None:
    """Hang the commands on the application."""
    app.cli.add_command(butler)


@butler.command()
def prepare() -> None:
    """准备好一台机器：升级数据库；演示模式下建好演示街道。重复运行没有害处。"""
    upgrade(directory=str(Path(current_app.root_path).parent / "migrations"))
    if current_app.extensions["settings"].demo:
        with unit_of_work():
            seed()


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
