"""The process that opens what a stranger sent: bytes in, a clean picture (or the same PDF) or a refusal out.

It stands alone on purpose. A decoder that is fooled runs here, without the application's environment, database or
memory; and what it may use is limited before the first byte is read. Pictures are drawn anew as JPEG: nothing of the
file but its pixels goes on, so no position, no thumbnail, no second format hidden in the first. A PDF is kept as it is,
when nothing in it acts by itself.

With the word `portrait` it takes pictures alone and draws them small, for a page on a telephone with a bad line. With
the word `stamp` it lays a sheet over every page of a PDF instead: the length of the sheet comes on a line before it.

    stdin   the file
    stdout  one line of JSON, {"refused": code} or {"media_type", "width", "height", "pages"}, then the bytes to keep
"""

import json
import re
import resource
import sys
import warnings
from io import BytesIO
from typing import Any

MOST_PIXELS = 40_000_000
MOST_WEBP_PIXELS = 12_000_000  # its reader takes four times the memory
LONGEST_SIDE = 3_200  # pixels of what is kept: an A4 sheet at 270 dots per inch
QUALITY = 88
PORTRAIT = (320, 400)  # pixels within which a portrait is drawn: sharp at half of that on a telephone
SMALLEST_PORTRAIT = 160  # pixels of its shorter side: below, nobody is recognised by it
HEAVIEST_PORTRAIT = 30_000  # bytes
MOST_PAGES = 200
MOST_OBJECTS = 200_000
MEMORY = 512 * 1024 * 1024  # bytes of address space; the biggest pictures need 300 MB of it in memory
SECONDS = 20  # of processor time

_BAND = 256  # rows flattened at a time, so that a big picture is in memory once and not twice
_ORIENTATION = 0x0112
_HEIC = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_ZIP_END = b"PK\x05\x06"
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTING_NAMES = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA")
_ACTS = frozenset({"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/Rendition", "/Movie", "/Sound"})
_ACTING_KEYS = frozenset({"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent"})


class Refused(Exception):
    """Not to be kept; the code is all that is said."""


def examine(data: bytes) -> tuple[dict[str, Any], bytes]:
    """What to keep of a file, and what it is. Raises Refused; the name of the file counts for nothing."""
    if not data:
        raise Refused("empty")
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return draw_anew(data)
    if data.startswith((b"%PDF-1.", b"%PDF-2.")):
        return look_through(data)
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        raise Refused("heic")
    raise Refused("unknown")


def portrait(data: bytes) -> tuple[dict[str, Any], bytes]:
    """A picture of somebody as a small JPEG of at most `HEAVIEST_PORTRAIT` bytes. Raises Refused."""
    from PIL import Image

    if data.startswith(b"%PDF-"):
        raise Refused("no-picture")
    said, clean = examine(data)
    if min(said["width"], said["height"]) < SMALLEST_PORTRAIT:
        raise Refused("too-small")
    with Image.open(BytesIO(clean), formats=("JPEG",)) as image:
        image.thumbnail(PORTRAIT, Image.Resampling.LANCZOS)
        for quality in (84, 70, 50, 30, 10):
            out = BytesIO()
            image.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= HEAVIEST_PORTRAIT:
                break
        return {**said, "width": image.width, "height": image.height}, out.getvalue()


