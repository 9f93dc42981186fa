"""What is printed: every code is read back with a real decoder, every page is rendered and measured."""

import ctypes
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest
import qrcode
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter
from qrcode.util import MODE_ALPHA_NUM, QRData

from butler.cards import typesetting
from butler.cards.printing import (
    CARDS_PER_SHEET,
    QR_SIDE,
    QUIET_ZONE,
    SMALLEST_MODULE,
    CardFace,
    card_pdf,
    qr_address,
    qr_png,
    qr_svg,
    sheet_pdf,
    unprintable_characters,
)
from butler.cards.tokens import new_token

MM = 72 / 25.4
Spoil = Callable[[Image.Image, tuple[int, int, int, int]], Image.Image]

TRIM = (3.0, 3.0, 93.0, 57.0)

LONG_NAME = "阿不都热依木·买买提艾力·吐尔逊江·阿卜杜拉·卡"
FONT_SHA256 = "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16"

ADDRESSES = [
    qr_address(base, f"7K3F{'0123456789ABCDEFGHJKMN'}")
    for base in (
        "https://b.cn",
        "https://butler.example.com",
        "http://127.0.0.1:8000",
        "https://guanjia.tianshan-district-community-services.example.com:8443",
    )
]

FACE = CardFace(
    url=ADDRESSES[1],
    number="4821-07",
    butler_name="陈晓梅",
    title="物业管家",
    company="阳光里物业服务有限公司",
    building_text="阳光里社区 3 号楼",
    phone="13800138000",
    domain="butler.example.com",
    is_demo=False,
)

FULL_FACE = replace(
    FACE,
    butler_name=LONG_NAME,
    title="物业管家（夜间值守）",
    company="北京市某某区某某街道阳光里物业管理服务有限责任公司第一分公司",
    building_text="乌鲁木齐市天山区阳光里社区 3、4、5、6 号楼 1 至 4 单元（含底商）及地下车库",
    phone="010-6255 1234 转 8021",
    domain="butler.tianshan-district.example.com",
    is_demo=True,
)


def render(pdf: bytes, *, dpi: int = 150, page: int = 0) -> Image.Image:
    """Render one page in colour."""
    return pdfium.PdfDocument(pdf)[page].render(scale=dpi / 72).to_pil().convert("RGB")


