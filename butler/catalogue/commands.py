"""On the command line: `flask butler catalogue check`."""

import click
import orjson
from flask.cli import AppGroup

from butler.catalogue import queries
from services_catalog.lint import lint
from services_catalog.loading import check_counts
from services_catalog.reading import CatalogueInvalid

commands = AppGroup("catalogue", help="事项目录：检查事项、指南和一件事。")


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="结果写成 JSON，给程序读。")
def check(*, as_json: bool) -> None:
    """检查目录：能不能读、数量对不对、有没有要改的写法。有一处不对就以 1 结束。

    \b
    例：flask butler catalogue check
    """
    try:
        catalogue = queries.catalogue()
        check_counts(catalogue)
    except CatalogueInvalid as invalid:
        if as_json:
            click.echo(orjson.dumps({"ok": False, "errors": [str(finding) for finding in invalid.findings]}))
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
