"""Recomputing heads from the rows, and comparing them with what was written down, here or outside the house."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import Select, and_, func, select, text
from sqlalchemy.orm import aliased

from butler.cases import hashing as histories
from butler.cases.models import Case, CaseStep
from butler.kit import clock
from butler.kit.database import db
from butler.kit.signing import Signer, canonical
from butler.kit.wording import say_day
from butler.ledger import queries
from butler.ledger.hashing import digest_of_cases, digest_of_looks, root_of
from butler.ledger.heads import EARLIER, Head, differences, in_groups, read_statement
from butler.ledger.models import LedgerDay, LedgerHead
from butler.looks import checking as looks
from butler.rights.rules import LOG_KEPT


@dataclass(frozen=True)
class Recomputed:
    """The head of a day as the rows of today give it; `faults`: rows that do not fit one another; `expired`: its looks
    have been deleted after their time, and their digest is the one written down then."""

    head: Head
    faults: list[str]
    expired: bool


def recompute(sealed: LedgerDay, before: bytes) -> Recomputed:
    """One day anew from its rows. `before`: the root of the day before, as it was recomputed."""
    db.session.execute(text("SET LOCAL statement_timeout = '30min'"))
    lines, faults = 0, []
    heads: list[tuple[str, int, bytes]] = []
    for number, upto, written, head, fault in _histories(sealed.day):
        lines += written
        faults += [fault] if fault else []
        heads.append((number, upto, head))
    after = db.session.scalar(select(func.max(LedgerDay.day)).where(LedgerDay.day < sealed.day))
    seen = queries.heads_of_looks(after, sealed.day)
    expired = sealed.day < clock.today() - LOG_KEPT and sum(rows for *_, rows, _ in seen) < sealed.looks
    if not expired:
        days = sorted({day for day, *_ in seen} | {sealed.day})
        faults += [f"查看记录：{fault}" for day in days for fault in looks.violations_of_rows(day)]
    cases_digest = digest_of_cases(heads)
    looks_digest = sealed.looks_digest if expired else digest_of_looks(seen)
    return Recomputed(
        Head(
            day=sealed.day,
            before=before,
            cases=len(heads),
            lines=lines,
            lookers=sealed.lookers if expired else len({looker_id for _, looker_id, _, _ in seen}),
            looks=sealed.looks if expired else sum(rows for *_, rows, _ in seen),
            cases_digest=cases_digest,
            looks_digest=looks_digest,
            root=root_of(before, sealed.day, cases_digest, looks_digest),
        ),
        faults,
        expired,
    )


def _histories(day: date) -> Iterator[tuple[str, int, int, bytes, str]]:
    """Each history a day covers: number, last line, how many lines, its hash computed anew, and what does not fit."""
    for (number, upto, start), group in groupby(
        db.session.execute(_lines_of(day).execution_options(yield_per=5000)),
        key=lambda row: (row.number, row.upto, row.start),
    ):
        rows = [row for row in group if row.seq is not None]
        head = rows[0].head_before if rows and start else histories.first_hash(number)
        fault = "" if len(rows) == upto - start else f"单号 {number}：第 {start + 1} 行到第 {upto} 行不全"
        for row in rows:
            head = histories.chain(head or b"", row)
            if head != row.hash and not fault:
                fault = f"单号 {number}：第 {row.seq} 行和它的校验值对不上"
        yield number, upto, len(rows), head, fault


def _lines_of(day: date) -> Select[Any]:
    earlier, before = aliased(LedgerHead), aliased(CaseStep)
    start = (
        select(func.coalesce(func.max(earlier.seq), 0))
        .where(earlier.case_id == LedgerHead.case_id, earlier.seq < LedgerHead.seq)
        .scalar_subquery()
    )
    covered = (
        select(Case.number, LedgerHead.case_id, LedgerHead.seq.label("upto"), start.label("start"))
        .join(Case, Case.id == LedgerHead.case_id)
        .where(LedgerHead.day == day)
        .subquery()
    )
    own = (CaseStep.seq > covered.c.start, CaseStep.seq <= covered.c.upto)
    said = [column for column in CaseStep.__table__.columns if column.key not in ("id", "case_id", "district")]
    return (
        select(covered.c.number, covered.c.upto, covered.c.start, before.hash.label("head_before"), *said)
        .select_from(covered)
        .outerjoin(before, and_(before.case_id == covered.c.case_id, before.seq == covered.c.start))
        .outerjoin(CaseStep, and_(CaseStep.case_id == covered.c.case_id, *own))
        .order_by(covered.c.number.collate("C"), CaseStep.seq)
    )


@dataclass
class Comparison:
    """What has been found so far, day by day; `days` counts those that were recomputed."""

    outside: Mapping[date, Head] = field(default_factory=dict)  # as a second party kept them
    days: int = 0
    expired: int = 0
    compared: int = 0  # with something from outside
    faults: list[str] = field(default_factory=list)
    _before: bytes | None = None
    _last: date | None = None
    _told: set[str] = field(default_factory=set)

    def take(self, sealed: LedgerDay) -> None:
        """Recompute one day, the next after the one before, and compare it with what is written down of it."""
        if self._last is not None and sealed.day != self._last + timedelta(days=1):
            self.faults.append(f"{_said(self._last)}以后缺了几天的记录指纹，接下来就是{_said(sealed.day)}。")
            self._before = None
        found = recompute(sealed, self._before if self._before is not None else sealed.before)
        self.days += 1
        self.expired += found.expired
        self.faults += [f"{_said(sealed.day)}：{fault}。" for fault in found.faults]
        self._compare(found.head, queries.head_of(sealed), "数据库里封存的")
        theirs = self.outside.get(sealed.day)
        if theirs is not None:
            self.compared += 1
            self._compare(found.head, theirs, "外面保管的")
        self._before, self._last = found.head.root, sealed.day

    def take_root(self, root: bytes) -> None:
        """Compare the last day that was taken with a head somebody read from paper."""
        assert self._before is not None
        assert self._last is not None
        self.compared += 1
        if root != self._before:
            self.faults.append(
                f"{_said(self._last)}：和给出的指纹不一样。给出的是 {in_groups(root)}，现在算出来是 "
                f"{in_groups(self._before)}。这一天或者它前面的记录被改过；用前几天的指纹再比，就知道是从哪一天起。"
            )

    def _compare(self, ours: Head, theirs: Head, where: str) -> None:
        for one in differences(ours, theirs):
            if one != EARLIER or where not in self._told:  # what follows from an earlier day is told once
                self.faults.append(f"{_said(ours.day)}：和{where}指纹比，{one}。")
            self._told.add(where)


@dataclass(frozen=True)
class Kept:
    """What a file of a second party holds: heads by day, and lines that could not be used."""

    heads: Mapping[date, Head]
    faults: Sequence[str]
    unproven: int  # signed by a key that is not ours any more


def read_kept(content: bytes, signers: Sequence[Signer]) -> Kept:
    """A file of letters as they were sent, one a line. A letter whose signature is wrong is not used and told of; so are
    two different heads of one day."""
    heads: dict[date, Head] = {}
    faults, unproven = [], 0
    keys = {signer.id: signer for signer in signers}
    for place, line in enumerate(filter(None, map(bytes.strip, content.splitlines())), start=1):
        try:
            letter = orjson.loads(line)
            statement, key = letter["statement"], keys.get(letter["key_id"])
            head = read_statement(statement)
            proven = key is None or key.proves(canonical(statement), letter["signature"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            faults.append(f"文件第 {place} 条读不懂，没有用它来比。")
            continue
        if not proven:
            faults.append(f"文件第 {place} 条（{_said(head.day)}）的签名不对，没有用它来比。")
            continue
        unproven += key is None
        if heads.setdefault(head.day, head) != head:
            faults.append(f"{_said(head.day)}：外面保管的文件里有两个不同的指纹，这一天的记录发出以后又改过。")
    return Kept(heads, faults, unproven)


def missing_days(kept: Kept, sealed: Sequence[LedgerDay], first: date | None, last: date | None) -> list[str]:
    """Days a second party has and this database does not."""
    here = {one.day for one in sealed}
    inside = [day for day in kept.heads if (first is None or day >= first) and (last is None or day <= last)]
    return [f"{_said(day)}：外面有这一天的指纹，这里没有。" for day in sorted(inside) if day not in here]


def _said(day: date) -> str:
    return f"{day.isoformat()} {say_day(day)}"
