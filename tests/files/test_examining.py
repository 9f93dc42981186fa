"""What becomes of whatever somebody sends."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from files.hostile import EICAR, FILES, JPEG, SECRET, picture, with_exif
from PIL import Image

from butler.files import decoding
from butler.files.examining import WORDS, Examined, examine
from butler.kit.errors import Invalid
from figures import Show

DANGEROUS = (SECRET, EICAR, b"<script", b"PK\x05\x06", b"/JavaScript", b"/Launch")


def test_only_pixels_and_quiet_papers_are_kept(show: Show) -> None:
    found = {name: _kept_or_refused(make()) for name, (make, _) in FILES.items()}
    became = {name: one.errors[0].code if isinstance(one, Invalid) else one.media_type for name, one in found.items()}
    kept = {name: one for name, one in found.items() if isinstance(one, Examined)}
    pictures = [one for one in kept.values() if one.media_type == JPEG]
    unclean = [name for name, one in kept.items() if any(word in one.data for word in DANGEROUS)]
    placed = [one for one in pictures if not _is_bare(one)]

    wrong = {name: (became[name], expected) for name, (_, expected) in FILES.items() if became[name] != expected}
    show(
        "T8",
        "files as nobody should send them",
        files=len(FILES),
        refused=len(FILES) - len(kept),
        drawn_anew=len(pictures),
        wrongly_kept_or_refused=len(wrong),
        stored_dangerous=len(unclean),
        with_position_or_words_left=len(placed),
    )
    assert (wrong, unclean, placed) == ({}, [], [])
    for name, one in found.items():
        if isinstance(one, Invalid):
            assert one.errors[0].message == WORDS[became[name]]


def _is_bare(one: Examined) -> bool:
    """Whether a picture is nothing but its pixels."""
    with Image.open(BytesIO(one.data)) as kept:
        bare = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        plain = (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (one.width, one.height))
        return plain and dict(kept.getexif()) == {} and kept.info.keys() <= bare


@pytest.mark.parametrize(
    ("orientation", "red"),
    [(1, "left"), (2, "right"), (3, "right"), (4, "left"), (5, "top"), (6, "top"), (7, "bottom"), (8, "bottom")],
)
def test_a_picture_is_upright_however_the_camera_was_held(orientation: int, red: str) -> None:
    examined = examine(with_exif(orientation=orientation))
    with Image.open(BytesIO(examined.data)) as kept:
        width, height = kept.size
        places = {
            "left": (3, height // 2),
            "right": (width - 4, height // 2),
            "top": (width // 2, 3),
            "bottom": (width // 2, height - 4),
        }
        found = [name for name, place in places.items() if kept.getpixel(place)[0] > kept.getpixel(place)[2] + 100]
        assert (width > height) == (orientation < 5)
    assert red in found


def test_sixteen_bits_of_grey_keep_their_grey() -> None:
    with Image.open(BytesIO(examine(picture("PNG", mode="I;16")).data)) as kept:
        assert abs(kept.getpixel((5, 5))[0] - 40_000 // 256) < 4


def test_a_big_picture_is_made_smaller_and_keeps_its_shape() -> None:
    examined = examine(picture(size=(6_000, 3_000)))
    assert (examined.width, examined.height) == (3_000, 1_500)


@pytest.mark.parametrize(
    ("kind", "mode", "side", "how"),
    [
        ("JPEG", "RGB", 6_320, {}),
        ("PNG", "RGBA", 6_320, {"compress_level": 1}),
        ("PNG", "RGBA", 4_790, {"compress_level": 1}),
        ("WEBP", "RGBA", 3_460, {"lossless": True, "method": 0, "quality": 0}),
    ],
)
def test_the_biggest_pictures_need_no_more_than_300_mb(kind: str, mode: str, side: int, how: dict[str, Any]) -> None:
    megabytes, answer = _examined_apart(picture(kind, size=(side, side), mode=mode, **how))
    assert answer["media_type"] == JPEG
    assert megabytes <= 300


def test_a_bomb_is_refused_before_memory_is_used() -> None:
    bombs = [_examined_apart(make()) for make, code in FILES.values() if code == "too-many-pixels"]
    assert [answer for _, answer in bombs] == [{"refused": "too-many-pixels"}] * 4
    assert max(megabytes for megabytes, _ in bombs) <= 60


def _kept_or_refused(data: bytes) -> Examined | Invalid:
    try:
        return examine(data)
    except Invalid as refused:
        return refused


def _examined_apart(data: bytes) -> tuple[int, dict[str, Any]]:
    """Megabytes that examining took at most, and its answer, in a process that does nothing else."""
    watch = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run([sys.executable, '-I', '-B', sys.argv[1]], stdin=sys.stdin, stdout=subprocess.PIPE)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)\n"
        "print(done.stdout.partition(b'\\n')[0].decode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", watch, str(Path(decoding.__file__))], input=data, stdout=subprocess.PIPE, check=True
    )
    megabytes, answer = done.stdout.splitlines()
    return int(megabytes), json.loads(answer)
