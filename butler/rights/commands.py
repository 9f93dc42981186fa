"""Commands about how long anything is kept, and the report for whoever answers for personal data."""

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import Progress

from butler.consents import queries as consent_queries
from butler.consents.register import register as consent_register
from butler.kit import clock
from butler.kit.database import unit_of_work
from butler.kit.wording import say_moment
from butler.rights import actions, jobs, queries
from butler.rights.register import CLASSES, GROUNDS, READERS, register
from butler.rights.rules import CASE_KEPT

retention = AppGroup("retention", help="保存期限：到期的内容销毁；法律要求保留的除外。")


@retention.command()
@click.option("--dry-run", is_flag=True, help="只数，不销毁")
def run(dry_run: bool) -> None:
    """销毁到期的办件内容、已经送出的消息和其他到期的记录。每天夜里自己运行，也可以手动。

    例：flask butler retention run --dry-run
    """
    with unit_of_work():
        due = queries.count_to_forget(clock.now())
    years = CASE_KEPT.days // 365
    click.echo(f"办结满 {years} 年、还能读出内容的办件：{due} 件。")
    if dry_run:
        for table, many in jobs.count_due().items():
            click.echo(f"{table}：{many} 行")
        return
    with unit_of_work():
        day = actions.begin_run(again=True)
    assert day is not None
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("销毁", total=due)
        done, messages, rows = jobs.forget_due(day, lambda taken: progress.advance(bar, taken))
    click.echo(f"销毁了 {done} 件办件的内容，清掉了 {messages} 条送出的消息，删掉了 {rows} 行到期的记录。")


@retention.command()
@click.argument("number")
@click.option("--reason", required=True, help="依据，例如法院的文号；不要写姓名")
def hold(number: str, reason: str) -> None:
    """保留一件办件，期限到了也不销毁。例：flask butler retention hold 7K3M-2QWX-9A4F --reason '（2026）浙01民初1号'"""
    if len(reason.strip()) < 4:
        raise click.BadParameter("请写明依据，至少四个字。")
    with unit_of_work():
        actions.place_hold(number, reason)
    click.echo("已保留。")


@retention.command()
@click.argument("number")
def release(number: str) -> None:
    """不再保留一件办件，期限照常走。"""
    with unit_of_work():
        actions.release_hold(number)
    click.echo("已解除。")


@click.command("privacy-report")
def privacy_report() -> None:
    """个人信息台账，给个人信息保护影响评估和审计用（Markdown）。例：flask butler privacy-report > report.md"""
    book = register()
    click.echo("# 个人信息台账\n\n| 内容 | 用来做什么 | 依据 | 类别 | 保存多久 | 谁能看 |\n|---|---|---|---|---|---|")
    for name, one in book.columns.items():
        sees = "、".join(READERS[reader] for reader in one.sees)
        kept = book.periods[one.kept]
        click.echo(f"| `{name}` | {one.purpose} | {GROUNDS[one.ground]} | {CLASSES[one.kind]} | {kept} | {sees} |")
    with unit_of_work():
        due, last, agreed = queries.count_to_forget(clock.now()), queries.last_run(), consent_queries.count()
    click.echo(f"\n共 {len(book.columns)} 项。到期还没有销毁的办件：{due} 件。")
    if last is None or last.ended_at is None:
        click.echo("到期销毁还没有完整运行过。")
    else:
        done = f"办件 {last.cases} 件、消息 {last.messages} 条、其他记录 {last.rows} 行"
        click.echo(f"上一次到期销毁：{say_moment(last.ended_at, clock.now())}，{done}。")
    click.echo("\n## 授权\n\n| 用途 | 现在的说明 | 依据 | 同意过几次 | 撤回过几次 |\n|---|---|---|---|---|")
    for purpose, given, taken_back in agreed:
        entry = consent_register()[purpose]
        click.echo(f"| {entry.title} | `{entry.now.code}` | {entry.law} | {given} | {taken_back} |")
