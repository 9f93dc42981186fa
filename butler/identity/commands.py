"""On the command line: `flask butler staff create-first`. The only way to an account that nobody invited."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from butler.identity import actions
from butler.identity.permission_page import draw_permissions
from butler.identity.rules import address_of_link
from butler.kit.database import unit_of_work
from butler.kit.errors import Refusal
from butler.org import queries as org

commands = AppGroup("staff", help="工作人员：建立第一位系统管理员。")


@commands.command("create-first", short_help="给第一位系统管理员一个一次性链接")
@click.option("--name", required=True, help="姓名。")
@click.option("--unit", "unit_code", required=True, help="管理哪个辖区（连同下面的），写编码，比如 330106。")
def create_first(*, name: str, unit_code: str) -> None:
    """给第一位系统管理员一个一次性链接：72 小时内有效，用一次，自己设用户名和密码。没有任何预设的账号。

    这个辖区（或上级）已经有管理员时不再给：请他们在“人员”页面里邀请。

    \b
    例：flask butler staff create-first --name 张三 --unit 330106
    """
    name = name.strip()
    if not 0 < len(name) <= 40:
        raise click.UsageError("姓名要写 1 到 40 个字。")
    try:
        with unit_of_work():
            token, invitation = actions.invite_first(name=name, unit=org.unit_by_code(unit_code))
            expires_at = invitation.expires_at
    except Refusal as refused:
        click.echo(refused.detail, err=True)
        raise SystemExit(1) from None
    click.echo(address_of_link(current_app.extensions["settings"].base_url, token))
    click.echo(f"请交给{name}本人。{expires_at:%Y-%m-%d %H:%M} 以前有效，只能用一次，不会再显示。", err=True)


@click.command("permissions")
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/permissions.md"), show_default=True)
@click.option("--dry-run", is_flag=True, help="只打印，不写文件")
def draw(out: Path, dry_run: bool) -> None:
    """从代码写出权限表：谁能做什么、看哪些内容。例：flask butler permissions --dry-run"""
    text = draw_permissions()
    if dry_run:
        click.echo(text)
        return
    out.write_text(text, encoding="utf-8")
    click.echo(f"已写入 {out}", err=True)
