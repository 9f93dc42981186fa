"""One sheet of paper with the head of a day, for a second person to file. Pure; lengths are millimetres."""

from dataclasses import dataclass
from datetime import datetime

import qrcode
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from butler.cards.typesetting import BLACK, GREY, draw_line, draw_lines, open_canvas, save_canvas
from butler.kit.wording import say_clock, say_day
from butler.ledger.heads import Head, in_groups

WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 25.0
QR_SIDE = 46.0
QUIET_ZONE = 4  # modules (ISO/IEC 18004)
GROUPS_A_LINE = 4
_INNER = WIDTH - 2 * MARGIN


@dataclass(frozen=True)
class Sheet:
    """What is printed. `is_demo` says plainly that the town is invented."""

    head: Head
    sealed_at: datetime
    installation: str
    is_demo: bool


def code_text(head: Head) -> str:
    """What the code on the sheet says: day and root, to be compared without typing."""
    return f"BUTLER-LEDGER {head.day.isoformat()} {head.root.hex().upper()}"


def sheet_pdf(sheet: Sheet) -> bytes:
    """Draw the sheet: A4, black on white, large enough to be read aloud to somebody who checks it."""
    head = sheet.head
    day = f"{head.day.year}年{say_day(head.day)}"
    canvas, out = open_canvas((WIDTH * mm, HEIGHT * mm), title=f"今日记录指纹 {head.day.isoformat()}")
    y = HEIGHT - MARGIN - 8
    _line(canvas, y, "今日记录指纹", 26, bold=True)
    _line(canvas, y - 12, day, 18)
    if sheet.is_demo:
        draw_line(canvas, WIDTH - MARGIN, y, "演示，信息都是虚构的", width=70, size=12, smallest=9, align="right")
    y -= 26
    for label, said in (
        ("当天有进展的办件", f"{head.cases} 件，{head.lines} 行经过"),
        ("当天的查看记录", f"{head.lookers} 人，{head.looks} 次"),
        ("算出来的时间", f"{say_day(sheet.sealed_at, head.day)} {say_clock(sheet.sealed_at)}"),
        ("系统地址", sheet.installation),
    ):
        draw_line(canvas, MARGIN, y, label, width=50, size=12, smallest=9, colour=GREY)
        draw_line(canvas, MARGIN + 52, y, said, width=_INNER - 52, size=13, smallest=8)
        y -= 9
    y -= 6
    _line(canvas, y, "指纹（四位一组，共十六组）", 12)
    groups = in_groups(head.root).split()
    for at in range(0, len(groups), GROUPS_A_LINE):
        y -= 13
        draw_line(canvas, MARGIN, y, f"{at + 1}", width=8, size=11, smallest=9, colour=GREY)
        for place, group in enumerate(groups[at : at + GROUPS_A_LINE]):
            draw_line(canvas, MARGIN + 14 + place * 36, y, group, width=34, size=24, smallest=20, bold=True)
    y -= 12
    _draw_code(canvas, code_text(head), MARGIN, y - QR_SIDE)
    words = (
        "这一串字由截至当天的全部办件经过和查看记录算出来，也包含它前面每一天的。以后谁改动、删掉或补写了其中任何一行，"
        "再算出来的就不是这一串。请交给不管这套系统的第二个人存档，不要存在这套系统里。"
        "要核对时，把日期和这一串字报给系统管理员，或者自己看着他运行：flask butler ledger verify --to 日期 --root 指纹。"
    )
    draw_lines(
        canvas, MARGIN + QR_SIDE + 6, y - 3, words, width=_INNER - QR_SIDE - 6, height=QR_SIDE, size=12, smallest=9
    )
    y -= QR_SIDE + 24
    for place, label in enumerate(("打印人签名", "保管人签名", "收到日期")):
        left = MARGIN + place * (_INNER / 3)
        canvas.setStrokeColor(BLACK)
        canvas.setLineWidth(0.8)
        canvas.line(left * mm, y * mm, (left + _INNER / 3 - 8) * mm, y * mm)
        draw_line(canvas, left, y - 6, label, width=_INNER / 3 - 8, size=12, smallest=9, colour=GREY)
    canvas.showPage()
    save_canvas(canvas)
    return out.getvalue()


def _line(canvas: Canvas, y: float, text: str, size: float, *, bold: bool = False) -> None:
    draw_line(canvas, MARGIN, y, text, width=_INNER, size=size, smallest=9, bold=bold)


def _draw_code(canvas: Canvas, text: str, left: float, bottom: float) -> None:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    module = QR_SIDE / (len(rows) + 2 * QUIET_ZONE)
    canvas.setFillColor(BLACK)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                canvas.rect(
                    (left + (x + QUIET_ZONE) * module) * mm,
                    (bottom + QR_SIDE - (y + 1 + QUIET_ZONE) * module) * mm,
                    module * mm,
                    module * mm,
                    stroke=0,
                    fill=1,
                )
