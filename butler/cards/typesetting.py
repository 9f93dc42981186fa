"""Chinese text on a PDF page: the one font, fitted to its space so that no name is ever cut at the edge.

Lengths are millimetres; type sizes are points.
"""

import re
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Literal

from reportlab.lib.colors import Color, black
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONT_FILE = Path(__file__).parent / "fonts" / "NotoSansSC_400Regular.ttf"
FONT_NAME = "NotoSansSC"

BLACK = black
GREY = Color(0.25, 0.25, 0.25)
ACCENT = Color(0.04, 0.35, 0.33)

_LEADING = 1.18
_MISSING = "〓"
_STEP = 0.5
_UNBREAKABLE = re.compile(r"(?:[0-9A-Za-z]+|.)[，。、；：！？）》」』·…]*")

# reportlab's parsed font keeps a read position while it cuts a subset, so only one document may be closed at
# a time, whichever thread draws it.
_font_lock = Lock()


def load_font() -> TTFont:
    """Give the font, read once in a process and only when the first page is drawn (about half a second)."""
    with _font_lock:
        if FONT_NAME not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(FONT_NAME, str(FONT_FILE)))
        return pdfmetrics.getFont(FONT_NAME)


def open_canvas(size_pt: tuple[float, float], *, title: str) -> tuple[Canvas, BytesIO]:
    """Open a page of that size (points) for drawing; the bytes arrive in the second value at `save_canvas`.

    `invariant` leaves the time of printing out of the file: the same card gives the same bytes.
    """
    load_font()
    out = BytesIO()
    canvas = Canvas(out, pagesize=size_pt, invariant=True, pageCompression=1, lang="zh-CN")
    canvas.setTitle(title)
    return canvas, out


def save_canvas(canvas: Canvas) -> None:
    """Close the document: embed the glyphs it used and write it out."""
    with _font_lock:
        canvas.save()


def missing_from_font(text: str) -> str:
    """Give the characters the font has no picture for, each once, in order."""
    known = load_font().face.charToGlyph
    return "".join(dict.fromkeys(character for character in text if ord(character) not in known))


def text_width(text: str, size: float) -> float:
    """Measure a text in millimetres at a type size in points."""
    return float(pdfmetrics.stringWidth(text, FONT_NAME, size) / mm)


def fit_line(text: str, *, width: float, size: float, smallest: float) -> tuple[str, float]:
    """Give the text and the largest type size, from `size` down to `smallest`, at which it fits the width.

    A text too long even at the smallest size is shortened with an ellipsis.
    """
    lines, fitted = fit_lines(text, width=width, height=0, size=size, smallest=smallest)
    return lines[0], fitted


def fit_lines(text: str, *, width: float, height: float, size: float, smallest: float) -> tuple[list[str], float]:
    """Break the text into lines that fit a box, at the largest type size that does; one line always fits.

    A text too long at the smallest size ends in an ellipsis.
    """
    text = text.translate(dict.fromkeys(map(ord, missing_from_font(text)), _MISSING))
    while True:
        room = max(1, int(height * mm / (size * _LEADING)))
        lines = _break_lines(text, width, size)
        if len(lines) <= room:
            return lines, size
        if size <= smallest:
            last = lines[room - 1]
            while text_width(last + "…", size) > width:
                last = last[:-1]
            return [*lines[: room - 1], last + "…"], size
        size = max(smallest, size - _STEP)


def draw_line(
    canvas: Canvas,
    x: float,
    baseline: float,
    text: str,
    *,
    width: float,
    size: float,
    smallest: float,
    bold: bool = False,
    colour: Color = BLACK,
    align: Literal["left", "right"] = "left",
) -> float:
    """Draw one fitted line from `x` (or ending at `x` when right-aligned) and give the width it took."""
    text, size = fit_line(text, width=width, size=size, smallest=smallest)
    taken = text_width(text, size)
    _write(canvas, x - taken if align == "right" else x, baseline, text, size, bold=bold, colour=colour)
    return taken


def draw_lines(
    canvas: Canvas,
    x: float,
    top: float,
    text: str,
    *,
    width: float,
    height: float,
    size: float,
    smallest: float,
    bold: bool = False,
) -> float:
    """Draw a text, broken and fitted, down from `top` into a box; give the height it took."""
    lines, size = fit_lines(text, width=width, height=height, size=size, smallest=smallest)
    for index, line in enumerate(lines):
        # 0.88 em is the height of a Chinese character above its baseline in this font.
        baseline = top - (0.88 + index * _LEADING) * size / mm
        _write(canvas, x, baseline, line, size, bold=bold, colour=BLACK)
    return float(len(lines) * _LEADING * size / mm)


def _break_lines(text: str, width: float, size: float) -> list[str]:
    """Fill lines of that width; a blank at a break is dropped.

    Breaks between any two Chinese characters, but keeps a number or a Latin word whole (unless it alone is
    wider than a line) and starts no line with closing punctuation.
    """
    lines, line = [], ""
    units: list[str] = []
    for unit in _UNBREAKABLE.findall(text):
        units.extend([unit] if text_width(unit, size) <= width else unit)
    for unit in units:
        if line and text_width(line + unit, size) > width:
            lines.append(line.rstrip())
            line = unit.lstrip()
        else:
            line += unit
    return [*lines, line]


def _write(canvas: Canvas, x: float, baseline: float, text: str, size: float, *, bold: bool, colour: Color) -> None:
    """Set a line of type; bold is the same type with its outline drawn too: one weight of font is enough."""
    canvas.setFont(FONT_NAME, size)
    canvas.setFillColor(colour)
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(size * 0.03)
    canvas.drawString(x * mm, baseline * mm, text, mode=2 if bold else 0)
