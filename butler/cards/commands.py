"""On the command line: `flask butler cards make`."""

from pathlib import Path

import click
from flask.cli import AppGroup

from butler.cards import actions, away, printing, queries
from butler.cards.models import Card
from butler.kit.database import db, unit_of_work
from butler.kit.errors import Refusal
from butler.kit.progress import Tell, progress_bar
from butler.org import queries as org
from butler.org.models import Desk

commands = AppGroup("cards", help="管家卡：成批制卡和打印。")


@commands.command(short_help="给每幢楼发一张卡，印成 A4")
@click.option("--desk", "desk_id", type=click.IntRange(1, 2**63 - 1), help="管家服务台的编号。")
@click.option("--street", "street_code", help="街道（或社区、区县）的编码：那里所有的管家服务台。")
@click.option("--pdf", "file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="写到哪个文件。")
@click.option("--dry-run", is_flag=True, help="只数一数，不发卡，也不写文件。")
def make(*, desk_id: int | None, street_code: str | None, file: Path, dry_run: bool) -> None:
    """给管家服务台看管的每幢楼发一张卡（有卡的不再发），连同原有的卡一起印成 PDF：A4，每页十张，带裁切线。

    中断了可以再运行一次：卡不会重复。

    \b
    例：flask butler cards make --street 330106002 --pdf cards.pdf --dry-run
    """
    if (desk_id is None) == (street_code is None):
        raise click.UsageError("--desk 和 --street 请写一个，只写一个。")
    try:
        with progress_bar("发卡") as tell, unit_of_work():
            desks = _desks(desk_id, street_code)
            if dry_run:
                missing = sum(len(db.session.scalars(queries.buildings_without_card(desk)).all()) for desk in desks)
                there = sum(len(_cards(desk)) for desk in desks)
                click.echo(f"{len(desks)} 个管家服务台：要新发 {missing} 张，原有 {there} 张。只是检查，什么也没有改。")
                return
            issued = _issue(desks, tell)
            cards = [card for desk in desks for card in _cards(desk)]
            if cards:
                _write(cards, file, tell)
    except Refusal as refused:
        click.echo(refused.detail, err=True)
        raise SystemExit(1) from None
    except OSError:
        click.echo(f"写不了文件 {file}，什么也没有改。请换一个地方，或者清出一些空间。", err=True)
        raise SystemExit(1) from None
    if not cards:
        click.echo("这里没有可以发卡的楼，没有写文件。", err=True)
        raise SystemExit(1)
    click.echo(f"{len(desks)} 个管家服务台：新发 {issued} 张，共 {len(cards)} 张，已写到 {file}。")


@commands.command("away-page", short_help="全部打不开时给居民看的一页")
@click.option("--unit", "unit_code", required=True, help="区县（或街道）的编码：列出那里的值班电话。")
@click.option("--file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="写到哪个文件。")
def write_away_page(*, unit_code: str, file: Path) -> None:
    """写一个单独的网页：110、119、120 和各处的值班电话。交给前面的 nginx，应用打不开时由它给出。电话变了再写一次。

    \b
    例：flask butler cards away-page --unit 330106 --file /var/www/butler/away.html
    """
    try:
        with unit_of_work():
            telephones = away.duty_telephones([org.unit_by_code(unit_code).path])
    except Refusal as refused:
        click.echo(refused.detail, err=True)
        raise SystemExit(1) from None
    file.write_text(away.away_page(telephones), encoding="utf-8")
    click.echo(f"写好了，有 {len(telephones)} 个电话：{file}")


def _desks(desk_id: int | None, street_code: str | None) -> list[Desk]:
    if street_code is not None:
        return list(db.session.scalars(queries.butler_desks_in(org.unit_by_code(street_code))))
    return [queries.butler_desk(desk_id)] if desk_id is not None else []


def _issue(desks: list[Desk], tell: Tell) -> int:
    wanted = [
        (desk, building) for desk in desks for building in db.session.scalars(queries.buildings_without_card(desk))
    ]
    for done, (desk, building) in enumerate(wanted, start=1):
        actions.issue(desk=desk, building=building, by=None)
        tell("发卡", done, len(wanted))
    return len(wanted)


def _cards(desk: Desk) -> list[Card]:
    return list(db.session.scalars(queries.cards_of_desk(desk.id)))


def _write(cards: list[Card], file: Path, tell: Tell) -> None:
    """The file is there whole or not at all, and before the cards are: a full disk issues nothing."""
    faces = queries.faces_of(cards)
    for face in faces:
        if missing := printing.unprintable_characters(face):
            click.echo(f"卡 {face.number} 有 {len(missing)} 个字印不出来，会印成〓：{missing}", err=True)
    document = printing.sheet_pdf(faces, drawn=lambda done: tell("排版", done, len(faces)))
    draft = file.with_name(f"{file.name}.part")
    draft.write_bytes(document)
    draft.replace(file)
