"""Commands about the keys personal data is sealed with."""

import base64
import os

import click
from flask.cli import AppGroup

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
