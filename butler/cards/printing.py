"""Pictures of a card: its QR code as PNG and SVG, one card as PDF, a sheet of ten as PDF.

Pure: bytes from values; no database, no settings, no clock. The same values give the same bytes, so a card
may be printed again and compared. Dark on white throughout, because offices print in grey.

Lengths are millimetres unless a name ends in `_pt` (1/72 inch); type sizes are points.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from urllib.parse import urlsplit

import qrcode
from PIL import Image
from qrcode.util import QRData
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from butler.cards.tokens import is_token
from butler.cards.typesetting import (
    ACCENT,
    BLACK,
    GREY,
    draw_line,
    draw_lines,
    missing_from_font,
    open_canvas,
    save_canvas,
)

CARD_WIDTH = 90.0
CARD_HEIGHT = 54.0
BLEED = 3.0
MARGIN = 4.0

#: White border of a QR code in modules (ISO/IEC 18004 asks for four).
QUIET_ZONE = 4
#: Side of the printed code with its quiet zone, and the smallest module a cheap phone still reads from paper.
QR_SIDE = 26.0
SMALLEST_MODULE = 0.5

SHEET_WIDTH = 210.0
SHEET_HEIGHT = 297.0
SHEET_COLUMNS = 2
SHEET_ROWS = 5
CARDS_PER_SHEET = SHEET_COLUMNS * SHEET_ROWS

_SHEET_LEFT = (SHEET_WIDTH - SHEET_COLUMNS * CARD_WIDTH) / 2
_SHEET_BOTTOM = (SHEET_HEIGHT - SHEET_ROWS * CARD_HEIGHT) / 2
_CROP_GAP = 2.0
_CROP_LENGTH = 5.0

_COLUMN = 53.0
_CODE_TOP = 50.6

_SAFETY_LINE = "办事不收费 · 不索要验证码"
_DEMO_LINE = "演示 · 信息都是虚构的"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFace:
    """What is printed on one card.

    `url` is the address in the code (`qr_address`); `domain` and `number` name the same site and card in
    words, to be compared with the opened page when somebody has pasted a false code over ours.
    `building_text` is what the card hangs in or serves, `title` the butler's office ("物业管家").
    `is_demo` prints plainly that the person and the telephone are invented.
    """

    url: str
    number: str
    butler_name: str
    title: str
    company: str
    building_text: str
    phone: str
    domain: str
    is_demo: bool


def qr_address(base_url: str, token: str) -> str:
    """Give the address a card's code carries: `HTTPS://HOST[:PORT]/C/TOKEN`, in capitals.

    Scheme and host may be written in capitals (RFC 3986 §3.1, §3.2.2) and the application answers `/C/` as it
    does `/c/`; capitals alone let a QR code use its alphanumeric mode, which needs a third fewer bits. A base
    address with a path of its own keeps that path as it is, since paths are case-sensitive.

    Raises ValueError when the base is not a plain http(s) address or the token is not a card token.
    """
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("base_url must be http(s)://host[:port]")
    if parts.query or parts.fragment:
        raise ValueError("base_url must not have a query or a fragment")
    if not is_token(token):
        raise ValueError("not a card token")
    return f"{parts.scheme.upper()}://{parts.netloc.upper()}{parts.path.rstrip('/')}/C/{token}"


def qr_png(url: str, box: int = 10) -> bytes:
    """Draw the code of an address as a black and white PNG, `box` pixels to a module, quiet zone included."""
    rows = _matrix(url)
    side = len(rows)
    picture = Image.frombytes("L", (side, side), bytes(0 if dark else 255 for row in rows for dark in row))
    out = BytesIO()
    picture.resize((side * box, side * box), Image.Resampling.NEAREST).convert("1").save(out, "PNG", optimize=True)
    return out.getvalue()


def qr_svg(url: str) -> bytes:
    """Draw the code of an address as an SVG of one path, one unit to a module, titled for screen readers."""
    rows = _matrix(url)
    side = len(rows)
    path = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in _runs(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img"'
        ' shape-rendering="crispEdges"><title>管家名片二维码</title>'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path fill="#000" d="{path}"/></svg>'
    ).encode()


def card_pdf(face: CardFace) -> bytes:
    """Draw one card for a print shop: a page of 96 × 60 mm whose TrimBox is the 90 × 54 mm card (3 mm bleed).

    Raises ValueError when the address is too long to print with modules of 0.5 mm.
    """
    width_pt, height_pt, bleed_pt = (CARD_WIDTH + 2 * BLEED) * mm, (CARD_HEIGHT + 2 * BLEED) * mm, BLEED * mm
    canvas, out = open_canvas((width_pt, height_pt), title=f"管家名片 {_one_line(face.number)}")
    canvas.setBleedBox((0, 0, width_pt, height_pt))
    canvas.setTrimBox((bleed_pt, bleed_pt, width_pt - bleed_pt, height_pt - bleed_pt))
    canvas.translate(bleed_pt, bleed_pt)
    _draw_card(canvas, face)
    save_canvas(canvas)
    return out.getvalue()


def sheet_pdf(faces: Sequence[CardFace], *, drawn: Callable[[int], object] = lambda _: None) -> bytes:
    """Draw cards for an office printer: A4, two across and five down, in the order given, with crop marks.

    Cards touch, so one cut parts two of them; nothing is printed up to a card's edge, so a cut a little off
    shows nothing of the neighbour. `drawn` hears after each card how many are done. Raises ValueError when there is
    no card, or an address is too long.
    """
    if not faces:
        raise ValueError("no cards to print")
    canvas, out = open_canvas((SHEET_WIDTH * mm, SHEET_HEIGHT * mm), title=f"管家名片 {len(faces)} 张")
    for start in range(0, len(faces), CARDS_PER_SHEET):
        _draw_crop_marks(canvas)
        for place, face in enumerate(faces[start : start + CARDS_PER_SHEET]):
            row, column = divmod(place, SHEET_COLUMNS)
            canvas.saveState()
            canvas.translate(
                (_SHEET_LEFT + column * CARD_WIDTH) * mm,
                (_SHEET_BOTTOM + (SHEET_ROWS - 1 - row) * CARD_HEIGHT) * mm,
            )
            _draw_card(canvas, face)
            canvas.restoreState()
            drawn(start + place + 1)
        canvas.showPage()
    save_canvas(canvas)
    return out.getvalue()


def unprintable_characters(face: CardFace) -> str:
    """Give the characters of a card the font cannot draw, each once, in order; empty when all can be printed.

    Such a character prints as 〓 (the printers' mark for a missing type), so ask this before printing.
    """
    texts = (
        face.butler_name,
        face.title,
        face.company,
        face.building_text,
        face.phone,
        face.domain,
        face.number,
    )
    return missing_from_font(_one_line("".join(texts)))


@lru_cache(maxsize=64)
def _matrix(url: str) -> tuple[tuple[bool, ...], ...]:
    """Compute the modules of an address with its quiet zone, error correction Q (a quarter may be lost)."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=QUIET_ZONE)
    code.add_data(QRData(url))
    return tuple(tuple(row) for row in code.get_matrix())


def _runs(rows: Sequence[Sequence[bool]]) -> Iterator[tuple[int, int, int]]:
    """Give the dark stretches of each row as (x, y, length) in modules, y counted from the top."""
    for y, row in enumerate(rows):
        start = None
        for x, dark in enumerate((*row, False)):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                yield start, y, x - start
                start = None


def _draw_code(canvas: Canvas, url: str) -> None:
    """Draw the code at the card's upper right as one filled path, its dark modules flush with the margins."""
    rows = _matrix(url)
    module = QR_SIDE / len(rows)
    if module < SMALLEST_MODULE:
        raise ValueError(f"address of {len(url)} characters is too long for a {QR_SIDE:g} mm code")
    left = CARD_WIDTH - MARGIN - (len(rows) - QUIET_ZONE) * module
    top = _CODE_TOP + QUIET_ZONE * module
    path = canvas.beginPath()
    for x, y, length in _runs(rows):
        path.rect((left + x * module) * mm, (top - (y + 1) * module) * mm, length * module * mm, module * mm)
    canvas.setFillColor(BLACK)
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_card(canvas: Canvas, face: CardFace) -> None:
    """Draw one card with its lower left trim corner at the origin."""
    _draw_code(canvas, face.url)
    _draw_person(canvas, face)
    right = CARD_WIDTH - MARGIN

    # What to compare with the opened page: under the code, outside its quiet zone.
    number = f"卡号 {_one_line(face.number)}"
    draw_line(canvas, right, 23.9, number, width=28, size=8.5, smallest=5, bold=True, align="right")
    draw_line(canvas, right, 20.9, _one_line(face.domain), width=28, size=7, smallest=4.5, align="right")

    # The telephone: the largest thing on the card, a line to itself.
    canvas.setStrokeColor(ACCENT)
    canvas.setLineWidth(0.7)
    canvas.line(MARGIN * mm, 19.3 * mm, right * mm, 19.3 * mm)
    phone = _grouped(_one_line(face.phone))
    draw_line(canvas, MARGIN, 9.9, "电话", width=8, size=11, smallest=11, bold=True)
    draw_line(canvas, right, 9.3, phone, width=72, size=31, smallest=10, bold=True, align="right")

    draw_line(canvas, MARGIN, 4.2, _SAFETY_LINE, width=54, size=8.5, smallest=8.5)
    _draw_touch_mark(canvas, right, 4.2)


def _draw_person(canvas: Canvas, face: CardFace) -> None:
    """Draw who the butler is, down the left column: office, name, building, company."""
    width = _COLUMN
    if face.is_demo:
        width -= _draw_demo_mark(canvas, MARGIN + _COLUMN) + 1.5
    draw_line(canvas, MARGIN, 47.6, _one_line(face.title), width=width, size=9, smallest=5, colour=GREY)
    top = 45.7
    for text, height, size, smallest, bold in (
        (face.butler_name, 10.9, 26.0, 8.0, True),
        (face.building_text, 7.6, 12.0, 6.0, True),
        (face.company, 5.9, 9.0, 5.0, False),
    ):
        top -= 0.8 + draw_lines(
            canvas,
            MARGIN,
            top,
            _one_line(text),
            width=_COLUMN,
            height=height,
            size=size,
            smallest=smallest,
            bold=bold,
        )


def _draw_demo_mark(canvas: Canvas, right: float) -> float:
    """Draw the framed words that say this card is a demonstration, ending at `right`; give their width."""
    padding = 1.3
    taken = draw_line(
        canvas, right - padding, 47.7, _DEMO_LINE, width=_COLUMN, size=7, smallest=7, bold=True, align="right"
    )
    taken += 2 * padding
    canvas.setStrokeColor(BLACK)
    canvas.setLineWidth(0.8)
    canvas.rect((right - taken) * mm, 46.6 * mm, taken * mm, 4.0 * mm)
    return taken


def _draw_touch_mark(canvas: Canvas, right: float, baseline: float) -> None:
    """Draw three waves and 碰一碰 for the NFC tag, ending at `right`."""
    taken = draw_line(canvas, right, baseline, "碰一碰", width=14, size=8.5, smallest=8.5, align="right")
    centre_x, centre_y = right - taken - 4.4, baseline + 1.1
    canvas.setStrokeColor(ACCENT)
    canvas.setLineWidth(0.9)
    canvas.setLineCap(1)
    for radius in (1.0, 2.0, 3.0):
        box = (centre_x - radius, centre_y - radius, centre_x + radius, centre_y + radius)
        canvas.arc(*(side * mm for side in box), startAng=-40, extent=80)


def _draw_crop_marks(canvas: Canvas) -> None:
    """Draw a short line outside the block of cards at both ends of every cut."""
    canvas.setStrokeColor(BLACK)
    canvas.setLineWidth(0.25)
    right = _SHEET_LEFT + SHEET_COLUMNS * CARD_WIDTH
    top = _SHEET_BOTTOM + SHEET_ROWS * CARD_HEIGHT
    lines = []
    for column in range(SHEET_COLUMNS + 1):
        x = _SHEET_LEFT + column * CARD_WIDTH
        lines.append((x, _SHEET_BOTTOM - _CROP_GAP, x, _SHEET_BOTTOM - _CROP_GAP - _CROP_LENGTH))
        lines.append((x, top + _CROP_GAP, x, top + _CROP_GAP + _CROP_LENGTH))
    for row in range(SHEET_ROWS + 1):
        y = _SHEET_BOTTOM + row * CARD_HEIGHT
        lines.append((_SHEET_LEFT - _CROP_GAP, y, _SHEET_LEFT - _CROP_GAP - _CROP_LENGTH, y))
        lines.append((right + _CROP_GAP, y, right + _CROP_GAP + _CROP_LENGTH, y))
    canvas.lines([tuple(end * mm for end in line) for line in lines])


def _one_line(text: str) -> str:
    """Turn every stretch of white space, line breaks included, into one blank."""
    return " ".join(text.split())


def _grouped(phone: str) -> str:
    """Group a mainland mobile number 3-4-4 as people read it out; leave other numbers as they are written."""
    if len(phone) == 11 and phone.isascii() and phone.isdigit() and phone.startswith("1"):
        return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    return phone
