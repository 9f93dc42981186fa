"""What the supervisor says at the terminal."""

from __future__ import annotations

import json
import select
import signal
import sys
from pathlib import Path
from typing import Any

import qrcode

from butler.dev.servers import Urls

_ROLES = {
    "butler": "管家",
    "grid_worker": "网格员",
    "community_staff": "社区",
    "street_staff": "街道",
    "district_staff": "区级",
    "property_lead": "物业负责人",
    "catalogue_editor": "事项编辑",
    "privacy_officer": "隐私专员",
    "administrator": "系统管理员",
}


def tell(line: str) -> None:
    """One line to the terminal, at once, unless its reader sleeps: then it is dropped, as waiting would stop us all.

    When nobody can read us any more (a closed terminal or pipe), we ask ourselves to end.
    """
    global _patience
    try:
        if _takes_more(_patience):
            _patience = 0.2
            print(line[:1300], flush=True)
        else:
            _patience = 0.0
    except OSError:
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115 - for the rest of our life
        signal.raise_signal(signal.SIGTERM)


_patience = 0.2
"""Seconds we wait for a reader; none while it is known to sleep."""


def _takes_more(seconds: float) -> bool:
    """Whether a line (at most PIPE_BUF bytes) can be written without waiting longer than this."""
    try:
        return bool(select.select([], [sys.stdout.fileno()], [], seconds)[1])
    except ValueError:  # not a real file: in tests
        return True


def welcome(instance: Path, base_url: str, urls: Urls, *, seconds: float) -> None:
    """Addresses, demonstration sign-ins, and the first butler card as a code to scan."""
    demo = _read_demo(instance)
    lines = [
        "",
        f"  管家通已就绪（{seconds:.1f} 秒）：{base_url}",
        f"  数据库    {_without_password(urls.database_url)}",
        f"  消息队列  {_without_password(urls.redis_url)}",
    ]
    if demo.get("staff"):
        lines += ["", "  演示账号（用户名 / 密码）："]
        for one in _one_of_each_role(demo["staff"]):
            role = _wide(_ROLES.get(one["role"], one["role"]), 12)
            lines += [f"    {role}{one['username']} / {one['password']}   {one['unit_name']}"]
    if demo.get("residents"):
        first = demo["residents"][0]
        lines += [f"    {_wide('居民', 12)}{first['phone']}   {first['name']}（验证码见 {base_url}/demo/inbox）"]
    if demo.get("cards"):
        card = demo["cards"][0]
        address = f"{base_url}/c/{card['token']}"
        lines += ["", f"  {card['community']} {card['building']} 的管家卡：{address}"]
    for line in lines:
        tell(line)
    if demo.get("cards"):
        print_code(address)
        if "//127.0.0.1" in base_url:
            tell("  手机要扫这个码，请用 make run HOST=0.0.0.0 启动，手机和电脑在同一个网络里。")
    tell("  按 Ctrl-C 结束。")
    tell("")


def print_code(text: str) -> None:
    """A QR code of the text at the terminal, or into a file or pipe."""
    code = qrcode.QRCode(border=2)
    code.add_data(text)
    try:
        code.print_ascii(out=sys.stdout, tty=sys.stdout.isatty(), invert=True)
    except OSError:
        return


def _read_demo(instance: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((instance / "demo.json").read_text(encoding="utf-8"))
        return found
    except (FileNotFoundError, ValueError):
        return {}


def _one_of_each_role(staff: list[dict[str, str]]) -> list[dict[str, str]]:
    first = {one["role"]: one for one in reversed(staff)}
    return [first[role] for role in (*_ROLES, *(first.keys() - _ROLES.keys())) if role in first]


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{host}"


def _wide(text: str, columns: int) -> str:
    """Pad Chinese text, whose characters take two columns, to a width."""
    return text + " " * max(1, columns - 2 * len(text))
