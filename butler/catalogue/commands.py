"""On the command line: `flask butler catalogue check`, `publish`, `history`."""

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click
import orjson
from flask import current_app
from flask.cli import AppGroup

from butler.catalogue import actions, queries
from butler.catalogue.approving import Signature, check_two_people
from butler.kit import clock
from butler.kit.database import unit_of_work
from butler.kit.errors import Refusal
from services_catalog.lint import lint
from services_catalog.loading import check_counts, load
from services_catalog.reading import CatalogueInvalid

commands = AppGroup("catalogue", help="事项目录：检查、发布、看历史。")


@commands.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="结果写成 JSON，给程序读。")
def check(folder: Path | None, *, as_json: bool) -> None:
    """检查目录文件夹：能不能读、数量对不对、有没有要改的写法。有一处不对就以 1 结束。

    \b
    例：flask butler catalogue check
    """
    try:
        catalogue = load(folder)
        check_counts(catalogue)
    except CatalogueInvalid as invalid:
        if as_json:
            click.echo(orjson.dumps({"ok": False, "errors": str(invalid).splitlines()}))
        else:
            click.echo(str(invalid))
            click.echo(f"共 {len(invalid.findings)} 处错误，目录不能使用。", err=True)
        raise SystemExit(1) from None
    flaws = lint(catalogue)
    counts = {
        "matters": len(catalogue.matters),
        "guides": len(catalogue.guides),
        "taps": sum(matter.tap for matter in catalogue.matters.values()),
        "bundles": len(catalogue.bundles),
    }
    if as_json:
        flat = [flaw._asdict() for flaw in flaws]
        click.echo(orjson.dumps({"ok": not flaws, "revision": catalogue.revision, **counts, "flaws": flat}))
    else:
        for flaw in flaws:
            click.echo(f"{flaw.file} {flaw.pointer}：{flaw.message}（{flaw.rule}）")
        click.echo(
            f"{counts['matters']} 个事项、{counts['guides']} 份指南、{counts['taps']} 个碰一碰、"
            f"{counts['bundles']} 个一件事，版本 {catalogue.revision}。"
        )
        click.echo(f"共 {len(flaws)} 处要改。" if flaws else "没有要改的。", err=True)
    if flaws:
        raise SystemExit(1)


@commands.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--note", default="", help="这次改了什么，写给以后看历史的人。")
@click.option("--by", default=None, help="谁发布的；不写就是登录这台机器的用户名。正式环境里写用户名。")
@click.option("--drafted-by", default=None, help="谁起草的，要是另一个人。正式环境里必须写用户名。")
@click.option("--again", type=int, help="把以前的一版再发布一次（编号见 history），用来退回。")
@click.option("--dry-run", is_flag=True, help="只检查、只看差别，什么也不改。")
@click.option("--json", "as_json", is_flag=True, help="结果写成 JSON，给程序读。")
def publish(
    folder: Path | None, *, note: str, by: str | None, drafted_by: str | None, again: int | None, dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """发布目录：FOLDER 是放着 matters、guides、bundles.yaml 的文件夹，不写就是随程序带的那一份。

    先检查再写入；有一处不对就什么也不改，以 1 结束。发布以后，各个网页进程5秒内换成新的，不用重启。
    正式环境里要两个人：起草的和发布的各输一次自己的密码和动态口令，都要是目录编辑或管理员。演示环境一个人就行。

    \b
    例：flask butler catalogue publish --dry-run
    例：flask butler catalogue publish 目录文件夹 --note 公交卡改为免费
    例：flask butler catalogue publish --again 3 --note 退回
    """
    who = by or getpass.getuser()
    signed = _ask_two_people(drafted_by, by) if current_app.extensions["settings"].production and not dry_run else None
    try:
        with unit_of_work():
            if signed is not None:
                check_two_people(*signed)
            if again is not None:
                done = actions.publish_again(again, by=who, drafted_by=drafted_by, note=note, dry_run=dry_run)
            else:
                done = actions.publish(root=folder, by=who, drafted_by=drafted_by, note=note, dry_run=dry_run)
    except CatalogueInvalid as invalid:
        _refuse(str(invalid).splitlines(), as_json=as_json)
    except actions.Unfit as unfit:
        _refuse([f"{flaw.file} {flaw.pointer}：{flaw.message}（{flaw.rule}）" for flaw in unfit.flaws], as_json=as_json)
    except Refusal as refused:
        _refuse([refused.detail], as_json=as_json)
    else:
        _say_published(done, dry_run=dry_run, as_json=as_json)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="结果写成 JSON，给程序读。")
def history(*, as_json: bool) -> None:
    """看发布过的目录，新的在前。例：flask butler catalogue history"""
    with unit_of_work():
        rows = queries.publications()
    if as_json:
        click.echo(orjson.dumps([row._asdict() for row in rows]))
        return
    for row in rows:
        at = row.published_at.astimezone(clock.CHINA)
        click.echo(f"{row.id}  {at:%Y-%m-%d %H:%M}  {row.revision}  {row.published_by}  {row.note}")
    if not rows:
        click.echo("还没有发布过，用的是随程序带的目录。", err=True)


def _ask_two_people(drafter: str | None, publisher: str | None) -> tuple[Signature, Signature]:
    if not drafter or not publisher:
        raise click.UsageError("正式环境里要两个人：--drafted-by 写起草的人，--by 写发布的人，都写用户名。")
    return _ask(drafter), _ask(publisher)


def _ask(username: str) -> Signature:
    password = click.prompt(f"{username} 的密码", hide_input=True, err=True)
    otp = click.prompt(f"{username} 的动态口令（没有就直接按回车）", default="", show_default=False, err=True)
    return Signature(username, password, otp)


def _refuse(lines: list[str], *, as_json: bool) -> NoReturn:
    if as_json:
        click.echo(orjson.dumps({"ok": False, "errors": lines}))
    else:
        for line in lines:
            click.echo(line)
        click.echo(f"共 {len(lines)} 处不对，什么也没有改。", err=True)
    raise SystemExit(1)


_KINDS = {"new": "新增", "gone": "去掉", "changed": "改动"}


def _say_published(done: actions.Publication, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        found = [asdict(difference) for difference in done.differences]
        plain = {"ok": True, "number": done.number, "revision": done.catalogue.revision, "differences": found}
        click.echo(orjson.dumps(plain))
        return
    for difference in done.differences:
        click.echo(f"{_KINDS[difference.kind]}  {difference.code}  {difference.name}")
        for change in difference.changes:
            click.echo(f"        {change.text}")
    if not done.differences:
        click.echo("和正在用的目录一样，没有要发布的。", err=True)
    elif dry_run:
        click.echo(f"共 {len(done.differences)} 处差别。只是看一看，什么也没有改。", err=True)
    else:
        click.echo(
            f"已发布第 {done.number} 版（{done.catalogue.revision}），共 {len(done.differences)} 处差别。", err=True
        )
