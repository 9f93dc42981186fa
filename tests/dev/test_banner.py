"""What the supervisor prints when all is ready."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from butler.dev import banner
from butler.dev.servers import Urls

URLS = Urls("postgresql+psycopg://butler_app:hidden@127.0.0.1:1/butler", "", "", "redis://127.0.0.1:2/0")
DEMO = {
    "base_url": "http://127.0.0.1:8000",
    "cards": [{"token": "Ab3", "building": "1幢", "community": "演示社区"}],
    "residents": [{"phone": "13000000001", "name": "演示居民", "building": "1幢"}],
    "staff": [
        {"username": "b1", "password": "p1", "role": "butler", "unit_code": "1", "unit_name": "甲社区"},
        {"username": "b2", "password": "p2", "role": "butler", "unit_code": "2", "unit_name": "乙社区"},
        {"username": "s1", "password": "p3", "role": "street_staff", "unit_code": "3", "unit_name": "街道"},
    ],
}


CELLS = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), "\xa0": (0, 0)}
"""What a character shows on a dark terminal: the brightness of its upper and lower half."""


def _scan(printed: str) -> str:
    """Read the code off the screen, as a phone would."""
    lines = [line for line in printed.splitlines() if line.startswith(("█", "▀", "▄"))]
    rows = [[CELLS[character][half] for character in line] for line in lines for half in (0, 1)]
    image = Image.new("L", (len(rows[0]), len(rows)))
    image.putdata([cell for row in rows for cell in row])
    [code] = zxingcpp.read_barcodes(image.resize((image.width * 8, image.height * 8), Image.Resampling.NEAREST))
    return code.text


def test_welcome_names_addresses_and_one_sign_in_of_each_role(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demo.json").write_text(json.dumps(DEMO), encoding="utf-8")
    banner.welcome(tmp_path, "http://127.0.0.1:8001", URLS, seconds=1.23)
    printed = capsys.readouterr().out
    assert [line.strip() for line in printed.splitlines() if line.strip() and not set(line) & set(CELLS)] == [
        "管家通已就绪（1.2 秒）：http://127.0.0.1:8001",
        "数据库    postgresql+psycopg://butler_app@127.0.0.1:1/butler",
        "消息队列  redis://127.0.0.1:2/0",
        "演示账号（用户名 / 密码）：",
        "管家        b1 / p1   甲社区",
        "街道        s1 / p3   街道",
        "居民        13000000001   演示居民（验证码见 http://127.0.0.1:8001/demo/inbox）",
        "演示社区 1幢 的管家卡：http://127.0.0.1:8001/c/Ab3",
        "手机要扫这个码，请用 make run HOST=0.0.0.0 启动，手机和电脑在同一个网络里。",
        "按 Ctrl-C 结束。",
    ]
    assert _scan(printed) == "http://127.0.0.1:8001/c/Ab3"


def test_welcome_without_demonstration_data_is_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    banner.welcome(tmp_path, "http://h:1", URLS, seconds=0.1)
    assert len(capsys.readouterr().out.split()) < 12


def test_code_is_printed_on_a_terminal_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdout", terminal := Terminal())
    banner.print_code("http://127.0.0.1:8000/c/Ab3")
    assert terminal.getvalue().count("\x1b[") > 10
