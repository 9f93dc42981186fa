"""Commands about the keys personal data is sealed with."""

import base64
import os
from collections.abc import Iterable

import click
from flask.cli import AppGroup

from butler.kit import rekeying
from butler.kit.rekeying import Opened
from butler.kit.sealing import ring

keys = AppGroup("keys", help="个人信息的加密钥匙。")


@keys.command()
@click.option("--id", "name", help="钥匙的名字，写在每份密文开头；例：2027")
def new(name: str | None) -> None:
    """生成新的随机钥匙，只打印，不保存。例：flask butler keys new --id 2027"""
    click.echo(f"BUTLER_KEYS={name or 'first'}:{_random()}")
    click.echo(f"BUTLER_INDEX_KEY={_random()}")
    click.echo("换钥匙时：把新的 id:钥匙 放在 BUTLER_KEYS 最前面，旧的留在后面；BUTLER_INDEX_KEY 不要换。", err=True)


def _random() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")


@keys.command()
@click.option("--dry-run", is_flag=True, help="只数，不改")
def rotate(dry_run: bool) -> None:
    """用 BUTLER_KEYS 里的第一把钥匙重新加密其余钥匙加密的内容。边办事边做；随时可以停，再运行就接着做。"""
    told = {name: many for name, many in rekeying.rotate(_say, dry_run=dry_run).items() if many}
    for name, many in told.items():
        click.echo(f"{name}: {many}")
    word = "行要重新加密" if dry_run else "行已重新加密"
    click.echo(f"共 {sum(told.values())} {word}，现在用的钥匙是 {ring().first.id}。", err=True)


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


def _say(name: str, done: int, total: int) -> None:
    click.echo(f"{name}: {done}/{total}", err=True)