def draw_anew(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The picture as a new JPEG: upright, RGB, on white, its first frame, at most `LONGEST_SIDE` long."""
    from PIL import Image, UnidentifiedImageError

    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    if data[:4] == b"RIFF":
        _check_pixels(*_webp_size(data), MOST_WEBP_PIXELS)  # memory for it is taken as soon as it is opened
    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
            _check_pixels(*image.size)
            turned = _orientation(image)
            longest = max(image.size)
            if longest > LONGEST_SIDE:
                image.draft(None, (image.width * LONGEST_SIDE // longest, image.height * LONGEST_SIDE // longest))
            image.load()
            flat = _flatten(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("too-many-pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
        raise Refused("broken") from error
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    turn = _TURNS.get(turned)
    if turn is not None:
        flat = flat.transpose(Image.Transpose[turn])
    out = BytesIO()
    flat.save(out, "JPEG", quality=QUALITY)
    return {"media_type": "image/jpeg", "width": flat.width, "height": flat.height, "pages": None}, out.getvalue()


_TURNS = {
    2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270", 7: "TRANSVERSE",
    8: "ROTATE_90",
}  # fmt: skip


def _check_pixels(width: int, height: int, most: int = MOST_PIXELS) -> None:
    if width * height > most:
        raise Refused("too-many-pixels")
    if width < 1 or height < 1:
        raise Refused("broken")


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height as the header says them (RFC 9649)."""
    kind = data[12:16]
    if len(data) < 30:
        raise Refused("broken")
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8 ":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise Refused("broken")


def _orientation(image: Any) -> int:
    """How the camera was held; upright when it does not say, or says it wrongly."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # whatever is wrong with what the camera wrote, the picture may still be good
        return 1


def _flatten(image: Any) -> Any:
    """An RGB picture on white, a good deal smaller when it was very big; band by band."""
    from PIL import Image

    smaller = max(1, (max(image.size) + LONGEST_SIDE // 2) // LONGEST_SIDE)
    size = (-(-image.width // smaller), -(-image.height // smaller))
    flat = Image.new("RGB", size, "white")
    for top in range(0, image.height, _BAND * smaller):
        band = image.crop((0, top, image.width, min(image.height, top + _BAND * smaller)))
        if band.mode.startswith("I"):  # sixteen bits of grey
            band = band.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        elif band.mode in ("LA", "PA", "La", "RGBa") or (band.mode == "P" and "transparency" in image.info):
            band = band.convert("RGBA")
        if band.mode == "RGBA":
            sheet = Image.new("RGB", band.size, "white")
            sheet.paste(band, mask=band.getchannel("A"))
            band = sheet
        flat.paste(band.convert("RGB").reduce(smaller), (0, top // smaller))
    return flat


def look_through(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The same PDF, if it can be opened and nothing in it acts by itself: no password, script, start of programs, form
    that sends, or file within the file."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    if not data.rstrip(b"\r\n\t \x00").endswith(b"%%EOF"):
        raise Refused("pdf-broken")
    if _ZIP_END in data[-66_000:]:
        raise Refused("pdf-acts")
    plain = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), data)
    if any(name in data or name in plain for name in _ACTING_NAMES):
        raise Refused("pdf-acts")
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted:
            raise Refused("pdf-encrypted")
        _look_at_every_object(reader)
        pages = len(reader.pages)
        for page in reader.pages:
            _ = page.mediabox.width
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError) as error:
        raise Refused("pdf-broken") from error
    if not 1 <= pages <= MOST_PAGES:
        raise Refused("pdf-broken" if pages < 1 else "pdf-too-long")
    return {"media_type": "application/pdf", "width": None, "height": None, "pages": pages}, data


def _look_at_every_object(reader: Any) -> None:
    """Raise Refused where a dictionary says that something is to happen; those packed into streams are unpacked."""
    from pypdf.generic import IndirectObject

    places = [(number, generation) for generation, held in reader.xref.items() for number in held]
    places += [(number, 0) for number in reader.xref_objStm]
    left = MOST_OBJECTS
    for number, generation in places:
        waiting = [reader.get_object(IndirectObject(number, generation, reader))]
        while waiting:
            left -= 1
            if left < 0:
                raise Refused("too-heavy")
            one = waiting.pop()
            if isinstance(one, dict):
                action = one.get("/S")
                if _ACTING_KEYS & one.keys() or (isinstance(action, str) and action in _ACTS):
                    raise Refused("pdf-acts")
                waiting += [value for value in one.values() if isinstance(value, (dict, list))]
            elif isinstance(one, list):
                waiting += [value for value in one if isinstance(value, (dict, list))]


def stamp(data: bytes) -> tuple[dict[str, Any], bytes]:
    """A PDF with a square sheet (itself a PDF, before it on the input) laid over each page, as big as the page is long."""
    from pypdf import PdfReader, PdfWriter, Transformation

    length, _, rest = data.partition(b"\n")
    sheet = PdfReader(BytesIO(rest[: int(length)])).pages[0]
    writer = PdfWriter(clone_from=BytesIO(rest[int(length) :]))
    for page in writer.pages:
        box = page.mediabox
        scale = max(box.width, box.height) / float(sheet.mediabox.width)
        page.merge_transformed_page(sheet, Transformation().scale(scale).translate(box.left, box.bottom))
    out = BytesIO()
    writer.write(out)
    return {}, out.getvalue()


def main() -> None:
    """Take no more than is given, read the file, answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no files
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # and leaves none when it dies
    kept = b""
    try:
        work = {"stamp": stamp, "portrait": portrait}.get("".join(sys.argv[1:]), examine)
        said, kept = work(sys.stdin.buffer.read())
    except Refused as refused:
        said = {"refused": str(refused)}
    except (MemoryError, RecursionError):
        said = {"refused": "too-heavy"}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + kept)


if __name__ == "__main__":
    main()
