"""Files as nobody should send them, and as telephones really do: name → (bytes, what becomes of them).

What becomes of them: a media type when it is kept, else the code of the refusal.
"""

import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject, TextStringObject

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SECRET = b"GPS-30.2741-120.1551-SECRET"
JPEG, PDF = "image/jpeg", "application/pdf"


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (64, 48), mode: str = "RGB", **how: Any) -> bytes:
    """A picture in two colours: red on the left, blue on the right, so that one can see which way up it is."""
    image = Image.new("RGB", size, (200, 20, 20))
    image.paste((20, 20, 200), (size[0] // 2, 0, *size))
    if mode == "I;16":
        image = Image.new("I;16", size, 40_000)
    elif mode != "RGB":
        image = image.convert(mode)
    out = BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def with_exif(kind: str = "JPEG", orientation: int = 6) -> bytes:
    """A picture that tells where it was taken, by whom, and which way up the camera was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 16.0, 27.0), 3: "E", 4: (120.0, 9.0, 18.0)})
    return picture(kind, exif=exif)


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is very big."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def png_with_texts() -> bytes:
    """A PNG with words, one of which unpacks to 100 MB."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SECRET.decode())
    bomb = zlib.compress(b"A" * 100_000_000)
    texts.add(b"zTXt", b"bomb\0\0" + bomb)
    return picture("PNG", pnginfo=texts)


def jpeg_saying(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    data = bytearray(picture())
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_saying(width: int, height: int) -> bytes:
    """The same as WebP."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0" * 4 + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def animation(kind: str) -> bytes:
    """Two frames, the second one green."""
    first, second = Image.new("RGB", (40, 40), (200, 20, 20)), Image.new("RGB", (40, 40), (20, 200, 20))
    out = BytesIO()
    first.save(out, kind, save_all=True, append_images=[second], duration=100)
    return out.getvalue()


def pdf(change: Callable[[PdfWriter], Any] = lambda _: None, pages: int = 1, **how: Any) -> bytes:
    """A PDF with blank pages, changed."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=200, height=200)
    change(writer)
    out = BytesIO()
    writer.write(out, **how)
    return out.getvalue()


def launch(writer: PdfWriter) -> None:
    """Start a program when it is opened."""
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("calc.exe")}
    )


def script(writer: PdfWriter) -> None:
    """Run JavaScript when it is opened."""
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    )


def send_form(writer: PdfWriter) -> None:
    """Send what is in it somewhere when a page is shown."""
    writer.pages[0][NameObject("/AA")] = DictionaryObject(
        {NameObject("/O"): DictionaryObject({NameObject("/S"): NameObject("/SubmitForm")})}
    )


def packed_script() -> bytes:
    """JavaScript inside a compressed object stream, where a search for the word does not find it."""
    inner = b"4 0 << /S /JavaScript /JS (app.alert\\(1\\)) >>"
    packed = zlib.compress(inner)
    parts = [
        b"%PDF-1.5\n",
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>\nendobj\n",
        b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n",
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>\nendobj\n",
        b"5 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
        + packed
        + b"\nendstream\nendobj\n",
    ]
    places, data = {}, b""
    for part in parts:
        if part[:1].isdigit():
            places[int(part.split(b" ")[0])] = len(data)
        data += part
    start = len(data)
    rows = [(0, 0, 65535), (1, places[1], 0), (1, places[2], 0), (1, places[3], 0), (2, 5, 0), (1, places[5], 0)]
    rows.append((1, start, 0))
    table = b"".join(bytes([kind]) + place.to_bytes(4, "big") + more.to_bytes(2, "big") for kind, place, more in rows)
    table = zlib.compress(table)
    data += b"6 0 obj\n<< /Type /XRef /Size 7 /W [1 4 2] /Root 1 0 R /Filter /FlateDecode /Length %d >>\n" % len(table)
    return data + b"stream\n" + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start


def pdf_bomb() -> bytes:
    """A megabyte that unpacks to 200, in a stream that has to be unpacked to be looked at."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(b" " * 10_000_000) for _ in range(20)) + packer.flush()
    data = packed_script()
    begin, end = data.index(b"/Length"), data.index(b"endobj", data.index(b"5 0 obj"))
    bomb = b"/Length %d >>\nstream\n" % len(packed) + packed + b"\nendstream\n"
    return data[:begin] + bomb + data[end:]


def zipped() -> bytes:
    """A ZIP with a page in it."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.html", "<script>alert(1)</script>")
    return out.getvalue()


def encrypt(writer: PdfWriter) -> None:
    """Ask for a password."""
    writer.encrypt("secret", algorithm="RC4-128")


def page_in_a_stream(writer: PdfWriter) -> None:
    """XFA: a form that runs scripts."""
    stream = StreamObject()
    stream.set_data(b"<xdp/>")
    form = DictionaryObject({NameObject("/XFA"): writer._add_object(stream)})
    writer.root_object[NameObject("/AcroForm")] = form


