"""Tables that leave the house: CSV and XLSX through one writer. Every cell is text, and none is a formula."""

import csv
import io
import zipfile
from collections.abc import Sequence
from html import escape

Rows = Sequence[Sequence[str]]

# What makes a spreadsheet calculate, narrow and full width (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_EXACT_DIGITS = 11  # a spreadsheet keeps fifteen digits of a number and shows fewer


def harmless(cell: str) -> str:
    """The cell as text: an apostrophe before what would be calculated, or before digits that would be rounded."""
    long_number = len(cell) > _EXACT_DIGITS and cell.isascii() and cell.isdigit()
    return f"'{cell}" if cell.startswith(_FORMULA) or long_number else cell


def write_csv(rows: Rows) -> bytes:
    """CSV as spreadsheets in China open it: UTF-8 with its mark, commas, CR LF, every cell quoted."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def write_xlsx(rows: Rows) -> bytes:
    """The smallest workbook there is: one sheet of inline texts (ISO/IEC 29500), formatted as text throughout.

    An inline text is never calculated nor rounded; it is made harmless all the same, for whoever saves it as CSV.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in _PARTS.items():
            book.writestr(zipfile.ZipInfo(name), content)
        book.writestr(zipfile.ZipInfo("xl/worksheets/sheet1.xml"), _sheet(rows))
    return out.getvalue()


def _sheet(rows: Rows) -> str:
    lines = "".join(
        f'<row r="{number}">{"".join(_cell(text) for text in row)}</row>' for number, row in enumerate(rows, start=1)
    )
    return f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def _cell(text: str) -> str:
    plain = "".join(letter for letter in harmless(text) if letter in "\t\n" or letter >= " ")
    return f'<c t="inlineStr" s="1"><is><t xml:space="preserve">{escape(plain)}</t></is></c>'


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
