"""What a paper may be used for, burned into every copy that is shown: 仅用于〈事项〉〈单号〉〈日期〉."""

from functools import lru_cache
from io import BytesIO
from math import hypot
from pathlib import Path
from threading import Lock

from PIL import Image, ImageDraw, ImageFont

QUALITY = 85
SMALL = 320  # pixels of the longest side of a small copy
_ANGLE = 24  # degrees
_INK, _EDGE = (70, 70, 70), (255, 255, 255)  # dark with a light edge: readable on dark and on light
_STRONG = 120  # of 255: what lies below stays readable too
_one_at_a_time = Lock()  # a picture in memory is a big thing


def burn(picture: bytes, words: str, *, font: Path) -> bytes:
    """The JPEG with the words across it many times. `font` has to know them all."""
    with _one_at_a_time, Image.open(BytesIO(picture), formats=("JPEG",)) as opened:
        image = opened.convert("RGB")
        size = max(10, min(max(image.size) // 36, int(max(image.size) / (len(words) * 0.8))))
        for colour, edge in ((_EDGE, max(1, size // 14)), (_INK, 0)):
            image.paste(colour, mask=_across(image.size, words, size, edge, str(font)))
        out = BytesIO()
        image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def shrink(picture: bytes) -> bytes:
    """The JPEG small enough to be one of many on a page."""
    with _one_at_a_time, Image.open(BytesIO(picture), formats=("JPEG",)) as image:
        image.draft("RGB", (SMALL, SMALL))
        image.thumbnail((SMALL, SMALL))
        out = BytesIO()
        image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _across(extent: tuple[int, int], words: str, size: int, edge: int, font: str) -> Image.Image:
    """Slanting lines of the words, as a mask for a picture of this extent."""
    side = int(hypot(*extent)) + 4 * size
    mask = Image.new("L", (side, side), 0)
    face = _face(font, size)
    width = int(face.getlength(words)) + 4 * size
    once = Image.new("L", (width, 2 * size), 0)
    ImageDraw.Draw(once).text((size, size // 4), words, font=face, fill=_STRONG, stroke_width=edge)
    for line, top in enumerate(range(0, side, 5 * size)):
        for left in range(-width * (line % 2) // 2, side, width):
            mask.paste(once, (left, top))
    turned = mask.rotate(_ANGLE, resample=Image.Resampling.BILINEAR)
    left, top = (side - extent[0]) // 2, (side - extent[1]) // 2
    return turned.crop((left, top, left + extent[0], top + extent[1]))


@lru_cache(maxsize=8)
def _face(font: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font, size)
