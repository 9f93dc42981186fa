"""Commands about files."""

import sys

import click
from flask.cli import AppGroup

from butler.files import checking, jobs
from butler.kit.database import unit_of_work

files = AppGroup("files", help="照片和材料的文件。")


@files.command()
def sweep() -> None:
    """清掉没有记录、放了一小时以上的文件（中断的上传留下的）；定时任务每小时也做。例：flask butler files sweep"""
    click.echo(f"清掉了 {jobs.sweep_files()} 个文件。", err=True)


@files.command()
def verify() -> None:
    """把每个文件读一遍，核对 SHA-256；恢复备份以后运行。有问题时列出并以 1 结束。例：flask butler files verify"""
    with unit_of_work():
        found = list(checking.violations(read=True))
    for line in found:
        click.echo(line)
    click.echo("没有发现问题。" if not found else f"发现 {len(found)} 处问题。", err=True)
    sys.exit(1 if found else 0)
