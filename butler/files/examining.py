"""Have a file examined in a process of its own, and say in plain words why it is not taken."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import structlog

from butler.kit.errors import Invalid, Unavailable

log = structlog.get_logger(__name__)

SECONDS = 30  # until we no longer wait for it
_AT_ONCE = BoundedSemaphore(1)  # in each process of ours: it takes a second and up to 300 MB
_DECODING = Path(__file__).with_name("decoding.py")

WORDS: Mapping[str, str] = {
    "empty": "这个文件是空的，请重新选一个。",
    "unknown": "只收照片（JPG、PNG、WebP）和 PDF。别的文件请打印出来拍照，再传照片。",
    "no-picture": "这里只收照片（JPG、PNG、WebP），请选一张照片。",
    "too-small": "这张照片太小，看不清人。请选一张短边至少 160 像素的。",
    "heic": "这是苹果手机的 HEIC 照片，我们打不开。请到手机“设置 → 相机 → 格式”选“兼容性最佳”，再拍一张；"
    "或者打开这张照片截一张屏，传截图。",
    "broken": "这张照片打不开，可能没有传完或者已经损坏。请重新拍一张，或者换一张。",
    "too-many-pixels": "这张照片的尺寸太大了（最多 4000 万像素，WebP 最多 1200 万）。请用手机的普通模式再拍一张。",
    "too-heavy": "这个文件太复杂，打开它要用的时间太长。请拍成照片再传。",
    "pdf-broken": "这份 PDF 打不开，可能没有传完或者已经损坏。请重新导出一份，或者拍成照片再传。",
    "pdf-encrypted": "这份 PDF 设了密码，我们打不开。请去掉密码，或者拍成照片再传。",
    "pdf-acts": "这份 PDF 里带着会自己运行的内容或别的文件，为了安全没有收。请打印出来拍照，再传照片。",
    "pdf-too-long": "这份 PDF 超过 200 页。请只传需要的那几页。",
}
"""Why a file is not taken. Nothing of the file or its name is repeated."""


@dataclass(frozen=True)
class Examined:
    """What is kept of a file. `width` and `height` in pixels for pictures, `pages` for PDF."""

    media_type: str  # image/jpeg or application/pdf, by what is in it
    data: bytes
    width: int | None
    height: int | None
    pages: int | None


def examine(data: bytes, *, pointer: str = "/file") -> Examined:
    """What is to be kept of these bytes. Raises Invalid with a sentence that says how to send it instead, and
    Unavailable (overloaded) when too many are being examined already."""
    return _read_answer(*_in_a_process(data), pointer)


def draw_portrait(data: bytes, *, pointer: str = "/file") -> Examined:
    """A picture of somebody, small (at most 320 × 400 pixels, 30 kB) and with nothing in it but pixels. Raises as
    `examine` does."""
    return _read_answer(*_in_a_process(data, "portrait"), pointer)


def _read_answer(answer: dict[str, Any], kept: bytes, pointer: str) -> Examined:
    if (code := answer.get("refused")) is not None:
        log.info("files.refused", code=code)
        raise Invalid.at(pointer, WORDS[code], code=code)
    return Examined(data=kept, **answer)


def stamp(pdf: bytes, sheet: bytes) -> bytes:
    """A PDF with a sheet laid over each page. Raises Unavailable when that is not possible (now)."""
    answer, kept = _in_a_process(b"%d\n" % len(sheet) + sheet + pdf, "stamp")
    if answer:
        raise Unavailable("这份 PDF 暂时打不开，请过一会儿再试；着急的话，请打电话给您的管家。")
    return kept


def _in_a_process(data: bytes, *words: str) -> tuple[dict[str, Any], bytes]:
    """What `decoding` says and gives. Raises Unavailable (overloaded)."""
    if not _AT_ONCE.acquire(timeout=10):
        raise Unavailable(
            "现在传照片、看材料的人比较多，这一步没有办成，别的都还在。请过半分钟再试一次。",
            code="overloaded",
            headers={"Retry-After": "30"},
        )
    try:
        done = subprocess.run(  # noqa: S603  # our own program, no shell, nothing of the sender in the command
            [sys.executable, "-I", "-B", str(_DECODING), *words],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},  # and none of our secrets
            timeout=SECONDS,
            check=False,
        )
        said, _, kept = done.stdout.partition(b"\n")
        return (json.loads(said) if done.returncode == 0 else {"refused": "too-heavy"}), kept
    except (subprocess.TimeoutExpired, ValueError):
        return {"refused": "too-heavy"}, b""
    finally:
        _AT_ONCE.release()