def read_codes(picture: Image.Image) -> list[str]:
    """Read every code of a picture, from the top down and from left to right."""
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    ordered = sorted(found, key=lambda code: (code.position.top_left.y // 50, code.position.top_left.x))
    return [code.text for code in ordered]


def text_of(pdf: bytes, page: int = 0) -> str:
    """Extract a page's text, line breaks as blanks."""
    return " ".join(pdfium.PdfDocument(pdf)[page].get_textpage().get_text_range().split())


def character_boxes(pdf: bytes) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Give every visible character of the first page with its box (left, bottom, right, top) in millimetres."""
    page = pdfium.PdfDocument(pdf)[0].get_textpage()
    boxes = []
    for index in range(page.count_chars()):
        character = chr(pdfium_c.FPDFText_GetUnicode(page, index))
        if character.strip():
            left, bottom, right, top = page.get_charbox(index)
            boxes.append((character, (left / MM, bottom / MM, right / MM, top / MM)))
    return boxes


def sizes_of(pdf: bytes) -> dict[str, float]:
    """Give the type size in points of every character on the first page (the largest, where one occurs twice)."""
    page = pdfium.PdfDocument(pdf)[0].get_textpage()
    sizes: dict[str, float] = {}
    for index in range(page.count_chars()):
        character = chr(pdfium_c.FPDFText_GetUnicode(page, index))
        sizes[character] = max(sizes.get(character, 0), pdfium_c.FPDFText_GetFontSize(page, index))
    return sizes


# --- the address -----------------------------------------------------------------------------------------------


def test_qr_address_is_in_capitals_and_keeps_the_port() -> None:
    token = new_token()
    assert qr_address("https://butler.example.com", token) == f"HTTPS://BUTLER.EXAMPLE.COM/C/{token}"
    assert qr_address("http://localhost:8000/", token) == f"HTTP://LOCALHOST:8000/C/{token}"
    assert qr_address("HTTPS://Butler.Example.com", token) == f"HTTPS://BUTLER.EXAMPLE.COM/C/{token}"


def test_qr_address_keeps_the_case_of_a_base_path() -> None:
    token = new_token()
    assert qr_address("https://example.com/guanJia/", token) == f"HTTPS://EXAMPLE.COM/guanJia/C/{token}"


@pytest.mark.parametrize(
    "base",
    [
        "",
        "butler.example.com",
        "ftp://a.cn",
        "https://",
        "https://u:p@a.cn",
        "https://a.cn/?x=1",
        "https://a.cn/#x",
        "javascript:alert(1)",
    ],
)
def test_qr_address_with_a_bad_base_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        qr_address(base, new_token())


def test_qr_address_with_a_bad_token_is_refused() -> None:
    with pytest.raises(ValueError, match="not a card token"):
        qr_address("https://a.cn", "../../admin")


def test_qr_address_uses_the_alphanumeric_mode() -> None:
    assert [QRData(address).mode for address in ADDRESSES] == [MODE_ALPHA_NUM] * len(ADDRESSES)


# --- the code alone --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("box", [1, 4, 10])
def test_qr_png_reads_back_the_address(address: str, box: int) -> None:
    picture = Image.open(BytesIO(qr_png(address, box=box)))
    assert picture.format == "PNG"
    assert read_codes(picture.resize((picture.width * 10 // box,) * 2, Image.Resampling.NEAREST)) == [address]


@settings(max_examples=50, deadline=None)
@given(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26))
def test_qr_png_reads_back_any_token(token: str) -> None:
    address = qr_address("https://butler.example.com", token)
    assert read_codes(Image.open(BytesIO(qr_png(address)))) == [address]


def test_qr_png_has_a_quiet_zone_of_four_modules_and_correction_q() -> None:
    picture = Image.open(BytesIO(qr_png(FACE.url, box=10)))
    dark = picture.convert("L").point(lambda value: 255 - value).getbbox()
    side = picture.width
    assert dark == (40, 40, side - 40, side - 40)
    code = zxingcpp.read_barcodes(picture)[0]
    assert code.ec_level == "Q"


@pytest.mark.parametrize("address", ADDRESSES)
def test_qr_svg_reads_back_the_address(address: str) -> None:
    """Draw the path with our own pen (its only commands are M h v z) and read the picture."""
    root = ElementTree.fromstring(qr_svg(address))
    space = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{space}title") == "管家名片二维码"
    side = int(root.attrib["viewBox"].split()[2])
    ground, modules = root.findall(f"{space}path")
    assert ground.attrib == {"fill": "#fff", "d": f"M0 0h{side}v{side}h-{side}z"}
    picture = Image.new("L", (side * 8, side * 8), 255)
    pen = ImageDraw.Draw(picture)
    stretch = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")
    drawn = ""
    for match in stretch.finditer(modules.attrib["d"]):
        x, y, length, back = map(int, match.groups())
        assert back == length
        pen.rectangle((x * 8, y * 8, (x + length) * 8 - 1, y * 8 + 7), fill=0)
        drawn += match.group()
    assert drawn == modules.attrib["d"]
    assert read_codes(picture) == [address]


# --- one card --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("face", [FACE, FULL_FACE], ids=["usual", "full"])
def test_card_pdf_code_reads_back_the_address_at_150_dpi(address: str, face: CardFace) -> None:
    assert read_codes(render(card_pdf(replace(face, url=address)))) == [address]


def spoil_blur(picture: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """Blur until a point spreads over 2 % of the code's side: 1 % (one standard deviation) to either hand."""
    return picture.filter(ImageFilter.GaussianBlur(0.01 * (box[2] - box[0])))


def spoil_grey(picture: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """Print pale: black becomes a middle grey, paper a light one."""
    return picture.convert("L").point(lambda value: 110 + value * 100 // 255)


def spoil_stain(picture: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """Drop a dark round stain over a tenth of the code, in its middle."""
    side = box[2] - box[0]
    radius = side * (0.10 / 3.14159) ** 0.5
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    ImageDraw.Draw(picture).ellipse((x - radius, y - radius, x + radius, y + radius), fill=(90, 60, 30))
    return picture


@pytest.mark.parametrize("spoil", [spoil_blur, spoil_grey, spoil_stain])
@pytest.mark.parametrize("address", ADDRESSES)
def test_card_pdf_code_reads_back_when_badly_printed(address: str, spoil: Spoil) -> None:
    picture = render(card_pdf(replace(FACE, url=address)))
    position = zxingcpp.read_barcodes(picture)[0].position
    box = (position.top_left.x, position.top_left.y, position.bottom_right.x, position.bottom_right.y)
    assert read_codes(spoil(picture, box)) == [address]


@pytest.mark.parametrize("address", [address for address in ADDRESSES if len(address) <= 60])
def test_card_pdf_code_of_usual_length_reads_back_through_more_blur(address: str) -> None:
    """At 2 % of standard deviation no code of 33 modules is read any more, whatever its size on paper."""
    picture = render(card_pdf(replace(FACE, url=address)))
    position = zxingcpp.read_barcodes(picture)[0].position
    blur = ImageFilter.GaussianBlur(0.015 * (position.bottom_right.x - position.top_left.x))
    assert read_codes(picture.filter(blur)) == [address]


def test_card_pdf_page_is_the_card_with_three_millimetres_of_bleed() -> None:
    document = pdfium.PdfDocument(card_pdf(FACE))
    assert len(document) == 1
    page = document[0]
    assert [round(side / MM, 3) for side in page.get_size()] == [96.0, 60.0]
    assert [round(side / MM, 3) for side in page.get_trimbox()] == list(TRIM)
    assert [round(side / MM, 3) for side in page.get_bleedbox()] == [0.0, 0.0, 96.0, 60.0]


@pytest.mark.parametrize("address", ADDRESSES)
def test_card_pdf_code_is_large_enough_with_a_white_quiet_zone(address: str) -> None:
    dpi = 600
    picture = render(card_pdf(replace(FULL_FACE, url=address)), dpi=dpi).convert("L")
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=0)
    code.add_data(QRData(address))
    modules = len(code.get_matrix())
    position = zxingcpp.read_barcodes(picture)[0].position
    dark = (position.bottom_right.x - position.top_left.x) / dpi * 25.4
    module = dark / modules
    assert module >= SMALLEST_MODULE - 0.01
    assert module * (modules + 2 * QUIET_ZONE) == pytest.approx(QR_SIDE, abs=0.3)
    assert QR_SIDE >= 20
    margin = (QUIET_ZONE * module - 0.15) / 25.4 * dpi
    around = picture.crop(
        (
            int(position.top_left.x - margin),
            int(position.top_left.y - margin),
            int(position.bottom_right.x + margin),
            int(position.bottom_right.y + margin),
        )
    )
    inner = ImageDraw.Draw(around)
    inner.rectangle((margin - 2, margin - 2, around.width - margin + 2, around.height - margin + 2), fill=255)
    assert around.getextrema() == (255, 255)


def test_card_pdf_with_an_address_too_long_to_print_is_refused() -> None:
    address = qr_address("https://" + "a" * 120 + ".example.com", new_token())
    with pytest.raises(ValueError, match="too long"):
        card_pdf(replace(FACE, url=address))


def test_card_pdf_says_everything_in_text_that_can_be_copied() -> None:
    text = text_of(card_pdf(FACE))
    for line in (
        "物业管家",
        "陈晓梅",
        "阳光里社区 3 号楼",
        "阳光里物业服务有限公司",
        "卡号 4821-07",
        "butler.example.com",
        "电话",
        "138 0013 8000",
        "办事不收费 · 不索要验证码",
        "碰一碰",
    ):
        assert line in text
    assert "演示" not in text


def test_card_pdf_of_a_demonstration_says_so() -> None:
    assert "演示 · 信息都是虚构的" in text_of(card_pdf(replace(FACE, is_demo=True)))


def test_card_pdf_phone_is_the_largest_thing_on_the_card() -> None:
    sizes = sizes_of(card_pdf(FACE))
    assert sizes["8"] == max(sizes.values())
    assert sizes["8"] >= 30
    assert sizes["8"] > sizes["晓"] > sizes["阳"] > sizes["限"] > sizes["卡"] - 0.01


@pytest.mark.parametrize("name", ["䶮㛃", "骉", LONG_NAME, "王" * 24, "Wolfeschlegelsteinhausenbergerdorff"])
def test_card_pdf_prints_rare_and_long_names_whole(name: str) -> None:
    face = replace(FULL_FACE, butler_name=name)
    assert unprintable_characters(face) == ""
    text = text_of(card_pdf(face)).replace(" ", "")
    assert name in text


@pytest.mark.parametrize(
    "face",
    [
        FACE,
        FULL_FACE,
        replace(FULL_FACE, butler_name="䶮㛃" * 12, phone="1" * 60, number="9" * 40, domain="w" * 80),
        replace(FULL_FACE, building_text="楼" * 500, company="司" * 500, title="管" * 500, butler_name="王" * 500),
    ],
    ids=["usual", "full", "long", "absurd"],
)
def test_card_pdf_text_stays_inside_the_margins_and_off_the_code(face: CardFace) -> None:
    pdf = card_pdf(face)
    position = zxingcpp.read_barcodes(render(pdf, dpi=300))[0].position
    code_left = position.top_left.x / 300 * 25.4
    code_bottom = 60 - position.bottom_left.y / 300 * 25.4
    for character, (left, bottom, right, top) in character_boxes(pdf):
        assert TRIM[0] + 3.5 <= left <= right <= TRIM[2] - 3.5, character
        assert TRIM[1] + 3 <= bottom <= top <= TRIM[3] - 3, character
        assert right < code_left - 2 or top < code_bottom - 2, character


def test_card_pdf_lines_do_not_run_into_each_other() -> None:
    """Group the characters by line: no two lines of the fullest card share ink."""
    boxes = [box for _, box in character_boxes(card_pdf(FULL_FACE)) if box[0] < 59]
    ink = [box for box in boxes if box[3] - box[1] > 0.8]
    for index, (left, bottom, right, top) in enumerate(ink):
        for other_left, other_bottom, other_right, other_top in ink[index + 1 :]:
            overlap_x = min(right, other_right) - max(left, other_left)
            overlap_y = min(top, other_top) - max(bottom, other_bottom)
            assert overlap_x < 0.3 or overlap_y < 0.2


def test_card_pdf_too_long_a_text_ends_in_an_ellipsis() -> None:
    assert "楼…" in text_of(card_pdf(replace(FACE, building_text="楼" * 500)))


def test_card_pdf_folds_line_breaks_and_control_characters_of_the_text() -> None:
    assert "陈 晓梅" in text_of(card_pdf(replace(FACE, butler_name="陈\r\n\t晓梅")))
    assert "陈〓晓梅" in text_of(card_pdf(replace(FACE, butler_name="陈\x00晓梅")))


def test_unprintable_characters_are_named_once_and_printed_as_the_missing_type_mark() -> None:
    face = replace(FACE, butler_name="陈😀晓😀梅", company="🏠物业")
    assert unprintable_characters(face) == "😀🏠"
    assert "陈〓晓〓梅" in text_of(card_pdf(face))


def test_unprintable_characters_of_rare_names_are_none() -> None:
    assert unprintable_characters(replace(FACE, butler_name="䶮㛃𬭎骉", building_text="1–3 号楼 Ⅱ 区 № 5")) == ""


def test_card_pdf_leaves_other_numbers_as_they_are_written() -> None:
    for phone in ("010-6255 1234 转 8021", "400-800-1234", "23800138000", "１３８００１３８０００"):
        assert phone in text_of(card_pdf(replace(FACE, phone=phone)))


def test_card_pdf_twice_gives_the_same_bytes() -> None:
    assert card_pdf(FACE) == card_pdf(FACE)


def test_card_pdf_from_several_threads_gives_the_same_bytes() -> None:
    faces = [replace(FACE, butler_name=name) for name in ("陈晓梅", "䶮㛃", LONG_NAME, "王建国")]
    alone = [card_pdf(face) for face in faces]
    together: dict[int, set[bytes]] = {index: set() for index in range(len(faces))}

    def draw(index: int) -> None:
        for _ in range(10):
            together[index].add(card_pdf(faces[index]))

    threads = [Thread(target=draw, args=(index,)) for index in together]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == {index: {pdf} for index, pdf in enumerate(alone)}


# --- the sheet -------------------------------------------------------------------------------------------------


def sheet_of(count: int) -> tuple[list[CardFace], bytes]:
    """Make so many cards, each with its own address and number, and their sheet."""
    faces = [
        replace(
            FULL_FACE if index % 3 == 0 else FACE,
            url=qr_address("https://butler.example.com", f"{index:026d}"),
            number=f"9{index:04d}",
        )
        for index in range(count)
    ]
    return faces, sheet_pdf(faces)


def test_sheet_pdf_has_ten_cards_to_an_a4_page_in_order() -> None:
    faces, pdf = sheet_of(23)
    document = pdfium.PdfDocument(pdf)
    assert CARDS_PER_SHEET == 10
    assert [[round(side / MM, 1) for side in page.get_size()] for page in document] == [[210.0, 297.0]] * 3
    for page, cards in enumerate((faces[:10], faces[10:20], faces[20:])):
        assert read_codes(render(pdf, page=page)) == [face.url for face in cards]
        assert re.findall(r"卡号 (\d+)", text_of(pdf, page)) == [face.number for face in cards]


@pytest.mark.parametrize("count", [1, 9, 10, 11])
def test_sheet_pdf_starts_a_page_only_for_a_card(count: int) -> None:
    _, pdf = sheet_of(count)
    assert len(pdfium.PdfDocument(pdf)) == -(-count // 10)


def test_sheet_pdf_without_cards_is_refused() -> None:
    with pytest.raises(ValueError, match="no cards"):
        sheet_pdf([])


def test_sheet_pdf_crop_marks_stand_outside_the_cards_at_every_cut() -> None:
    dpi = 300
    picture = render(sheet_of(10)[1], dpi=dpi).convert("L")

    def darkest(x: float, y: float) -> int:
        at_x, at_y = x / 25.4 * dpi, y / 25.4 * dpi
        return picture.crop((int(at_x - 3), int(at_y - 3), int(at_x + 4), int(at_y + 4))).getextrema()[0]

    for x in (15, 105, 195):
        assert darkest(x, 13.5 - 4) < 160
        assert darkest(x, 283.5 + 4) < 160
    for y in (13.5, 67.5, 121.5, 175.5, 229.5, 283.5):
        assert darkest(15 - 4, y) < 160
        assert darkest(195 + 4, y) < 160
        assert darkest(60, y) == 255  # nothing printed on the cut itself


# --- the font --------------------------------------------------------------------------------------------------


def test_font_is_the_vendored_file_with_its_licence() -> None:
    folder = Path(typesetting.__file__).parent / "fonts"
    assert hashlib.sha256(typesetting.FONT_FILE.read_bytes()).hexdigest() == FONT_SHA256
    assert FONT_SHA256 in (folder / "README.md").read_text(encoding="utf-8")
    assert "SIL Open Font License, Version 1.1" in (folder / "OFL.txt").read_text(encoding="utf-8")


def test_font_is_read_once_in_a_process() -> None:
    assert typesetting.load_font() is typesetting.load_font()


@pytest.mark.parametrize("pdf", [card_pdf(FULL_FACE), sheet_pdf([FACE, FULL_FACE])], ids=["card", "sheet"])
def test_pdf_embeds_every_font_it_draws_with(pdf: bytes) -> None:
    document = pdfium.PdfDocument(pdf)
    embedded: dict[str, bool] = {}
    for drawn in document[0].get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_TEXT], max_depth=5):
        font = pdfium_c.FPDFTextObj_GetFont(drawn.raw)
        name = ctypes.create_string_buffer(200)
        pdfium_c.FPDFFont_GetBaseFontName(font, name, 200)
        embedded[name.value.decode()] = bool(pdfium_c.FPDFFont_GetIsEmbedded(font))
    assert embedded
    assert set(embedded.values()) == {True}
    assert all("NotoSansSC" in name for name in embedded)


def test_card_pdf_carries_only_the_glyphs_it_uses() -> None:
    assert len(card_pdf(FULL_FACE)) < 60_000
