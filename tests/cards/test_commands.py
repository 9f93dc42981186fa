"""Making cards in batches."""

from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from butler.cards import actions
from butler.cards.commands import commands
from butler.cards.models import Card
from butler.kit.database import ButlerFlask, db
from factories import Street


@pytest.fixture
def run(app: ButlerFlask, here: Street, tmp_path: Path):
    """`run("--desk", 7)`: the command on a file in a folder of its own."""

    def make(*words: object) -> Result:
        arguments = ["make", *map(str, words), "--pdf", str(tmp_path / "cards.pdf")]
        return CliRunner().invoke(commands, arguments, obj=None)

    db.session.commit()
    return make


def test_make_issues_what_is_missing_and_prints_all(run, here: Street, tmp_path: Path) -> None:
    result = run("--street", "330106002")

    assert (result.exit_code, result.output) == (
        0,
        f"2 个管家服务台：新发 1 张，共 2 张，已写到 {tmp_path / 'cards.pdf'}。\n",
    )
    text = pypdfium2.PdfDocument(tmp_path / "cards.pdf")[0].get_textpage().get_text_bounded()
    numbers = db.session.scalars(select(Card.number).where(Card.revoked_at.is_(None))).all()
    assert {number in text for number in numbers if number in cards_of(here)} == {True}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cards.pdf"]


def test_make_again_issues_nothing(run, here: Street) -> None:
    run("--street", "330106002")

    again = run("--street", "330106002")

    assert "新发 0 张，共 2 张" in again.output
    assert len(cards_of(here)) == 2


def test_make_dry_run_changes_nothing(run, here: Street, tmp_path: Path) -> None:
    result = run("--street", "330106002", "--dry-run")

    assert result.output == "2 个管家服务台：要新发 1 张，原有 1 张。只是检查，什么也没有改。\n"
    assert len(cards_of(here)) == 1
    assert list(tmp_path.iterdir()) == []


def test_make_for_one_desk(run, here: Street) -> None:
    result = run("--desk", here.desk.id)

    assert "1 个管家服务台：新发 0 张，共 1 张" in result.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("--desk", 1, "--street", "330106002"), 2),
        (("--desk", "x"), 2),
        (("--desk", 0), 2),
        (("--desk", 999_999_999), 1),
        (("--street", "999"), 1),
    ],
)
def test_make_refused(run, words, code) -> None:
    result = run(*words)

    assert result.exit_code == code
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_make_where_there_is_nothing(run, here: Street, tmp_path: Path) -> None:
    result = run("--street", here.grids[0].code)

    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [])


def test_make_keeps_no_card_when_the_file_cannot_be_written(run, here: Street, tmp_path: Path) -> None:
    (tmp_path / "cards.pdf.part").mkdir()

    result = run("--street", "330106002")

    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "什么也没有改" in result.output
    assert len(cards_of(here)) == 1


def test_make_leaves_out_cards_out_of_use(run, here: Street) -> None:
    actions.revoke(card=here.card)
    db.session.commit()

    result = run("--desk", here.desk.id)

    assert "新发 1 张，共 1 张" in result.output


def test_help(run) -> None:
    assert "flask butler cards make --street" in CliRunner().invoke(commands, ["make", "--help"]).output


def cards_of(here: Street) -> list[str]:
    found = select(Card.number).where(Card.desk_id.in_([here.desk.id, here.other_desk.id]))
    return list(db.session.scalars(found))
