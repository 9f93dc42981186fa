"""Reading the log of a day, asking about it, and writing down what the answer was."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert

from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid
from butler.looks import checking
from butler.looks.hashing import root
from butler.looks.models import LookDay, LookRoot
from butler.looks.queries import overseers_of
from butler.looks.rules import says_something
from butler.looks.states import Way
from butler.notifications.actions import tell
from butler.privacy import queries, wording
from butler.privacy.models import Finding
from butler.privacy.rules import TELLS_LOOKER, judge
from butler.privacy.states import Rule, Verdict


def review(day: date) -> int:
    """Read the log of a day and write down what stands out; how many findings are new. Twice does no harm."""
    new = 0
    for looker in queries.days_of_lookers(day):
        path = queries.path_of_unit(looker.unit_id)
        suspicions = judge(looker.views)
        numbers = queries.numbers_of({found.case_id for found in suspicions if found.case_id is not None})
        for found in suspicions:
            about = found.case_id or found.person_id or 0
            new += note(
                f"{found.rule.value}:{looker.looker_id}:{day.isoformat()}:{about}",
                rule=found.rule,
                day=day,
                looker_id=looker.looker_id,
                role=looker.role,
                unit_path=path,
                person_id=found.person_id,
                case_id=found.case_id,
                number=numbers.get(found.case_id or 0),
                looks=found.looks,
                first_at=found.at,
            )
    return new


def note(key: str, *, rule: Rule, doubt: str | None = None, **facts: Any) -> bool:
    """Write a finding down unless the same question has been asked before; tell whether it is new."""
    values = {"key": key, "rule": rule.value, "found_at": clock.now(), "doubt": doubt, "verdict": Verdict.OPEN.value}
    row = insert(cast(Table, Finding.__table__)).values(**values, **facts)
    written = row.on_conflict_do_nothing(index_elements=["key"]).returning(Finding.id)
    return db.session.execute(written).scalar() is not None


def settle(actor: Actor, finding_id: int, *, verdict: Verdict, words: str) -> Finding:
    """Write down what the answer was. Raises NotFound, Conflict when it is settled, Invalid without real words."""
    finding = queries.find_finding(actor, finding_id, lock=True)
    if finding.verdict != Verdict.OPEN:
        raise Conflict("这一条已经核对过了，没有再改动。")
    if verdict is Verdict.OPEN:
        raise Invalid.at("/verdict", "请选核对的结果。", code="choice")
    if not says_something(words, Way.BREAK_GLASS):
        raise Invalid.at("/words", "请写清楚问了谁、怎么说的，至少 10 个字。", code="too-short")
    finding.verdict, finding.words = verdict.value, words
    finding.settler_id, finding.settled_at = actor.person_id, clock.now()
    db.session.flush()
    return finding


def tell_lookers() -> int:
    """Tell the lookers of confirmed findings, where the rules say so; how many were told. For a part of the system:
    the officer who confirmed it sees no case, and so can send no notice about one."""
    query = select(Finding).where(Finding.verdict == Verdict.CONFIRMED, Finding.told_at.is_(None))
    told = db.session.scalars(query.order_by(Finding.id).limit(50).with_for_update(skip_locked=True)).all()
    for finding in told:
        finding.told_at = clock.now()
        cases = [finding.case_id, *(look.case_id for look in queries.looks_behind(finding))]
        for case_id in [one for one in cases if one is not None and Rule(finding.rule) in TELLS_LOOKER][:1]:
            tell(case_id, f"finding-{finding.id}", {finding.looker_id: wording.TO_LOOKER})
    db.session.flush()
    return len(told)


def tell_officers(case_id: int, happening: str, unit_path: str, text: str, *, but: Collection[int] = ()) -> None:
    """Tell every privacy officer of this unit and those above it."""
    officers = [one for one in overseers_of(unit_path, clock.now()) if one.role is Role.PRIVACY_OFFICER]
    tell(case_id, happening, {one.person_id: text for one in officers if one.person_id not in but})


def seal(today: date | None = None) -> list[LookRoot]:
    """Write the head of every day that is over and has none yet, the oldest first; they can be sent out of the house."""
    today = today or clock.today()
    last = db.session.scalars(select(LookRoot).order_by(LookRoot.day.desc()).limit(1)).first()
    first = select(LookDay.day).order_by(LookDay.day).limit(1)
    day = last.day + timedelta(days=1) if last else db.session.scalar(first)
    before, sealed = last.root if last else checking.NO_ROOT, []
    while day is not None and day < today:
        heads = checking.heads_of(day)
        before = root(before, day, heads)
        rows = sum(count for _, count, _ in heads)
        sealed.append(LookRoot(day=day, lookers=len(heads), rows=rows, root=before, sealed_at=clock.now()))
        day += timedelta(days=1)
    db.session.add_all(sealed)
    db.session.flush()
    return sealed
