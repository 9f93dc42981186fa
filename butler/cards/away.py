"""The page for when nothing of ours answers: one file a front gives out by itself, with the telephones that still work.

It needs nothing from anywhere: no style sheet, picture or script that would be away too. It holds duty telephones only,
which hang on every staircase; nobody's name.
"""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from sqlalchemy import select

from butler.cards.queries import HOTLINE
from butler.identity import scope
from butler.kit.database import db
from butler.org.models import Desk, Unit
from butler.org.states import DeskKind

Telephone = tuple[str, str, str | None]
"""Unit, desk, number."""
EMERGENCIES = (("报警", "110"), ("火警", "119"), ("急救", "120"))
_STYLE = """
body{margin:0 auto;max-width:36rem;padding:1rem;font:1.25rem/1.6 system-ui,sans-serif;color:#111;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.3rem;margin-top:2rem}
h3{font-size:1.25rem;margin:1.2rem 0 0}
a{display:block;margin:.5rem 0;padding:.9rem 1rem;line-height:1.4;border:2px solid #0a6b4a;border-radius:8px;
color:#0a6b4a;text-decoration:none;font-weight:bold}
a span{white-space:nowrap}
a.urgent{background:#b00020;border-color:#b00020;color:#fff}
"""


def duty_telephones(within: Sequence[str]) -> Sequence[Telephone]:
    """Of every desk in these paths of units that anyone may call; place by place."""
    found = db.session.execute(
        select(Unit.name, Desk.name, Desk.phone)
        .join(Desk.unit)
        .where(Desk.phone.is_not(None), Unit.valid_to.is_(None), scope.below(Unit.path, within))
        .where(Desk.kind.in_([DeskKind.BUTLER, DeskKind.COMMUNITY, DeskKind.STREET]))
        .order_by(Unit.path, Desk.kind, Desk.id)
    )
    return [(unit, desk, number) for unit, desk, number in found]


def away_page(telephones: Iterable[Telephone]) -> str:
    """The whole file."""
    urgent = "".join(_call(words, number, "urgent") for words, number in EMERGENCIES)
    places = "".join(
        f"<h3>{escape(unit)}</h3>" + "".join(_call(desk, number or "") for _, desk, number in desks)
        for unit, desks in groupby(telephones, key=lambda row: row[0])
    )
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>管家通暂时打不开</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        "<h1>管家通暂时打不开</h1>\n"
        "<p>我们正在修。您之前办的事都还在，一件也没有丢。请过几分钟再打开。</p>\n"
        f"<h2>急事请直接打</h2>\n{urgent}\n"
        f"<h2>找管家、社区和街道</h2>\n{places}\n"
        f"<h3>别的事</h3>{_call('政务服务便民热线', HOTLINE)}\n"
        "</body>\n</html>\n"
    )


def _call(words: str, number: str, kind: str = "") -> str:
    dialled = "".join(sign for sign in number if sign.isdigit() or sign == "+")
    shown = f"{escape(words)} <span>{escape(number)}</span>"
    return f'<a{f" class={kind}" if kind else ""} href="tel:{dialled}">{shown}</a>\n'
