"""Commands about the keys personal data is sealed with."""

import base64
import os
from collections.abc import Iterable

import click
from flask.cli import AppGroup

from butler.kit.rekeying import Opened
from butler.kit.sealing import ring

keys = AppGroup("keys", help="个人信息的加密钥匙。")


@keys.command()
@click.option("--id", "name", help="钥匙的名字，写在每份密文开头；例：2027")
@click.option("--again", is_flag=True, help="已经有一把找人的钥匙，这是下一把（编号加一）")
def new(name: str | None, again: bool) -> None:
    """生成新的随机钥匙，只打印，不保存。例：flask butler keys new --id 2027"""
    click.echo(f"BUTLER_KEYS={name or 'first'}:{_random()}")
    number = max(key.number for key in ring().index_keys) + 1 if again else 1
    click.echo(f"BUTLER_INDEX_KEY={number}:{_random()}")
    click.echo("换钥匙时：新的放在最前面，旧的留在后面，用逗号隔开；两样都可以换。步骤见 docs/deploy.md。", err=True)


def _random() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")


def tell_opened(every: Iterable[Opened]) -> int:
    """Say of each column how many values were opened and under which key, and name those that do not open; how many."""
    bad = 0
    for found in every:
        counts = [f"{name} {many}" for name, many in sorted(found.by_key.items())]
        counts += [f"已销毁 {found.destroyed}"] if found.destroyed else []
        counts += [f"这次没有打开 {found.left_out}"] if found.left_out else []
        click.echo(f"{found.place}: {'，'.join(counts) or '没有'}")
        for row in found.unreadable:
            click.echo(f"{found.place}: {row} 打不开")
        bad += len(found.unreadable)
    return bad


def say_progress(name: str, done: int, total: int) -> None:
    """Say on the error channel how far something is."""
    click.echo(f"{name}: {done}/{total}", err=True)
