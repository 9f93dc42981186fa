"""The register of personal data (`register.yaml`): each column and question, with purpose, ground, class, time, readers."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "register.yaml"
GROUNDS = {"contract": "办您要办的事", "duty": "法律规定的义务", "consent": "您的同意", "emergency": "紧急情况"}
CLASSES = {"sensitive": "敏感个人信息", "personal": "个人信息", "pseudonym": "编号", "staff": "工作人员信息"}
READERS = {
    "self": "本人", "butler": "正在办的管家", "desk": "同一岗位", "above": "上级（遮住；看全部要写理由并留痕）",
    "officer": "隐私专员", "admin": "系统管理员", "nobody": "只有程序", "everybody": "所有人",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One column. The words of `ground`, `kind` and `sees` are those above; `kept` is a key of `Register.periods`."""

    purpose: str
    ground: str
    kind: str
    kept: str
    sees: tuple[str, ...]


@dataclass(frozen=True)
class Register:
    """`columns` by ``table.column``; `tables` that say nothing about anybody, with why; `asked`: names of questions."""

    periods: Mapping[str, str]
    columns: Mapping[str, Entry]
    tables: Mapping[str, str]
    asked: Mapping[str, tuple[str, ...]]


@cache
def register() -> Register:
    """Read the file. Raises KeyError or TypeError when an entry is not whole, which a test would find first."""
    read: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return Register(
        periods=read["periods"],
        columns={
            name: Entry(one["for"], one["ground"], one["class"], one["kept"], tuple(one["sees"]))
            for name, one in read["columns"].items()
        },
        tables=read["nothing_personal"],
        asked={name: tuple(columns) for name, columns in read["asked"].items()},
    )