FILES: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "one byte": (lambda: b"\xff", "unknown"),
    "text": (lambda: "您好".encode(), "unknown"),
    "html": (lambda: b"<html><script>alert(1)</script>", "unknown"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "unknown"),
    "svg with a declaration": (lambda: b'<?xml version="1.0"?><svg onload="alert(1)"/>', "unknown"),
    "eicar": (lambda: EICAR, "unknown"),
    "zip": (zipped, "unknown"),
    "elf": (lambda: b"\x7fELF" + b"\0" * 100, "unknown"),
    "exe": (lambda: b"MZ" + b"\0" * 100, "unknown"),
    "gif": (lambda: picture("GIF"), "unknown"),
    "bmp": (lambda: picture("BMP"), "unknown"),
    "tiff": (lambda: picture("TIFF"), "unknown"),
    "ico": (lambda: picture("ICO"), "unknown"),
    "postscript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n", "unknown"),
    "avif": (lambda: picture("AVIF"), "unknown"),
    "heic": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100, "heic"),
    "jpeg": (picture, JPEG),
    "jpeg with a position": (with_exif, JPEG),
    "jpeg with four colours": (lambda: picture(mode="CMYK"), JPEG),
    "grey jpeg": (lambda: picture(mode="L"), JPEG),
    "progressive jpeg": (lambda: picture(progressive=True), JPEG),
    "jpeg with a page behind it": (lambda: picture() + b"<script>alert(1)</script>" + SECRET, JPEG),
    "jpeg with a zip behind it": (lambda: picture() + zipped(), JPEG),
    "jpeg with eicar as its comment": (lambda: picture(comment=EICAR), JPEG),
    "cut jpeg": (lambda: picture(size=(640, 480))[:900], "broken"),
    "jpeg, header only": (lambda: b"\xff\xd8\xff\xe0", "broken"),
    "jpeg that says it is huge": (lambda: jpeg_saying(60_000, 60_000), "too-many-pixels"),
    "png": (lambda: picture("PNG"), JPEG),
    "png with a position": (lambda: with_exif("PNG"), JPEG),
    "png you can see through": (lambda: picture("PNG", mode="RGBA"), JPEG),
    "png with a palette": (lambda: picture("PNG", mode="P"), JPEG),
    "png in black and white": (lambda: picture("PNG", mode="1"), JPEG),
    "png of sixteen bits": (lambda: picture("PNG", mode="I;16"), JPEG),
    "png that moves": (lambda: animation("PNG"), JPEG),
    "png that says 30,000 by 30,000": (lambda: png_bomb(30_000, 30_000), "too-many-pixels"),
    "png that says a thousand million pixels": (lambda: png_bomb(2**31 - 1, 1), "too-many-pixels"),
    "png that holds less than it says": (lambda: png_bomb(3_000, 3_000), "broken"),
    "png with a text that unpacks to 100 MB": (png_with_texts, "broken"),
    "cut png": (lambda: picture("PNG", size=(640, 480))[:300], "broken"),
    "webp": (lambda: picture("WEBP"), JPEG),
    "webp with a position": (lambda: with_exif("WEBP"), JPEG),
    "webp that moves": (lambda: animation("WEBP"), JPEG),
    "webp that says it is huge": (lambda: webp_saying(16_000, 16_000), "too-many-pixels"),
    "cut webp": (lambda: picture("WEBP", size=(640, 480))[:100], "broken"),
    "pdf": (pdf, PDF),
    "pdf of 201 pages": (lambda: pdf(pages=201), "pdf-too-long"),
    "pdf with a password": (lambda: pdf(encrypt), "pdf-encrypted"),
    "pdf with a script": (lambda: pdf(script), "pdf-acts"),
    "pdf with a script in disguise": (
        lambda: pdf(script).replace(b"/JavaScript", b"/Java#53cript"),
        "pdf-acts",
    ),
    "pdf with a packed script": (packed_script, "pdf-acts"),
    "pdf that starts a program": (lambda: pdf(launch), "pdf-acts"),
    "pdf that sends a form": (lambda: pdf(send_form), "pdf-acts"),
    "pdf with a form that runs": (lambda: pdf(page_in_a_stream), "pdf-acts"),
    "pdf with a file in it": (
        lambda: pdf(lambda writer: writer.add_attachment("evil.exe", b"MZ")),
        "pdf-acts",
    ),
    "pdf that unpacks to 200 MB": (pdf_bomb, "pdf-broken"),
    "cut pdf": (lambda: pdf()[:200], "pdf-broken"),
    "pdf with a zip behind it": (lambda: pdf() + zipped(), "pdf-broken"),
    "page that says it is a pdf": (lambda: b"%PDF-1.4\n<script>alert(1)</script>\n%%EOF\n", "pdf-broken"),
    "pdf with something before it": (lambda: b"<html>" + pdf(), "unknown"),
}
