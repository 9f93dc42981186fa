"""Tables that leave the house hold texts and nothing that a spreadsheet would calculate or round."""

import csv
import io
import zipfile
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butler.kit.tables import harmless, write_csv, write_xlsx

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_would_be_calculated_becomes_text(sign: str) -> None:
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"
    assert harmless(f"a{sign}") == f"a{sign}"


def test_long_numbers_stay_whole_and_short_ones_as_they_are() -> None:
    assert harmless("330106199001011234") == "'330106199001011234"
    assert [harmless(text) for text in ("12", "10012345678", "", "7K3M-2QWX-9A4F")] == [
        "12", "10012345678", "", "7K3M-2QWX-9A4F",
    ]  # fmt: skip


@given(st.lists(st.lists(TEXT, min_size=1, max_size=4), max_size=5))
def test_csv_reads_back_and_no_cell_is_a_formula(rows: list[list[str]]) -> None:
    text = write_csv(rows).decode("utf-8-sig")

    read = list(csv.reader(io.StringIO(text, newline="")))

    assert read == [[harmless(cell) for cell in row] for row in rows]
    assert not any(cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) for row in read for cell in row)


@given(st.lists(st.lists(TEXT, min_size=1, max_size=4), max_size=5))
def test_workbook_is_xml_with_inline_texts_alone(rows: list[list[str]]) -> None:
    with zipfile.ZipFile(io.BytesIO(write_xlsx(rows))) as book:
        parts = {name: ElementTree.fromstring(book.read(name)) for name in book.namelist()}

    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    cells = list(parts["xl/worksheets/sheet1.xml"].iter(f"{space}c"))
    assert len(cells) == sum(map(len, rows))
    assert {cell.get("t") for cell in cells} <= {"inlineStr"}
    assert not list(parts["xl/worksheets/sheet1.xml"].iter(f"{space}f"))
